//! How an account is stored: ten slots, of which each call writes few.
//!
//! A new slot costs more than any check of a proof's equation, so a point is kept as its abscissa,
//! with its sign in a slot that its call writes anyway; 0, which is no abscissa of the curve,
//! stands for O. No slot that belongs to the owner's calls is written by anybody else's.

use core::ec::EcPointTrait;
use core::traits::DivRem;
use starknet::storage_access::StorePacking;
use crate::privacy::curve;
use crate::privacy::interface::{Account, Ciphertext, Point};

#[derive(Copy, Drop, starknet::Store)]
pub struct Record {
    /// Never changes once registered.
    pub key: felt252,
    pub own: Own,
    pub balance_l: felt252,
    pub balance_r: felt252,
    pub balance_hint: felt252,
    pub pending: Pending,
    /// What was pending before the last rollover, while there are no credits.
    pub lo_l: felt252,
    pub lo_r: felt252,
    pub hi_l: felt252,
    pub hi_r: felt252,
}

/// Written by the owner's calls. A sign tells that the ordinate is above (p - 1) / 2.
#[derive(Copy, Drop, PartialEq, Debug)]
pub struct Own {
    pub nonce: u64,
    pub registered: bool,
    pub key_sign: bool,
    pub l_sign: bool,
    pub r_sign: bool,
}

/// Written by credits and rollovers.
#[derive(Copy, Drop, PartialEq, Debug)]
pub struct Pending {
    pub credits: u64,
    pub lo_l_sign: bool,
    pub lo_r_sign: bool,
    pub hi_l_sign: bool,
    pub hi_r_sign: bool,
}

const TWO_64: NonZero<u128> = 0x10000000000000000;
/// Set in every `Pending` that was written, so that its slot stays in use.
const WRITTEN: u128 = 16;

/// nonce + 2^64 (registered + 2 key + 4 L + 8 R).
impl OwnPacking of StorePacking<Own, u128> {
    fn pack(value: Own) -> u128 {
        let signs = bits(value.registered, value.key_sign, value.l_sign, value.r_sign);
        value.nonce.into() + TWO_64.into() * signs
    }
    fn unpack(value: u128) -> Own {
        let (signs, nonce) = DivRem::div_rem(value, TWO_64);
        let (registered, key_sign, l_sign, r_sign) = unpack_bits(signs);
        Own { nonce: nonce.try_into().unwrap(), registered, key_sign, l_sign, r_sign }
    }
}

/// credits + 2^64 (lo L + 2 lo R + 4 hi L + 8 hi R + 16).
impl PendingPacking of StorePacking<Pending, u128> {
    fn pack(value: Pending) -> u128 {
        let signs = bits(value.lo_l_sign, value.lo_r_sign, value.hi_l_sign, value.hi_r_sign);
        value.credits.into() + TWO_64.into() * (signs + WRITTEN)
    }
    fn unpack(value: u128) -> Pending {
        let (signs, credits) = DivRem::div_rem(value, TWO_64);
        let (lo_l_sign, lo_r_sign, hi_l_sign, hi_r_sign) = unpack_bits(signs);
        Pending { credits: credits.try_into().unwrap(), lo_l_sign, lo_r_sign, hi_l_sign, hi_r_sign }
    }
}

fn bits(a: bool, b: bool, c: bool, d: bool) -> u128 {
    bit(a) + 2 * bit(b) + 4 * bit(c) + 8 * bit(d)
}

fn bit(value: bool) -> u128 {
    if value {
        1
    } else {
        0
    }
}

fn unpack_bits(value: u128) -> (bool, bool, bool, bool) {
    let (value, a) = DivRem::div_rem(value, 2);
    let (value, b) = DivRem::div_rem(value, 2);
    let (value, c) = DivRem::div_rem(value, 2);
    let (_, d) = DivRem::div_rem(value, 2);
    (a == 1, b == 1, c == 1, d == 1)
}

/// A point of the curve, or O, as abscissa and sign.
pub fn compress(p: Point) -> (felt252, bool) {
    if p == curve::ORIGIN {
        return (0, false);
    }
    let low = EcPointTrait::new_nz_from_x(p.x).expect('point not on curve');
    (p.x, low.y() != p.y)
}

/// The point that `compress` took apart.
pub fn expand(x: felt252, sign: bool) -> Point {
    if x == 0 {
        return curve::ORIGIN;
    }
    let y = EcPointTrait::new_nz_from_x(x).expect('point not on curve').y();
    Point { x, y: if sign {
        -y
    } else {
        y
    } }
}

/// All of an account as callers see it.
pub fn account(record: Record) -> Account {
    let Record { own, pending, .. } = record;
    let mut pending_lo = curve::ZERO;
    let mut pending_hi = curve::ZERO;
    if pending.credits != 0 {
        pending_lo = ciphertext(record.lo_l, pending.lo_l_sign, record.lo_r, pending.lo_r_sign);
        pending_hi = ciphertext(record.hi_l, pending.hi_l_sign, record.hi_r, pending.hi_r_sign);
    }
    Account {
        key: expand(record.key, own.key_sign),
        balance: ciphertext(record.balance_l, own.l_sign, record.balance_r, own.r_sign),
        nonce: own.nonce,
        balance_hint: record.balance_hint,
        pending_lo,
        pending_hi,
        credits: pending.credits,
    }
}

pub fn ciphertext(l: felt252, l_sign: bool, r: felt252, r_sign: bool) -> Ciphertext {
    Ciphertext { l: expand(l, l_sign), r: expand(r, r_sign) }
}
