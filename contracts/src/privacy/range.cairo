//! Range proofs, bit by bit. A bit commitment V opens to 0 or 1: V = rH or V - G = rH, an OR of
//! two Schnorr proofs whose challenge shares add up to the statement's challenge modulo 2^128.

use core::ec::{EcPoint, EcPointTrait, EcStateTrait, NonZeroEcPoint};
use core::num::traits::WrappingSub;
use crate::privacy::curve;
use crate::privacy::transcript::TranscriptTrait;

/// Appends n and, for every bit, V, A0 = s0 H - c0 V and A1 = s1 H - c1 (V - G) to the transcript,
/// and returns the sum of 2^i V_i. That the announcements fit is decided by the transcript.
pub fn replay(ref t: Array<felt252>, mut bits: Span<felt252>, n: u32, c: u128) -> EcPoint {
    assert(bits.len() == 4 * n, 'wrong number of bits');
    let g = curve::generator_g();
    let h = curve::generator_h();
    t.append(n.into());
    let mut commitments: Array<NonZeroEcPoint> = array![];
    while let Some(bit) = bits.multi_pop_front::<4>() {
        let [x, c0, s0, s1] = (*bit).unbox();
        // The ordinate is the one of at most (p - 1) / 2.
        let v = EcPointTrait::new_nz_from_x(x).expect('bit not on curve');
        let c0: u128 = c0.try_into().expect('bit challenge too large');
        let c1 = c.wrapping_sub(c0);
        curve::assert_scalar(s0);
        curve::assert_scalar(s1);
        let minus_v = curve::negate(v);
        t.nonzero(v);

        let mut a0 = EcStateTrait::init();
        a0.add_mul(s0, h);
        a0.add_mul(c0.into(), minus_v);
        t.announcement(a0.finalize_nz());

        let mut g_minus_v = EcStateTrait::init();
        g_minus_v.add(g);
        g_minus_v.add(minus_v);
        let mut a1 = EcStateTrait::init();
        a1.add_mul(s1, h);
        if let Some(d) = g_minus_v.finalize_nz() {
            a1.add_mul(c1.into(), d);
        }
        t.announcement(a1.finalize_nz());
        commitments.append(v);
    }
    sum(commitments.span())
}

/// Horner's rule from the highest bit down.
fn sum(mut commitments: Span<NonZeroEcPoint>) -> EcPoint {
    let mut acc: Option<NonZeroEcPoint> = None;
    while let Some(v) = commitments.pop_back() {
        let mut state = EcStateTrait::init();
        if let Some(a) = acc {
            state.add(a);
            state.add(a);
        }
        state.add(*v);
        acc = state.finalize_nz();
    }
    match acc {
        Some(a) => a.into(),
        None => EcStateTrait::init().finalize(),
    }
}
