//! Range proofs: one commitment to the digits of all integers of a statement, and a proof that each
//! of them is below 16, by the product of what it differs from 0, 1, .. 15. docs/payments.md has
//! the argument.

use core::circuit::u384;
use core::ec::{EcPoint, EcPointTrait, EcState, EcStateTrait};
use crate::privacy::basis::BASIS;
use crate::privacy::interface::{Point, RangeProof};
use crate::privacy::transcript::TranscriptTrait;
use crate::privacy::{curve, digits};

/// Commitments to coefficients: of c, c^2, .. c^15.
const PRODUCTS: u32 = 15;

/// Appends n and B, puts their hash y in the place of all that, appends W_1, .. W_15,
/// A = sum s_j E_j + s_B H - c B and W_0 = F G + s_W H - sum c^k W_k, where F is the sum over j of
/// y^(n - 1 - j) times the product of s_j - t c over t < 16; and returns for every integer its
/// response times G. `widths` are numbers of digits, each a multiple of 8. That the announcements
/// fit is decided by the transcript.
pub fn replay(
    ref t: Array<felt252>, proof: RangeProof, mut widths: Span<u32>, c: felt252,
) -> Array<EcPoint> {
    let RangeProof { digits: committed, products, s_digits, s_product, s: mut responses } = proof;
    curve::assert_scalar(s_digits);
    curve::assert_scalar(s_product);
    let committed = curve::nonzero(committed);
    t.append(responses.len().into());
    t.nonzero(committed);
    let y: u384 = t.fold().into();

    let order = digits::order();
    let g = curve::generator_g();
    let g_128 = curve::generator_g_128();
    let h = curve::generator_h();
    let blank = EcStateTrait::init();
    let wide_c: u384 = c.into();
    let mut joined: u384 = 0_u128.into();
    let mut sums = Sums { vector: blank.clone(), low: 0, high: 0, weight: 1 };
    let mut bases = BASIS.span();
    let mut integers = array![];
    while let Some(width) = widths.pop_front() {
        for _ in 0..*width / 8 {
            let [s0, s1, s2, s3, s4, s5, s6, s7] = (*responses
                .multi_pop_front::<8>()
                .expect('wrong number of digits'))
                .unbox();
            let s = [
                sums.take(ref bases, s0), sums.take(ref bases, s1), sums.take(ref bases, s2),
                sums.take(ref bases, s3), sums.take(ref bases, s4), sums.take(ref bases, s5),
                sums.take(ref bases, s6), sums.take(ref bases, s7),
            ];
            joined = digits::join(joined, y, wide_c, s, order);
        }
        let mut integer = blank.clone();
        integer.add_mul(sums.low, g);
        integer.add_mul(sums.high, g_128);
        integers.append(integer.finalize());
        sums.low = 0;
        sums.high = 0;
        sums.weight = 1;
    }
    assert(responses.is_empty(), 'wrong number of digits');

    let others = combine(ref t, products, c);
    let mut a = sums.vector;
    a.add_mul(s_digits, h);
    a.add_mul(c, curve::negate(committed));
    t.announcement(a.finalize_nz());
    let mut w = blank;
    w.add_mul(digits::narrow(joined), g);
    w.add_mul(s_product, h);
    curve::sub_mul(ref w, c, others);
    t.announcement(w.finalize_nz());
    integers
}

/// What is summed up over the digits.
#[derive(Drop)]
struct Sums {
    /// Responses times bases.
    vector: EcState,
    /// The limbs of sum 16^j s_j over the digits of an integer, each far below the order.
    low: felt252,
    high: felt252,
    /// 16^j.
    weight: felt252,
}

#[generate_trait]
impl SumsImpl of SumsTrait {
    /// Adds a response, which must be below the order, and returns it.
    #[inline(always)]
    fn take(ref self: Sums, ref bases: Span<felt252>, s: felt252) -> u384 {
        let limbs = curve::scalar_limbs(s);
        self.low += limbs.low.into() * self.weight;
        self.high += limbs.high.into() * self.weight;
        self.weight *= 16;
        let [x, y] = (*bases.multi_pop_front::<2>().unwrap()).unbox();
        self.vector.add_mul(s, EcPointTrait::new_nz(x, y).unwrap());
        limbs.into()
    }
}

/// Appends W_1, .. W_15 and returns sum c^(k - 1) W_k.
fn combine(ref t: Array<felt252>, mut products: Span<Point>, c: felt252) -> EcPoint {
    assert(products.len() == PRODUCTS, 'wrong number of products');
    for p in products {
        t.point(*p);
    }
    let mut sum = curve::nonzero(*products.pop_back().unwrap()).into();
    while let Some(p) = products.pop_back() {
        let mut state = EcStateTrait::init();
        curve::add_mul(ref state, c, sum);
        state.add(curve::nonzero(*p));
        sum = state.finalize();
    }
    sum
}
