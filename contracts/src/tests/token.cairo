//! SageToken: balances, allowances, burning.

use crate::interfaces::{
    ISageTokenDispatcherTrait, ISageTokenSafeDispatcher, ISageTokenSafeDispatcherTrait,
};
use crate::token::{ISageTokenCamelDispatcher, ISageTokenCamelDispatcherTrait, SageToken};
use super::world::{SAGE, SUPPLY, act_as, address, bare, client, refused, stranger};

#[test]
fn describes_itself() {
    let world = bare();
    assert!(world.token.name() == "SAGE" && world.token.symbol() == "SAGE");
    assert!(world.token.decimals() == 18 && world.token.total_supply() == SUPPLY);
    let camel = ISageTokenCamelDispatcher { contract_address: world.wiring.token };
    assert!(camel.totalSupply() == SUPPLY);
    assert!(camel.balanceOf(client()) == world.token.balance_of(client()));
}

#[test]
fn moves_what_is_allowed_and_no_more() {
    let world = bare();
    act_as(client());
    world.token.approve(stranger(), 10);
    act_as(stranger());
    assert!(world.token.transfer_from(client(), stranger(), 4));
    let camel = ISageTokenCamelDispatcher { contract_address: world.wiring.token };
    assert!(camel.transferFrom(client(), stranger(), 5));
    assert!(world.token.allowance(client(), stranger()) == 1);
    assert!(world.token.balance_of(stranger()) == 9);
    assert!(world.token.balance_of(client()) == 1_000 * SAGE - 9);
}

#[test]
#[feature("safe_dispatcher")]
fn refuses_what_is_not_there() {
    let world = bare();
    let token = ISageTokenSafeDispatcher { contract_address: world.wiring.token };
    act_as(stranger());
    refused(token.transfer(client(), 1), 'balance too low');
    refused(token.burn(1), 'balance too low');
    refused(token.transfer_from(client(), stranger(), 1), 'allowance too low');
    refused(token.approve(address(0), 1), 'spender is zero');
    act_as(client());
    refused(token.transfer(address(0), 1), 'recipient is zero');
    refused(token.transfer(stranger(), 1_000 * SAGE + 1), 'balance too low');
    world.token.approve(stranger(), 2_000 * SAGE);
    act_as(stranger());
    refused(token.transfer_from(client(), stranger(), 1_000 * SAGE + 1), 'balance too low');
    assert!(world.token.allowance(client(), stranger()) == 2_000 * SAGE, "a failed call spent");
}

#[test]
fn a_transfer_to_oneself_changes_nothing() {
    let world = bare();
    act_as(client());
    world.token.transfer(client(), 5);
    assert!(world.token.balance_of(client()) == 1_000 * SAGE);
    assert!(world.token.total_supply() == SUPPLY);
}

#[test]
fn burning_lowers_the_supply_and_says_so() {
    let world = bare();
    act_as(client());
    world.token.burn(SAGE);
    assert!(world.token.total_supply() == SUPPLY - SAGE);
    assert!(world.token.balance_of(client()) == 999 * SAGE);
    let mut last = None;
    while let Some(event) = starknet::testing::pop_log::<SageToken::Event>(world.wiring.token) {
        last = Some(event);
    }
    let burnt = SageToken::Transfer { from: client(), to: address(0), value: SAGE };
    assert!(last == Some(SageToken::Event::Transfer(burnt)));
}
