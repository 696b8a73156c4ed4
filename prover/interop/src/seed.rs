//! The numbers that traces are made of, a function of seed, stream and index.

use stwo::core::fields::m31::{BaseField, P};

/// SplitMix64's output number 2³²·stream + index for the seed.
pub fn word(seed: u64, stream: u64, index: u64) -> u64 {
    let position = (stream << 32).wrapping_add(index).wrapping_add(1);
    let mut z = seed.wrapping_add(position.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The word's upper 31 bits, modulo P.
pub fn element(seed: u64, stream: u64, index: u64) -> BaseField {
    BaseField::from((word(seed, stream, index) >> 33) as u32 % P)
}
