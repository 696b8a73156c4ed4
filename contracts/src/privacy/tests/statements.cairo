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

/// Adds one to every felt in turn but for those of the bits from `from` (counted in the calldata)
/// to before `to`, of which it takes the first and the last 4.
fn assert_every_felt_matters(entry: felt252, data: Span<felt252>, bits: Span<(u32, u32)>) {
    let p = probe();
    assert(accepts(p, entry, data), 'the valid one is refused');
    for at in 0..data.len() {
        if !is_inner_bit(at, bits) && accepts(p, entry, mutate(data, at, 1).span()) {
            panic!("felt {} plus one is accepted", at);
        }
    }
    assert(!accepts(p, entry, data.slice(0, data.len() - 1)), 'truncated');
    let mut longer = concat(array![data]);
    longer.append(0);
    assert(!accepts(p, entry, longer.span()), 'trailing felt');
}

fn is_inner_bit(at: u32, mut bits: Span<(u32, u32)>) -> bool {
    while let Some((from, to)) = bits.pop_front() {
        if at >= *from + 4 && at + 4 < *to {
            return true;
        }
    }
    false
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
        array![].span(),
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
        array![].span(),
    );
}

/// Where things are among the felts of a Payment: two halves, three hints, then the proof.
const PAY_C: u32 = 19;
const PAY_SCALARS: u32 = 20;
const PAY_LO_LEN: u32 = 27;
const PAY_LO: u32 = 28;
const PAY_HI_LEN: u32 = 156;
const PAY_LEFT_LEN: u32 = 285;
const HALF: u32 = 8;

/// The calldata of a payment whose proof felts are `proof`.
fn pay_with(proof: Span<felt252>) -> Array<felt252> {
    concat(array![vectors::PAY_CONTEXT.span(), vectors::PAY_STATEMENT.span(), proof])
}

fn accepts_pay(p: ContractAddress, proof: Span<felt252>) -> bool {
    accepts(p, selector!("pay"), pay_with(proof).span())
}

/// Replaces felt `at` by `value`.
fn set(data: Span<felt252>, at: u32, value: felt252) -> Array<felt252> {
    mutate(data, at, value - *data.at(at))
}

/// Replaces the `n` felts from `at` on.
fn splice(data: Span<felt252>, at: u32, n: u32, by: Span<felt252>) -> Array<felt252> {
    concat(array![data.slice(0, at), by, data.slice(at + n, data.len() - at - n)])
}

fn withdraw_calldata() -> Array<felt252> {
    concat(
        array![
            vectors::WITHDRAW_CONTEXT.span(), vectors::WITHDRAW_STATEMENT.span(),
            vectors::WITHDRAW_PROOF.span(),
        ],
    )
}

/// Of every range proof the first and the last bit; all bits are in the test below.
#[test]
#[ignore]
fn every_felt_of_pay_matters() {
    let (lo, hi, left) = (19 + PAY_LO, 19 + PAY_HI_LEN + 1, 19 + PAY_LEFT_LEN + 1);
    assert_every_felt_matters(
        selector!("pay"),
        pay_with(vectors::PAY_PROOF.span()).span(),
        array![(lo, lo + 128), (hi, hi + 128), (left, left + 256)].span(),
    );
}

/// Some minutes: run with -all.
#[test]
#[ignore]
#[available_gas(20_000_000_000)]
fn every_felt_of_pay_matters_in_every_bit() {
    assert_every_felt_matters(
        selector!("pay"), pay_with(vectors::PAY_PROOF.span()).span(), array![].span(),
    );
}

#[test]
#[ignore]
fn every_felt_of_withdraw_matters() {
    let left = 14 + 6;
    assert_every_felt_matters(
        selector!("withdraw"), withdraw_calldata().span(), array![(left, left + 256)].span(),
    );
}

/// Some minutes: run with -all.
#[test]
#[ignore]
#[available_gas(20_000_000_000)]
fn every_felt_of_withdraw_matters_in_every_bit() {
    assert_every_felt_matters(selector!("withdraw"), withdraw_calldata().span(), array![].span());
}

#[test]
fn every_felt_of_rotate_matters() {
    assert_every_felt_matters(
        selector!("rotate"),
        concat(
            array![
                vectors::ROTATE_CONTEXT.span(), vectors::ROTATE_STATEMENT.span(),
                vectors::ROTATE_PROOF.span(),
            ],
        )
            .span(),
        array![].span(),
    );
}

#[test]
fn statements_do_not_stand_for_each_other() {
    let p = probe();
    let register = concat(
        array![
            vectors::REGISTER_CONTEXT.span(), vectors::REGISTER_STATEMENT.span(),
            vectors::REGISTER_PROOF.span(),
        ],
    );
    assert(accepts(p, selector!("register"), register.span()), 'register');
    assert(!accepts(p, selector!("rotate"), register.span()), 'register as rotate');
    let rotate = concat(
        array![
            vectors::ROTATE_CONTEXT.span(), vectors::ROTATE_STATEMENT.span(),
            vectors::ROTATE_PROOF.span(),
        ],
    );
    assert(accepts(p, selector!("rotate"), rotate.span()), 'rotate');
    assert(!accepts(p, selector!("register"), rotate.span()), 'rotate as register');
}

#[test]
fn pay_refuses_swapped_parts() {
    let p = probe();
    let proof = vectors::PAY_PROOF.span();
    let swapped = concat(
        array![proof.slice(HALF, HALF), proof.slice(0, HALF), proof.slice(16, proof.len() - 16)],
    );
    assert(!accepts_pay(p, swapped.span()), 'halves');
    let lo = proof.slice(PAY_LO, 128);
    let hi = proof.slice(PAY_HI_LEN + 1, 128);
    let bits = splice(splice(proof, PAY_LO, 128, hi).span(), PAY_HI_LEN + 1, 128, lo);
    assert(!accepts_pay(p, bits.span()), 'range proofs');
    let left = proof.slice(PAY_LEFT_LEN + 1, 128);
    assert(!accepts_pay(p, splice(proof, PAY_LO, 128, left).span()), 'leftover as low');
}

#[test]
fn pay_refuses_other_bit_counts() {
    let p = probe();
    let proof = vectors::PAY_PROOF.span();
    let bit = proof.slice(PAY_LO, 4);
    let shorter = splice(proof, PAY_LO_LEN, 5, array![124].span());
    assert(!accepts_pay(p, shorter.span()), '31 bits');
    let longer = splice(proof, PAY_LO_LEN, 1, concat(array![array![132].span(), bit]).span());
    assert(!accepts_pay(p, longer.span()), '33 bits');
    let empty = splice(proof, PAY_LO_LEN, 129, array![0].span());
    assert(!accepts_pay(p, empty.span()), 'no bits');
    let huge = set(proof, PAY_LEFT_LEN, 0xffffffff);
    assert(!accepts_pay(p, huge.span()), 'length beyond calldata');
}

#[test]
fn pay_refuses_aliases() {
    let p = probe();
    let proof = vectors::PAY_PROOF.span();
    let two_128 = 0x100000000000000000000000000000000;
    assert(!accepts_pay(p, mutate(proof, PAY_C, two_128).span()), 'c + 2^128');
    assert(!accepts_pay(p, mutate(proof, PAY_LO + 1, two_128).span()), 'c0 + 2^128');
    // s and s + n multiply alike; only s below p - n has such an alias, so force one.
    let order = core::ec::stark_curve::ORDER;
    for at in PAY_SCALARS..PAY_SCALARS + 7 {
        assert(!accepts_pay(p, set(proof, at, order).span()), 'scalar n');
        assert(!accepts_pay(p, mutate(proof, at, order).span()), 'scalar + n');
    }
    assert(!accepts_pay(p, mutate(proof, PAY_LO + 2, order).span()), 's0 + n');
    assert(!accepts_pay(p, mutate(proof, PAY_LO + 3, order).span()), 's1 + n');
}

#[test]
#[ignore]
fn pay_refuses_degenerate_points() {
    let p = probe();
    let proof = vectors::PAY_PROOF.span();
    let origin = array![0, 0].span();
    for point in 0..8_u32 {
        assert(!accepts_pay(p, splice(proof, 2 * point, 2, origin).span()), 'identity');
        assert(!accepts_pay(p, mutate(proof, 2 * point + 1, 1).span()), 'off the curve');
        let negated = set(proof, 2 * point + 1, 0 - *proof.at(2 * point + 1));
        assert(!accepts_pay(p, negated.span()), 'negated');
    }
    // R_1 = R_0 and R_1 = -R_0.
    let x = *proof.at(0);
    let y = *proof.at(1);
    assert(!accepts_pay(p, splice(proof, HALF, 2, array![x, y].span()).span()), 'same randomness');
    assert(!accepts_pay(p, splice(proof, HALF, 2, array![x, 0 - y].span()).span()), 'opposite');
    for key in 0..3_u32 {
        let calldata = splice(pay_with(proof).span(), 10 + 2 * key, 2, origin);
        assert(!accepts(p, selector!("pay"), calldata.span()), 'key is the identity');
    }
}
