//! Token calls whose returned flags are checked. The token is SAGE's own and calls nobody back;
//! callers write their state first all the same.

use core::num::traits::Zero;
use starknet::{ContractAddress, get_contract_address};
use crate::interfaces::{ISageTokenDispatcher, ISageTokenDispatcherTrait};

/// Moves `amount` from `from`, who has approved it, to this contract.
pub fn collect(token: ContractAddress, from: ContractAddress, amount: u256) {
    if amount.is_zero() {
        return;
    }
    let moved = ISageTokenDispatcher { contract_address: token }
        .transfer_from(from, get_contract_address(), amount);
    assert(moved, 'token transfer failed');
}

/// Moves `amount` from this contract to `to`.
pub fn pay_out(token: ContractAddress, to: ContractAddress, amount: u256) {
    if amount.is_zero() {
        return;
    }
    let moved = ISageTokenDispatcher { contract_address: token }.transfer(to, amount);
    assert(moved, 'token transfer failed');
}

/// Destroys `amount` of this contract's tokens.
pub fn burn(token: ContractAddress, amount: u256) {
    if amount.is_zero() {
        return;
    }
    ISageTokenDispatcher { contract_address: token }.burn(amount);
}
