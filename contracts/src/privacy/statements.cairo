//! One verifier a statement. Each rebuilds the announcements from the responses and compares the
//! challenge; each panics when its proof does not hold.

pub mod key;
pub mod pay;
pub mod withdraw;
use core::ec::{EcPoint, EcStateTrait, NonZeroEcPoint};
use crate::privacy::curve;
use crate::privacy::transcript::TranscriptTrait;

/// Appends s base - c image.
pub(crate) fn announce1(
    ref t: Array<felt252>, s: felt252, base: NonZeroEcPoint, c: felt252, image: EcPoint,
) {
    let mut state = EcStateTrait::init();
    state.add_mul(s, base);
    curve::sub_mul(ref state, c, image);
    t.announcement(state.finalize_nz());
}

/// Appends s0 base0 + s1 base1 - c image. The second base may be O.
pub(crate) fn announce2(
    ref t: Array<felt252>,
    s0: felt252,
    base0: NonZeroEcPoint,
    s1: felt252,
    base1: EcPoint,
    c: felt252,
    image: EcPoint,
) {
    let mut state = EcStateTrait::init();
    state.add_mul(s0, base0);
    curve::add_mul(ref state, s1, base1);
    curve::sub_mul(ref state, c, image);
    t.announcement(state.finalize_nz());
}
