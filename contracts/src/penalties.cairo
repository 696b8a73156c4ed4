//! Shares of a stake, in basis points, and where slashed stake goes.

use core::cmp::min;
use core::num::traits::Zero;
use starknet::ContractAddress;
use crate::erc20;

const WHOLE: u256 = 10_000;

/// 10 %: what an open attempt holds of its worker's stake.
pub const BOND: u256 = 1_000;
pub const INVALID_PROOF: u256 = 1_000;
/// From the third invalid proof of one worker on.
pub const REPEATED_INVALID_PROOF: u256 = 2_500;
pub const TIMEOUT: u256 = 500;
pub const HAND_BACK: u256 = 10;
pub const EQUIVOCATION: u256 = 5_000;
/// The reporter's part of what is slashed; the rest is burnt.
pub const REPORTER: u256 = 500;

/// `basis_points` of `amount`, rounded down. Dividing first keeps any amount from overflowing.
pub fn share(amount: u256, basis_points: u256) -> u256 {
    amount / WHOLE * basis_points + amount % WHOLE * basis_points / WHOLE
}

/// Takes `wanted` from `first`, and what that lacks from `second`: (what is left of either, what
/// was taken).
pub fn take(first: u256, second: u256, wanted: u256) -> (u256, u256, u256) {
    let from_first = min(first, wanted);
    let from_second = min(second, wanted - from_first);
    (first - from_first, second - from_second, from_first + from_second)
}

/// Pays the reporter its part of `slashed` and burns the rest; with nobody to reward (zero, or the
/// offender itself) all is burnt. Returns the reward.
pub fn dispose(
    token: ContractAddress, slashed: u256, reporter: ContractAddress, offender: ContractAddress,
) -> u256 {
    let reward = if reporter.is_zero() || reporter == offender {
        0
    } else {
        share(slashed, REPORTER)
    };
    erc20::pay_out(token, reporter, reward);
    erc20::burn(token, slashed - reward);
    reward
}
