//! Range proofs: one commitment to the bits of all integers of a statement, and a proof that each
//! of them is 0 or 1 (Bootle, Cerulli, Chaidos, Ghadafi, Groth, Petit, 2015). docs/payments.md has
//! the argument.

use core::ec::{EcPoint, EcPointTrait, EcStateTrait};
use crate::privacy::basis::BASIS;
use crate::privacy::curve;
use crate::privacy::interface::RangeProof;
use crate::privacy::transcript::TranscriptTrait;

/// Appends n, B, C, A = sum s_i E_i + s_B H - c B and D = sum s_i (c - s_i) E_i + s_C H - c C to
/// the transcript, and returns for every integer its response times G. That the announcements fit
/// is decided by the transcript.
pub fn replay(
    ref t: Array<felt252>, proof: RangeProof, mut widths: Span<u32>, c: felt252,
) -> Array<EcPoint> {
    let RangeProof { bits, cross, s_bits, s_cross, s: mut responses } = proof;
    curve::assert_scalar(s_bits);
    curve::assert_scalar(s_cross);
    let count = responses.len();
    let h = curve::generator_h();
    let g = curve::generator_g();
    let g_128 = curve::generator_g_128();
    let blank = EcStateTrait::init();
    // sum s_i E_i, and sum s_i^2 E_i.
    let mut sum = blank.clone();
    let mut squares = blank.clone();
    let mut bases = BASIS.span();
    let mut integers = array![];
    while let Some(width) = widths.pop_front() {
        // The limbs of sum 2^i s_i, each far below the order.
        let mut low: felt252 = 0;
        let mut high: felt252 = 0;
        let mut weight: felt252 = 1;
        for _ in 0..*width {
            let s = *responses.pop_front().expect('wrong number of bits');
            let limbs = curve::scalar_limbs(s);
            low += limbs.low.into() * weight;
            high += limbs.high.into() * weight;
            weight += weight;
            let [x, y] = (*bases.multi_pop_front::<2>().unwrap()).unbox();
            let mut term = blank.clone();
            term.add_mul(s, EcPointTrait::new_nz(x, y).unwrap());
            if let Some(p) = term.finalize_nz() {
                sum.add(p);
                squares.add_mul(s, p);
            }
        }
        let mut integer = blank.clone();
        integer.add_mul(low, g);
        integer.add_mul(high, g_128);
        integers.append(integer.finalize());
    }
    assert(responses.is_empty(), 'wrong number of bits');

    let sum = sum.finalize();
    let bits = curve::nonzero(bits);
    let cross = curve::nonzero(cross);
    t.append(count.into());
    t.nonzero(bits);
    t.nonzero(cross);
    let mut a = blank.clone();
    curve::add(ref a, sum);
    a.add_mul(s_bits, h);
    a.add_mul(c, curve::negate(bits));
    t.announcement(a.finalize_nz());
    let mut d = blank;
    curve::add_mul(ref d, c, sum - cross.into());
    d.add_mul(s_cross, h);
    curve::add(ref d, -squares.finalize());
    t.announcement(d.finalize_nz());
    integers
}
