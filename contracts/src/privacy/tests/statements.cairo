//! The verifiers against the vectors that the Go provers made, valid, forged and mutated.

use starknet::syscalls::{call_contract_syscall, deploy_syscall};
use starknet::{ContractAddress, SyscallResultTrait};
use crate::privacy::interface::Ciphertext;
use crate::privacy::statements::key::{verify_ragequit, verify_register, verify_rotation};
use crate::privacy::statements::pay::verify_pay;
use crate::privacy::statements::withdraw::verify_withdraw;
use crate::privacy::tests::probe::Probe;
use crate::privacy::tests::vectors;

fn probe() -> ContractAddress {
    let (address, _) = deploy_syscall(
        Probe::TEST_CLASS_HASH.try_into().unwrap(), 0, array![].span(), false,
    )
        .unwrap_syscall();
    address
}

fn concat(mut parts: Array<Span<felt252>>) -> Array<felt252> {
    let mut out = array![];
    while let Some(part) = parts.pop_front() {
        out.append_span(part);
    }
    out
}

fn accepts(p: ContractAddress, entry: felt252, calldata: Span<felt252>) -> bool {
    call_contract_syscall(p, entry, calldata).is_ok()
}

/// Replaces felt `at` of `data` by itself plus `delta`.
fn mutate(data: Span<felt252>, at: u32, delta: felt252) -> Array<felt252> {
    let mut out = array![];
    out.append_span(data.slice(0, at));
    out.append(*data.at(at) + delta);
    out.append_span(data.slice(at + 1, data.len() - at - 1));
    out
}

fn parse<T, +Serde<T>, +Drop<T>>(data: Span<felt252>) -> T {
    let mut data = data;
    let out = Serde::<T>::deserialize(ref data).unwrap();
    assert(data.is_empty(), 'felts left over');
    out
}

fn pay_calldata() -> Array<felt252> {
    concat(
        array![
            vectors::PAY_CONTEXT.span(), vectors::PAY_STATEMENT.span(), vectors::PAY_PROOF.span(),
        ],
    )
}

#[test]
fn pay_valid() {
    let left = verify_pay(
        parse(vectors::PAY_CONTEXT.span()),
        parse(vectors::PAY_STATEMENT.span()),
        parse(vectors::PAY_PROOF.span()),
    );
    let mut want = vectors::PAY_RESULT.span();
    assert(left == Serde::<Ciphertext>::deserialize(ref want).unwrap(), 'leftover');
}

#[test]
fn pay_from_deposit_valid() {
    verify_pay(
        parse(vectors::PAY_FROM_DEPOSIT_CONTEXT.span()),
        parse(vectors::PAY_FROM_DEPOSIT_STATEMENT.span()),
        parse(vectors::PAY_FROM_DEPOSIT_PROOF.span()),
    );
}

#[test]
#[should_panic(expected: ('proof does not verify',))]
fn pay_overspent() {
    verify_pay(
        parse(vectors::PAY_OVERSPENT_CONTEXT.span()),
        parse(vectors::PAY_OVERSPENT_STATEMENT.span()),
        parse(vectors::PAY_OVERSPENT_PROOF.span()),
    );
}

#[test]
fn withdraw_valid() {
    let mut s = vectors::WITHDRAW_STATEMENT.span();
    verify_withdraw(
        parse(vectors::WITHDRAW_CONTEXT.span()),
        Serde::deserialize(ref s).unwrap(),
        Serde::deserialize(ref s).unwrap(),
        Serde::deserialize(ref s).unwrap(),
        parse(vectors::WITHDRAW_PROOF.span()),
    );
}

#[test]
#[should_panic(expected: ('proof does not verify',))]
fn withdraw_overspent() {
    let mut s = vectors::WITHDRAW_OVERSPENT_STATEMENT.span();
    verify_withdraw(
        parse(vectors::WITHDRAW_OVERSPENT_CONTEXT.span()),
        Serde::deserialize(ref s).unwrap(),
        Serde::deserialize(ref s).unwrap(),
        Serde::deserialize(ref s).unwrap(),
        parse(vectors::WITHDRAW_OVERSPENT_PROOF.span()),
    );
}

#[test]
fn register_valid() {
    verify_register(
        parse(vectors::REGISTER_CONTEXT.span()),
        parse(vectors::REGISTER_STATEMENT.span()),
        parse(vectors::REGISTER_PROOF.span()),
    );
}

#[test]
fn rotate_valid() {
    verify_rotation(
        parse(vectors::ROTATE_CONTEXT.span()),
        parse(vectors::ROTATE_STATEMENT.span()),
        parse(vectors::ROTATE_PROOF.span()),
    );
}

#[test]
fn ragequit_valid() {
    let mut s = vectors::RAGEQUIT_STATEMENT.span();
    verify_ragequit(
        parse(vectors::RAGEQUIT_CONTEXT.span()),
        Serde::deserialize(ref s).unwrap(),
        Serde::deserialize(ref s).unwrap(),
        Serde::deserialize(ref s).unwrap(),
        parse(vectors::RAGEQUIT_PROOF.span()),
    );
}

#[test]
fn ragequit_from_deposit_valid() {
    let mut s = vectors::RAGEQUIT_FROM_DEPOSIT_STATEMENT.span();
    verify_ragequit(
        parse(vectors::RAGEQUIT_FROM_DEPOSIT_CONTEXT.span()),
        Serde::deserialize(ref s).unwrap(),
        Serde::deserialize(ref s).unwrap(),
        Serde::deserialize(ref s).unwrap(),
        parse(vectors::RAGEQUIT_FROM_DEPOSIT_PROOF.span()),
    );
}

/// Adds one to every felt of context, statement and proof in turn.
fn assert_every_felt_matters(entry: felt252, data: Span<felt252>) {
    let p = probe();
    assert(accepts(p, entry, data), 'the valid one is refused');
    for at in 0..data.len() {
        if accepts(p, entry, mutate(data, at, 1).span()) {
            panic!("felt {} plus one is accepted", at);
        }
    }
    assert(!accepts(p, entry, data.slice(0, data.len() - 1)), 'truncated');
    let mut longer = concat(array![data]);
    longer.append(0);
    assert(!accepts(p, entry, longer.span()), 'trailing felt');
}

#[test]
fn every_felt_of_register_matters() {
    assert_every_felt_matters(
        selector!("register"),
        concat(
            array![
                vectors::REGISTER_CONTEXT.span(), vectors::REGISTER_STATEMENT.span(),
                vectors::REGISTER_PROOF.span(),
            ],
        )
            .span(),
    );
}

#[test]
fn every_felt_of_ragequit_matters() {
    assert_every_felt_matters(
        selector!("ragequit"),
        concat(
            array![
                vectors::RAGEQUIT_CONTEXT.span(), vectors::RAGEQUIT_STATEMENT.span(),
                vectors::RAGEQUIT_PROOF.span(),
            ],
        )
            .span(),
    );
}
