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

/// Appends value_g + s base - c image. The base may be O.
pub(crate) fn announce2(
    ref t: Array<felt252>, value_g: EcPoint, s: felt252, base: EcPoint, c: felt252, image: EcPoint,
) {
    let mut state = EcStateTrait::init();
    curve::add(ref state, value_g);
    curve::add_mul(ref state, s, base);
    curve::sub_mul(ref state, c, image);
    t.announcement(state.finalize_nz());
}
