//! A contract around the verifiers: a panic inside it is an error that a test can see.

use starknet::ContractAddress;
use crate::privacy::interface::{KeyProof, Payment, Point, Withdrawal};
use crate::privacy::statements::key::{verify_ragequit, verify_register, verify_rotation};
use crate::privacy::statements::pay::{Terms, verify_pay};
use crate::privacy::statements::withdraw::verify_withdraw;
use crate::privacy::transcript::Context;

#[starknet::interface]
pub trait IProbe<T> {
    fn pay(self: @T, ctx: Context, terms: Terms, payment: Payment);
    fn withdraw(
        self: @T,
        ctx: Context,
        key: Point,
        to: ContractAddress,
        amount: u64,
        withdrawal: Withdrawal,
    );
    fn register(self: @T, ctx: Context, key: Point, proof: KeyProof);
    fn rotate(self: @T, ctx: Context, key: Point, proof: KeyProof);
    fn ragequit(
        self: @T, ctx: Context, key: Point, to: ContractAddress, amount: u64, proof: KeyProof,
    );
}

#[starknet::contract]
pub mod Probe {
    use super::{
        Context, ContractAddress, KeyProof, Payment, Point, Terms, Withdrawal, verify_pay,
        verify_ragequit, verify_register, verify_rotation, verify_withdraw,
    };

    #[storage]
    struct Storage {}

    #[abi(embed_v0)]
    impl ProbeImpl of super::IProbe<ContractState> {
        fn pay(self: @ContractState, ctx: Context, terms: Terms, payment: Payment) {
            verify_pay(ctx, terms, payment);
        }
        fn withdraw(
            self: @ContractState,
            ctx: Context,
            key: Point,
            to: ContractAddress,
            amount: u64,
            withdrawal: Withdrawal,
        ) {
            verify_withdraw(ctx, key, to, amount, withdrawal);
        }
        fn register(self: @ContractState, ctx: Context, key: Point, proof: KeyProof) {
            verify_register(ctx, key, proof);
        }
        fn rotate(self: @ContractState, ctx: Context, key: Point, proof: KeyProof) {
            verify_rotation(ctx, key, proof);
        }
        fn ragequit(
            self: @ContractState,
            ctx: Context,
            key: Point,
            to: ContractAddress,
            amount: u64,
            proof: KeyProof,
        ) {
            verify_ragequit(ctx, key, to, amount, proof);
        }
    }
}
