//! The verifiers against the vectors that the Go provers made, valid, forged and mutated.

use starknet::syscalls::{call_contract_syscall, deploy_syscall};
use starknet::{ContractAddress, SyscallResultTrait};
use crate::privacy::interface::Ciphertext;
use crate::privacy::statements::key::{verify_ragequit, verify_register, verify_rotation};
use crate::privacy::statements::pay::verify_pay;
use crate::privacy::statements::withdraw::verify_withdraw;
use crate::privacy::tests::probe::Probe;
use crate::privacy::tests::vectors;
use crate::privacy::{curve, digits};

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

/// Adds one to every felt in turn, takes the last away, and appends one.
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

/// Where things are among the felts of a Payment: two halves, three hints, then the proof.
const HALF: u32 = 8;
const PAY_C: u32 = 19;
const PAY_SCALARS: u32 = 20;
const PAY_DIGITS: u32 = 23;
const PAY_PRODUCTS_LEN: u32 = 25;
const PAY_PRODUCTS: u32 = 26;
const PAY_BLINDS: u32 = 56;
const PAY_LEN: u32 = 58;
const PAY_S: u32 = 59;
/// Felts of a context.
const CONTEXT: u32 = 10;

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

#[test]
#[available_gas(2_000_000_000)]
fn every_felt_of_pay_matters() {
    assert_every_felt_matters(selector!("pay"), pay_with(vectors::PAY_PROOF.span()).span());
}

#[test]
#[available_gas(1_000_000_000)]
fn every_felt_of_withdraw_matters() {
    assert_every_felt_matters(selector!("withdraw"), withdraw_calldata().span());
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
    let lo = proof.slice(PAY_S, 8);
    let hi = proof.slice(PAY_S + 8, 8);
    let digits = splice(splice(proof, PAY_S, 8, hi).span(), PAY_S + 8, 8, lo);
    assert(!accepts_pay(p, digits.span()), 'digits of the halves');
    let left = proof.slice(PAY_S + 16, 8);
    assert(!accepts_pay(p, splice(proof, PAY_S, 8, left).span()), 'leftover as low');
    let committed = proof.slice(PAY_DIGITS, 2);
    let first = proof.slice(PAY_PRODUCTS, 2);
    let last = proof.slice(PAY_PRODUCTS + 28, 2);
    let other = splice(splice(proof, PAY_DIGITS, 2, first).span(), PAY_PRODUCTS, 2, committed);
    assert(!accepts_pay(p, other.span()), 'digits and a product');
    let other = splice(splice(proof, PAY_PRODUCTS, 2, last).span(), PAY_PRODUCTS + 28, 2, first);
    assert(!accepts_pay(p, other.span()), 'products');
}

#[test]
fn pay_refuses_other_lengths() {
    let p = probe();
    let proof = vectors::PAY_PROOF.span();
    let shorter = splice(proof, PAY_LEN, 2, array![31].span());
    assert(!accepts_pay(p, shorter.span()), '31 digits');
    let longer = splice(proof, PAY_LEN, 1, array![33, *proof.at(PAY_S)].span());
    assert(!accepts_pay(p, longer.span()), '33 digits');
    let zero = splice(proof, PAY_LEN, 1, array![33, 0].span());
    assert(!accepts_pay(p, zero.span()), 'a digit of zero more');
    let eight = splice(proof, PAY_LEN, 1, array![40, 0, 0, 0, 0, 0, 0, 0, 0].span());
    assert(!accepts_pay(p, eight.span()), 'eight digits more');
    let fewer = splice(proof, PAY_LEN, 9, array![24].span());
    assert(!accepts_pay(p, fewer.span()), 'eight digits less');
    let empty = splice(proof, PAY_LEN, 33, array![0].span());
    assert(!accepts_pay(p, empty.span()), 'no digits');
    let huge = set(proof, PAY_LEN, 0xffffffff);
    assert(!accepts_pay(p, huge.span()), 'length beyond calldata');

    let point = proof.slice(PAY_PRODUCTS, 2);
    let fewer = splice(proof, PAY_PRODUCTS_LEN, 3, array![14].span());
    assert(!accepts_pay(p, fewer.span()), '14 products');
    let more = concat(array![array![16].span(), point]);
    assert(!accepts_pay(p, splice(proof, PAY_PRODUCTS_LEN, 1, more.span()).span()), '16 products');
    let none = splice(proof, PAY_PRODUCTS_LEN, 31, array![0].span());
    assert(!accepts_pay(p, none.span()), 'no products');
    let huge = set(proof, PAY_PRODUCTS_LEN, 0xffffffff);
    assert(!accepts_pay(p, huge.span()), 'products beyond calldata');
}

/// The circuit against the products one by one, for small responses and for large ones.
#[test]
fn products_are_joined_modulo_the_order() {
    let order: u256 = core::ec::stark_curve::ORDER.into();
    let nz: NonZero<u256> = order.try_into().unwrap();
    let large: u256 = 0x7fffffffffffff0ffffffffffffffff0123456789abcdef0fedcba987654321;
    for base in array![1_u256, large] {
        let mut want: u256 = 5;
        for j in 0..8_u256 {
            let mut product: u256 = 1;
            for t in 0..16_u256 {
                let factor = (base + j + order - 2 * t) % order;
                product = core::math::u256_mul_mod_n(product, factor, nz);
            }
            want = (core::math::u256_mul_mod_n(want, 3, nz) + product) % order;
        }
        let got = digits::join(
            5_u128.into(),
            3_u128.into(),
            2_u128.into(),
            [
                base.into(), (base + 1).into(), (base + 2).into(), (base + 3).into(),
                (base + 4).into(), (base + 5).into(), (base + 6).into(), (base + 7).into(),
            ],
            digits::order(),
        );
        assert(digits::narrow(got).into() == want, 'another sum');
    }
}

#[test]
fn pay_refuses_aliases() {
    let p = probe();
    let proof = vectors::PAY_PROOF.span();
    let two_128 = 0x100000000000000000000000000000000;
    assert(!accepts_pay(p, mutate(proof, PAY_C, two_128).span()), 'c + 2^128');
    // s and s + n multiply alike; only s below p - n has such an alias, so force one.
    let order = core::ec::stark_curve::ORDER;
    for at in array![
        PAY_SCALARS, PAY_SCALARS + 1, PAY_SCALARS + 2, PAY_BLINDS, PAY_BLINDS + 1, PAY_S,
        PAY_S + 31,
    ] {
        assert(!accepts_pay(p, set(proof, at, order).span()), 'scalar n');
        assert(!accepts_pay(p, mutate(proof, at, order).span()), 'scalar + n');
    }
}

/// An alias that the group cannot tell apart is refused by its size alone.
#[test]
fn scalars_are_below_the_order() {
    let order = core::ec::stark_curve::ORDER;
    assert(curve::scalar_limbs(order - 1) == (order - 1).into(), 'n - 1');
    assert(curve::scalar_limbs(0) == 0, '0');
    assert(curve::scalar_limbs(1).low == 1, '1');
}

#[test]
#[should_panic(expected: ('scalar not below order',))]
fn the_order_is_no_scalar() {
    curve::assert_scalar(core::ec::stark_curve::ORDER);
}

#[test]
#[should_panic(expected: ('scalar not below order',))]
fn minus_one_is_no_scalar() {
    curve::assert_scalar(-1);
}

#[test]
fn pay_refuses_degenerate_points() {
    let p = probe();
    let proof = vectors::PAY_PROOF.span();
    let origin = array![0, 0].span();
    let mut points = array![0_u32, 2, 4, 6, 8, 10, 12, 14, PAY_DIGITS];
    for k in 0..15_u32 {
        points.append(PAY_PRODUCTS + 2 * k);
    }
    for at in points {
        assert(!accepts_pay(p, splice(proof, at, 2, origin).span()), 'identity');
        assert(!accepts_pay(p, mutate(proof, at + 1, 1).span()), 'off the curve');
        let negated = set(proof, at + 1, 0 - *proof.at(at + 1));
        assert(!accepts_pay(p, negated.span()), 'negated');
    }
    // R_1 = R_0 and R_1 = -R_0.
    let x = *proof.at(0);
    let y = *proof.at(1);
    assert(!accepts_pay(p, splice(proof, HALF, 2, array![x, y].span()).span()), 'same randomness');
    assert(!accepts_pay(p, splice(proof, HALF, 2, array![x, 0 - y].span()).span()), 'opposite');
    for key in 0..3_u32 {
        let calldata = splice(pay_with(proof).span(), CONTEXT + 2 * key, 2, origin);
        assert(!accepts(p, selector!("pay"), calldata.span()), 'key is the identity');
    }
}
