//! What validators sign: votes, and possession of the key that they vote with.

use core::poseidon::poseidon_hash_span;
use starknet::ContractAddress;
use crate::interfaces::{Verdict, VoteSlot};
use crate::snip12::u256_hash;

const VOTE_TYPE: felt252 = selector!(
    "\"Vote\"(\"Proof Verifier\":\"ContractAddress\",\"Verifier Version\":\"u128\",\"Vote Epoch\":\"u128\",\"Job\":\"u128\",\"Attempt\":\"u128\",\"Worker\":\"ContractAddress\",\"Terms Hash\":\"felt\",\"Input Commitment\":\"u256\",\"Result Commitment\":\"u256\",\"Proof Commitment\":\"felt\",\"Proof Hash\":\"u256\",\"Result Hash\":\"u256\",\"Round\":\"u128\",\"Verdict\":\"u128\")\"u256\"(\"low\":\"u128\",\"high\":\"u128\")",
);
const VOTE_KEY_TYPE: felt252 = selector!(
    "\"Vote Key\"(\"Validator Registry\":\"ContractAddress\",\"Vote Key\":\"felt\")",
);

/// The number that stands for a verdict in a vote.
pub fn verdict_number(verdict: Verdict) -> felt252 {
    match verdict {
        Verdict::None => 0,
        Verdict::Valid => 1,
        Verdict::Invalid => 2,
        Verdict::Unavailable => 3,
    }
}

/// The vote's struct hash; the same for every validator.
pub fn vote_struct_hash(
    proof_verifier: ContractAddress, slot: VoteSlot, round: u32, verdict: Verdict,
) -> felt252 {
    poseidon_hash_span(
        [
            VOTE_TYPE, proof_verifier.into(), slot.verifier_version.into(), slot.vote_epoch.into(),
            slot.job_id.into(), slot.attempt.into(), slot.worker.into(), slot.terms_hash,
            u256_hash(slot.input_commitment), u256_hash(slot.result_commitment),
            slot.proof_commitment, u256_hash(slot.proof_hash), u256_hash(slot.result_hash),
            round.into(), verdict_number(verdict),
        ]
            .span(),
    )
}

/// The struct hash by which a validator shows that it holds its vote key.
pub fn possession_struct_hash(registry: ContractAddress, vote_key: felt252) -> felt252 {
    poseidon_hash_span([VOTE_KEY_TYPE, registry.into(), vote_key].span())
}
