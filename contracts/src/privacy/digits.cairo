//! Arithmetic modulo n, the order of the curve, on the responses of a range proof's digits.

use core::circuit::{
    AddInputResultTrait, CircuitElement, CircuitInput, CircuitInputs, CircuitModulus,
    CircuitOutputsTrait, EvalCircuitTrait, circuit_add, circuit_mul, circuit_sub, u384,
};

/// n in limbs of 96 bits.
pub fn order() -> CircuitModulus {
    TryInto::<
        _, CircuitModulus,
    >::try_into([0xcae7b2321e66a241adc64d2f, 0xffffffffffffffffb781126d, 0x800000000000010, 0])
        .unwrap()
}

/// joined y^8 + sum over j < 8 of y^(7 - j) times the product of s_j - t c over t < 16, modulo n.
///
/// With u = s (s - 15 c) the factors t and 15 - t make u + t (15 - t) c^2: nine products a digit,
/// with the one by y.
#[inline(always)]
pub fn join(joined: u384, y: u384, c: u384, s: [u384; 8], n: CircuitModulus) -> u384 {
    let before = CircuitElement::<CircuitInput<0>> {};
    let weight = CircuitElement::<CircuitInput<1>> {};
    let c1 = CircuitElement::<CircuitInput<2>> {};
    let s0 = CircuitElement::<CircuitInput<3>> {};
    let s1 = CircuitElement::<CircuitInput<4>> {};
    let s2 = CircuitElement::<CircuitInput<5>> {};
    let s3 = CircuitElement::<CircuitInput<6>> {};
    let s4 = CircuitElement::<CircuitInput<7>> {};
    let s5 = CircuitElement::<CircuitInput<8>> {};
    let s6 = CircuitElement::<CircuitInput<9>> {};
    let s7 = CircuitElement::<CircuitInput<10>> {};
    let c2 = circuit_add(c1, c1);
    let c4 = circuit_add(c2, c2);
    let c8 = circuit_add(c4, c4);
    let c15 = circuit_sub(circuit_add(c8, c8), c1);
    // Multiples of c^2; those to add are 14, 26, 36, 44, 50, 54 and 56.
    let q2 = circuit_mul(c1, c2);
    let q4 = circuit_add(q2, q2);
    let q6 = circuit_add(q4, q2);
    let q8 = circuit_add(q4, q4);
    let q10 = circuit_add(q8, q2);
    let q12 = circuit_add(q8, q4);
    let q14 = circuit_add(q8, q6);
    let q26 = circuit_add(q14, q12);
    let q36 = circuit_add(q26, q10);
    let q44 = circuit_add(q36, q8);
    let q50 = circuit_add(q44, q6);
    let q54 = circuit_add(q50, q4);
    let q56 = circuit_add(q54, q2);

    let u = circuit_mul(s0, circuit_sub(s0, c15));
    let p = circuit_mul(u, circuit_add(u, q14));
    let p = circuit_mul(p, circuit_add(u, q26));
    let p = circuit_mul(p, circuit_add(u, q36));
    let p = circuit_mul(p, circuit_add(u, q44));
    let p = circuit_mul(p, circuit_add(u, q50));
    let p = circuit_mul(p, circuit_add(u, q54));
    let p = circuit_mul(p, circuit_add(u, q56));
    let sum0 = circuit_add(circuit_mul(before, weight), p);

    let u = circuit_mul(s1, circuit_sub(s1, c15));
    let p = circuit_mul(u, circuit_add(u, q14));
    let p = circuit_mul(p, circuit_add(u, q26));
    let p = circuit_mul(p, circuit_add(u, q36));
    let p = circuit_mul(p, circuit_add(u, q44));
    let p = circuit_mul(p, circuit_add(u, q50));
    let p = circuit_mul(p, circuit_add(u, q54));
    let p = circuit_mul(p, circuit_add(u, q56));
    let sum1 = circuit_add(circuit_mul(sum0, weight), p);

    let u = circuit_mul(s2, circuit_sub(s2, c15));
    let p = circuit_mul(u, circuit_add(u, q14));
    let p = circuit_mul(p, circuit_add(u, q26));
    let p = circuit_mul(p, circuit_add(u, q36));
    let p = circuit_mul(p, circuit_add(u, q44));
    let p = circuit_mul(p, circuit_add(u, q50));
    let p = circuit_mul(p, circuit_add(u, q54));
    let p = circuit_mul(p, circuit_add(u, q56));
    let sum2 = circuit_add(circuit_mul(sum1, weight), p);

    let u = circuit_mul(s3, circuit_sub(s3, c15));
    let p = circuit_mul(u, circuit_add(u, q14));
    let p = circuit_mul(p, circuit_add(u, q26));
    let p = circuit_mul(p, circuit_add(u, q36));
    let p = circuit_mul(p, circuit_add(u, q44));
    let p = circuit_mul(p, circuit_add(u, q50));
    let p = circuit_mul(p, circuit_add(u, q54));
    let p = circuit_mul(p, circuit_add(u, q56));
    let sum3 = circuit_add(circuit_mul(sum2, weight), p);

    let u = circuit_mul(s4, circuit_sub(s4, c15));
    let p = circuit_mul(u, circuit_add(u, q14));
    let p = circuit_mul(p, circuit_add(u, q26));
    let p = circuit_mul(p, circuit_add(u, q36));
    let p = circuit_mul(p, circuit_add(u, q44));
    let p = circuit_mul(p, circuit_add(u, q50));
    let p = circuit_mul(p, circuit_add(u, q54));
    let p = circuit_mul(p, circuit_add(u, q56));
    let sum4 = circuit_add(circuit_mul(sum3, weight), p);

    let u = circuit_mul(s5, circuit_sub(s5, c15));
    let p = circuit_mul(u, circuit_add(u, q14));
    let p = circuit_mul(p, circuit_add(u, q26));
    let p = circuit_mul(p, circuit_add(u, q36));
    let p = circuit_mul(p, circuit_add(u, q44));
    let p = circuit_mul(p, circuit_add(u, q50));
    let p = circuit_mul(p, circuit_add(u, q54));
    let p = circuit_mul(p, circuit_add(u, q56));
    let sum5 = circuit_add(circuit_mul(sum4, weight), p);

    let u = circuit_mul(s6, circuit_sub(s6, c15));
    let p = circuit_mul(u, circuit_add(u, q14));
    let p = circuit_mul(p, circuit_add(u, q26));
    let p = circuit_mul(p, circuit_add(u, q36));
    let p = circuit_mul(p, circuit_add(u, q44));
    let p = circuit_mul(p, circuit_add(u, q50));
    let p = circuit_mul(p, circuit_add(u, q54));
    let p = circuit_mul(p, circuit_add(u, q56));
    let sum6 = circuit_add(circuit_mul(sum5, weight), p);

    let u = circuit_mul(s7, circuit_sub(s7, c15));
    let p = circuit_mul(u, circuit_add(u, q14));
    let p = circuit_mul(p, circuit_add(u, q26));
    let p = circuit_mul(p, circuit_add(u, q36));
    let p = circuit_mul(p, circuit_add(u, q44));
    let p = circuit_mul(p, circuit_add(u, q50));
    let p = circuit_mul(p, circuit_add(u, q54));
    let p = circuit_mul(p, circuit_add(u, q56));
    let sum7 = circuit_add(circuit_mul(sum6, weight), p);

    let [d0, d1, d2, d3, d4, d5, d6, d7] = s;
    (sum7,)
        .new_inputs()
        .next(joined)
        .next(y)
        .next(c)
        .next(d0)
        .next(d1)
        .next(d2)
        .next(d3)
        .next(d4)
        .next(d5)
        .next(d6)
        .next(d7)
        .done()
        .eval(n)
        .unwrap()
        .get_output(sum7)
}

/// A result of `join` as a felt: it is below n.
pub fn narrow(joined: u384) -> felt252 {
    let joined: u256 = joined.try_into().unwrap();
    joined.try_into().unwrap()
}
