//! Points at the border between calldata and the curve builtin.

use core::ec::{EcPoint, EcPointTrait, EcState, EcStateTrait, NonZeroEcPoint, stark_curve};
use crate::privacy::basis::{G_128_X, G_128_Y};
use crate::privacy::interface::{Ciphertext, Point};

pub const ORIGIN: Point = Point { x: 0, y: 0 };
pub const ZERO: Ciphertext = Ciphertext { l: ORIGIN, r: ORIGIN };

/// Second generator, whose discrete logarithm nobody knows: its abscissa is Poseidon(G.x, 1).
const H_X: felt252 = 0x162eb5cc8f50e522225785a604ba6d7e9ab06b647157f77c59a06032610b2d2;
const H_Y: felt252 = 0x220a56864c490175202e3e34db0e24d12979fbfacea16a360e8feb1f6749192;

const ORDER: u256 = 0x800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2f;
const SHIFT32: felt252 = 0x100000000;

pub fn generator_g() -> NonZeroEcPoint {
    EcPointTrait::new_nz(stark_curve::GEN_X, stark_curve::GEN_Y).unwrap()
}

pub fn generator_g_128() -> NonZeroEcPoint {
    EcPointTrait::new_nz(G_128_X, G_128_Y).unwrap()
}

pub fn generator_h() -> NonZeroEcPoint {
    EcPointTrait::new_nz(H_X, H_Y).unwrap()
}

/// A point that must not be O.
pub fn nonzero(p: Point) -> NonZeroEcPoint {
    EcPointTrait::new_nz(p.x, p.y).expect('point not on curve')
}

/// A point that may be O.
pub fn load(p: Point) -> EcPoint {
    if p == ORIGIN {
        EcStateTrait::init().finalize()
    } else {
        nonzero(p).into()
    }
}

pub fn store(p: EcPoint) -> Point {
    match p.try_into() {
        Some(nz) => from_nonzero(nz),
        None => ORIGIN,
    }
}

pub fn from_nonzero(p: NonZeroEcPoint) -> Point {
    let (x, y) = p.coordinates();
    Point { x, y }
}

pub fn negate(p: NonZeroEcPoint) -> NonZeroEcPoint {
    let p: EcPoint = p.into();
    (-p).try_into().unwrap()
}

/// A response: values of n and above alias smaller ones, so they are refused.
pub fn assert_scalar(s: felt252) {
    scalar_limbs(s);
}

/// The limbs of a response.
pub fn scalar_limbs(s: felt252) -> u256 {
    let s: u256 = s.into();
    assert(
        s.high < ORDER.high || (s.high == ORDER.high && s.low < ORDER.low),
        'scalar not below order',
    );
    s
}

/// state += p, with O allowed.
pub fn add(ref state: EcState, p: EcPoint) {
    if let Some(nz) = p.try_into() {
        state.add(nz);
    }
}

/// state += s * p, with O allowed.
pub fn add_mul(ref state: EcState, s: felt252, p: EcPoint) {
    if let Some(nz) = p.try_into() {
        state.add_mul(s, nz);
    }
}

/// state -= c * p, with O allowed. The point is negated, not the scalar: -c modulo the field is
/// not -c modulo the order.
pub fn sub_mul(ref state: EcState, c: felt252, p: EcPoint) {
    add_mul(ref state, c, -p);
}

pub fn add_ciphertext(a: Ciphertext, b: Ciphertext) -> Ciphertext {
    Ciphertext { l: add_points(a.l, b.l), r: add_points(a.r, b.r) }
}

/// a - lo - 2^32 hi.
pub fn sub_halves(a: Ciphertext, lo: Ciphertext, hi: Ciphertext) -> Ciphertext {
    Ciphertext { l: sub_half_points(a.l, lo.l, hi.l), r: sub_half_points(a.r, lo.r, hi.r) }
}

/// a + lo + 2^32 hi.
pub fn add_halves(a: Ciphertext, lo: Ciphertext, hi: Ciphertext) -> Ciphertext {
    Ciphertext { l: add_half_points(a.l, lo.l, hi.l), r: add_half_points(a.r, lo.r, hi.r) }
}

pub fn add_plain(a: Ciphertext, v: u64) -> Ciphertext {
    let mut state = EcStateTrait::init();
    state.add_mul(v.into(), generator_g());
    add_mul(ref state, 1, load(a.l));
    Ciphertext { l: store(state.finalize()), r: a.r }
}

pub fn sub_plain(a: Ciphertext, v: u64) -> Ciphertext {
    let mut state = EcStateTrait::init();
    state.add_mul(v.into(), negate(generator_g()));
    add_mul(ref state, 1, load(a.l));
    Ciphertext { l: store(state.finalize()), r: a.r }
}

fn add_points(a: Point, b: Point) -> Point {
    store(load(a) + load(b))
}

fn add_half_points(a: Point, lo: Point, hi: Point) -> Point {
    let mut state = EcStateTrait::init();
    add_mul(ref state, SHIFT32, load(hi));
    store(state.finalize() + load(lo) + load(a))
}

fn sub_half_points(a: Point, lo: Point, hi: Point) -> Point {
    let mut state = EcStateTrait::init();
    sub_mul(ref state, SHIFT32, load(hi));
    store(state.finalize() - load(lo) + load(a))
}
