//! What owner and worker agree on: ids, bounds and the hash that the worker accepts.

use core::cmp::max;
use core::num::traits::{Pow, Zero};
use core::poseidon::poseidon_hash_span;
use starknet::ContractAddress;
use crate::interfaces::{Delivery, JobTerms, Windows};
use crate::pair_hash::pair_hash;
use crate::staking::tiers;

/// The matrix product, and the version of its constraints.
const MATRIX_PRODUCT: u32 = 1;
const MATRIX_PRODUCT_VERSION: u32 = 1;
/// Bounds of log2 of the matrices' padded side.
const MIN_K: u32 = 3;
const MAX_K: u32 = 10;
/// No window is longer; keeps sums of times from overflowing.
const YEAR: u64 = 365 * 86_400;

/// The low 128 bits of Poseidon(caller, salt), the hash of two elements.
pub fn job_id(caller: ContractAddress, salt: felt252) -> u128 {
    let hash: u256 = pair_hash(caller.into(), salt).into();
    hash.low
}

/// Panics unless `terms` describe a job that this version can run.
pub fn assert_sound(terms: JobTerms, min: Windows, max: Windows, version: u32, now: u64) {
    assert(terms.spec_hash.is_non_zero(), 'spec hash is zero');
    assert(terms.air_id == MATRIX_PRODUCT, 'unknown AIR');
    assert(terms.air_version == MATRIX_PRODUCT_VERSION, 'unknown AIR version');
    assert(terms.verifier_version == version, 'unknown verifier version');
    assert(terms.k >= MIN_K && terms.k <= MAX_K, 'k not in 3..10');
    let side = 2_u32.pow(terms.k);
    assert(terms.rows >= 1 && terms.rows <= side, 'rows not in 1..2^k');
    assert(terms.inner >= 1 && terms.inner <= side, 'inner not in 1..2^k');
    assert(terms.columns >= 1 && terms.columns <= side, 'columns not in 1..2^k');
    assert(terms.min_tier >= tiers::CONSUMER && terms.min_tier <= tiers::FRONTIER, 'unknown tier');
    if terms.synthetic {
        assert(terms.input_commitment.is_zero(), 'synthetic input given early');
        assert(terms.seed_block != 0, 'seed block is zero');
    } else {
        assert(terms.input_commitment.is_non_zero(), 'input commitment is zero');
        assert(terms.seed_block == 0, 'seed block of a given input');
    }
    assert(terms.deadline == 0 || terms.deadline > now, 'job deadline in the past');
    assert(at_most(min, terms.windows), 'window below minimum');
    assert(at_most(terms.windows, max), 'window above maximum');
}

/// Panics unless every window can be chosen and none overflows a time.
pub fn assert_bounds(min: Windows, max: Windows) {
    let one = Windows { accept: 1, submit: 1, decide: 1, challenge: 1, appeal: 1 };
    let year = Windows { accept: YEAR, submit: YEAR, decide: YEAR, challenge: YEAR, appeal: YEAR };
    assert(at_most(one, min), 'minimum window is zero');
    assert(at_most(min, max), 'minimum window above maximum');
    assert(at_most(max, year), 'maximum window above a year');
}

/// Whether every window of `left` is at most that of `right`.
fn at_most(left: Windows, right: Windows) -> bool {
    left.accept <= right.accept
        && left.submit <= right.submit
        && left.decide <= right.decide
        && left.challenge <= right.challenge
        && left.appeal <= right.appeal
}

/// The longest that a submitted attempt can take to end: decided at the last second as
/// UNAVAILABLE, then as VALID or INVALID, then disputed.
pub fn longest_verdict(windows: Windows) -> u64 {
    windows.decide + windows.appeal + max(windows.challenge, windows.appeal) + windows.appeal
}

/// The hash that the worker accepts: everything that it will be held to.
pub fn terms_hash(
    job_id: u128,
    number: u32,
    terms: JobTerms,
    worker: ContractAddress,
    input_commitment: u256,
    escrow_hash: felt252,
    auditor_epoch: u64,
) -> felt252 {
    let windows = terms.windows;
    poseidon_hash_span(
        [
            'SAGE/TERMS/1', job_id.into(), number.into(), worker.into(), terms.spec_hash,
            input_commitment.low.into(), input_commitment.high.into(), terms.air_id.into(),
            terms.air_version.into(), terms.k.into(), terms.rows.into(), terms.inner.into(),
            terms.columns.into(), terms.verifier_version.into(), escrow_hash, auditor_epoch.into(),
            windows.accept.into(), windows.submit.into(), windows.decide.into(),
            windows.challenge.into(), windows.appeal.into(), terms.penalty_cap.low.into(),
            terms.penalty_cap.high.into(),
            match terms.delivery {
                Delivery::Result => 0,
                Delivery::Proof => 1,
            },
        ]
            .span(),
    )
}
