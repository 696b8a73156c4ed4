//! Poseidon of exactly two elements: one permutation, and never the hash of a list.

use core::poseidon::hades_permutation;

pub fn pair_hash(left: felt252, right: felt252) -> felt252 {
    let (hash, _, _) = hades_permutation(left, right, 2);
    hash
}
