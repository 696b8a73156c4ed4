//! Hashes that the Go side computes too. The numbers come from it: testdata/vote_hash.json, and for
//! terms and trees the packages job and internal/starkhash.

use crate::interfaces::{Delivery, JobTerms, Verdict, VoteSlot};
use crate::jobs::{result_tree, terms};
use crate::pair_hash::pair_hash;
use crate::{snip12, votes};
use super::world::{address, terms as ordinary_terms};

const P_MINUS_ONE: felt252 = -1;

fn vote(
    chain: felt252,
    proof_verifier: felt252,
    slot: VoteSlot,
    round: u32,
    verdict: Verdict,
    validator: felt252,
) -> felt252 {
    let hash = votes::vote_struct_hash(address(proof_verifier), slot, round, verdict);
    snip12::message_hash(snip12::domain_hash_on(chain), address(validator), hash)
}

fn ordinary_slot() -> VoteSlot {
    VoteSlot {
        verifier_version: 1,
        vote_epoch: 7,
        job_id: 0x00112233445566778899aabbccddeeff,
        attempt: 1,
        worker: address(0x77707772),
        terms_hash: 0x66,
        input_commitment: 0x1100000000000000000000000000000000000000000000000000000000000011,
        result_commitment: 0x2200000000000000000000000000000000000000000000000000000000000022,
        proof_commitment: 0x33,
        proof_hash: 0x4400000000000000000000000000000000000000000000000000000000000044,
        result_hash: 0x5500000000000000000000000000000000000000000000000000000000000055,
    }
}

#[test]
fn vote_hashes_are_those_of_go() {
    let verifier = 0x123456789abcdef;
    let slot = ordinary_slot();
    assert!(
        vote(
            'SN_SEPOLIA', verifier, slot, 1, Verdict::Valid, 'val',
        ) == 0x4adf74b9ef959377712dcadbc49cd032efa259117d50b49258f10c4d4ec38cc,
    );
    assert!(
        vote(
            'SN_SEPOLIA', verifier, slot, 2, Verdict::Invalid, 'val',
        ) == 0x3fad74f91d72e64c8caf61a32ed6bec0ed8c2973e64f59324f0930f10d54682,
    );
    let most = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
    let greatest = VoteSlot {
        verifier_version: 0xffffffff,
        vote_epoch: 0xffffffffffffffff,
        job_id: 0xffffffffffffffffffffffffffffffff,
        attempt: 0xffffffff,
        worker: address(0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffefe),
        terms_hash: P_MINUS_ONE,
        input_commitment: most,
        result_commitment: most,
        proof_commitment: P_MINUS_ONE,
        proof_hash: most,
        result_hash: most,
    };
    assert!(
        vote(
            'SN_MAIN',
            0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeff,
            greatest,
            0xffffffff,
            Verdict::Unavailable,
            0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffefd,
        ) == 0x1e4b583b5ff009d671245faec18652ae62e652551e84eb85af2e04a08420003,
    );
    let least = VoteSlot {
        verifier_version: 0,
        vote_epoch: 0,
        job_id: 0,
        attempt: 0,
        worker: address(2),
        terms_hash: 0,
        input_commitment: 0,
        result_commitment: 0,
        proof_commitment: 0,
        proof_hash: 0,
        result_hash: 0,
    };
    assert!(
        vote(
            'SN_GOERLI', 1, least, 0, Verdict::Valid, 3,
        ) == 0x1ab937e8565de44164bcda0bb450011cc845954ae59463786ba2c4d34e76fb,
    );
}

#[test]
fn a_possession_hash_is_that_of_go() {
    let key = 0x1ef15c18599971b7beced415a40f0c7deacfd9b0d1819e03d723d8bc943cfca;
    let hash = votes::possession_struct_hash(address(0xabcdef), key);
    assert!(
        snip12::message_hash(
            snip12::domain_hash_on('SN_SEPOLIA'), address('val'), hash,
        ) == 0x71ea7b2b03ed475b708e657b5b74fe7b02fd8d8f994388c168bae0f28bb10d0,
    );
}

#[test]
fn a_terms_hash_is_that_of_go() {
    let job_terms = JobTerms {
        k: 10,
        rows: 1000,
        inner: 900,
        columns: 800,
        penalty_cap: 0x100000000000000000000000000000007,
        delivery: Delivery::Proof,
        ..ordinary_terms(),
    };
    let job = 0x00112233445566778899aabbccddeeff;
    assert!(
        terms::terms_hash(
            job,
            3,
            job_terms,
            address(0x77707772),
            0x1100000000000000000000000000000000000000000000000000000000000011,
            'escrow',
            4,
        ) == 0x5688e2e3696ec56687d1e43f8e7517e1e90dd482ba39c9813544aded9381753,
    );
}

#[test]
fn a_leaf_is_that_of_go() {
    assert!(
        result_tree::leaf(
            ordinary_slot(),
        ) == 0x3712c2ded7f54c9aff13d127adbe61a1149f35761c76a4e4ce7150ded02529f,
    );
}

/// The root by filling every level with empty subtrees: another way than the contract's.
pub fn naive_root(leaves: Span<felt252>) -> felt252 {
    let mut row = leaves;
    let mut empty = 0;
    for _ in 0..result_tree::DEPTH {
        let mut above = array![];
        let mut left = row;
        while let Some(first) = left.pop_front() {
            let second = match left.pop_front() {
                Some(second) => *second,
                None => empty,
            };
            above.append(pair_hash(*first, second));
        }
        empty = pair_hash(empty, empty);
        row = above.span();
    }
    match row.pop_front() {
        Some(root) => *root,
        None => empty,
    }
}

/// The frontier after appending the leaves one by one.
fn frontier_of(leaves: Span<felt252>) -> Array<felt252> {
    let mut frontier = array![];
    for _ in 0..result_tree::DEPTH {
        frontier.append(0);
    }
    let mut count = 0;
    for leaf in leaves {
        let reads = result_tree::append_reads(count);
        let (level, value) = result_tree::append(frontier.span().slice(0, reads), count, *leaf);
        let mut next = array![];
        for position in 0..result_tree::DEPTH {
            next.append(if position == level {
                value
            } else {
                *frontier.at(position)
            });
        }
        frontier = next;
        count += 1;
    }
    frontier
}

#[test]
fn roots_are_those_of_go_and_of_the_plain_way() {
    let known = array![
        (0, 0x545daa9fba7052a85749f7fb5d19cc85a243e6c5ffd5ac5e6a8dab2937cd0ef),
        (1, 0x5e987958dd893e885a54adfda2e16f2fb58d377dd64244cd99561b6b7d918d),
        (2, 0x16be46cb29982084faeae04db91c1bd2180a473d639cef1d68bedbac421c563),
        (3, 0x37b376b6ae5e03fc80214def8d6d18af9ae0e1cdf6616cb40cb8efd60f877ed),
        (5, 0x1360c09b7e807fdb342ce1cc6e3791e9c454287fa3cea5c510d615cca681838),
        (8, 0x31ff05d631392619df81c48732eeae07cbe5f0d7145c11dfa5677a49853cbc7),
    ];
    for (count, root) in known {
        let mut leaves = array![];
        for number in 0_u32..count {
            leaves.append(1000 + number.into());
        }
        let leaves = leaves.span();
        assert!(result_tree::root(frontier_of(leaves).span(), count) == root);
        assert!(naive_root(leaves) == root);
    }
}
