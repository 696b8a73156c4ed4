//! What StakingManager asks of PrivacyRouter.

use starknet::ContractAddress;

#[starknet::interface]
pub trait IPrivacyAccounts<T> {
    /// Whether `account` has registered an ElGamal key, so that it can be paid.
    fn is_registered(self: @T, account: ContractAddress) -> bool;
}
