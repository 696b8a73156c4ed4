//! The append-only Poseidon Merkle tree of an epoch's submissions: depth 32, empty leaves zero.
//!
//! Only the frontier is kept: for every level the left sibling that waits for its right one. An
//! append hashes twice on average; the root is computed when asked for.

use core::poseidon::poseidon_hash_span;
use crate::interfaces::VoteSlot;
use crate::pair_hash::pair_hash;

pub const DEPTH: u32 = 32;

/// The leaf of one submission.
pub fn leaf(slot: VoteSlot) -> felt252 {
    poseidon_hash_span(
        [
            'SAGE/RESULT/1', slot.job_id.into(), slot.attempt.into(), slot.worker.into(),
            slot.result_commitment.low.into(), slot.result_commitment.high.into(),
            slot.proof_commitment, slot.proof_hash.low.into(), slot.proof_hash.high.into(),
            slot.result_hash.low.into(), slot.result_hash.high.into(),
        ]
            .span(),
    )
}

/// What appending changes: the one entry of the frontier to write, (level, value). `frontier` must
/// reach up to the lowest zero bit of `count`, the number of leaves before.
pub fn append(frontier: Span<felt252>, count: u32, leaf: felt252) -> (u32, felt252) {
    let mut value = leaf;
    let mut level = 0;
    let mut rest = count;
    while rest % 2 == 1 {
        value = pair_hash(*frontier.at(level), value);
        rest /= 2;
        level += 1;
    }
    (level, value)
}

/// How many entries of the frontier `append` reads.
pub fn append_reads(count: u32) -> u32 {
    let mut rest = count;
    let mut levels = 0;
    while rest % 2 == 1 {
        rest /= 2;
        levels += 1;
    }
    levels
}

/// The root over `count` leaves; `frontier` has DEPTH entries, of which only those at the set bits
/// of `count` matter.
pub fn root(frontier: Span<felt252>, count: u32) -> felt252 {
    let mut value = 0;
    let mut empty = 0;
    let mut rest = count;
    for level in 0..DEPTH {
        value =
            if rest % 2 == 1 {
                pair_hash(*frontier.at(level), value)
            } else {
                pair_hash(value, empty)
            };
        empty = pair_hash(empty, empty);
        rest /= 2;
    }
    value
}
