//! ProofVerifier: what counts as a certificate.

use core::ec::stark_curve::ORDER;
use crate::interfaces::{
    AttemptState, IJobManagerDispatcherTrait, IProofVerifierDispatcherTrait,
    IProofVerifierSafeDispatcher, IProofVerifierSafeDispatcherTrait,
    IValidatorRegistryDispatcherTrait, Signature, TableEntry, Verdict, VoteSlot,
};
use crate::proofs::quorum;
use crate::{bitmap, signatures};
use super::signing;
use super::world::{
    EPOCH, SAGE, World, WorldTrait, act_as, address, bare, deployer, network, power_of_two, refused,
    stranger, validator, vote_key, vote_secret, wait, worker,
};

fn safe(world: World) -> IProofVerifierSafeDispatcher {
    IProofVerifierSafeDispatcher { contract_address: world.wiring.proofs }
}

/// A sealed network of validators with these stakes, and one submission.
fn submission(stakes: Span<u256>) -> (World, u128) {
    let world = bare();
    let mut number = 0;
    for stake in stakes {
        world.add_validator(number, *stake);
        number += 1;
    }
    act_as(deployer());
    world.validators.seal_genesis();
    world.add_worker(worker(), 1_000 * SAGE, 1);
    let job = world.submitted(1);
    (world, job)
}

#[feature("safe_dispatcher")]
fn approve_by(world: World, job: u128, signers: Span<u32>) -> Result<(), Array<felt252>> {
    let (bitmap, votes) = world.certificate(job, 1, 1, Verdict::Valid, signers);
    act_as(stranger());
    safe(world).approve(job, 1, 1, Verdict::Valid, bitmap, votes)
}

#[test]
fn exactly_two_thirds_are_too_few() {
    let (world, job) = submission([100 * SAGE, 100 * SAGE, 100 * SAGE].span());
    refused(approve_by(world, job, [0, 1].span()), 'signed stake is no quorum');
    refused(approve_by(world, job, [].span()), 'signed stake is no quorum');
    approve_by(world, job, [0, 1, 2].span()).unwrap();
}

#[test]
fn one_wei_above_two_thirds_is_enough() {
    // 200 + 2 of 300 + 2 is above two thirds by two thirds of a wei.
    let (world, job) = submission([100 * SAGE, 100 * SAGE + 2, 100 * SAGE].span());
    refused(approve_by(world, job, [0, 2].span()), 'signed stake is no quorum');
    approve_by(world, job, [0, 1].span()).unwrap();
    assert!(world.jobs.attempt(job, 1).state == AttemptState::Challenge);
}

#[test]
fn weight_counts_not_heads() {
    let (world, job) = submission([100 * SAGE, 100 * SAGE, 100 * SAGE, 700 * SAGE].span());
    refused(approve_by(world, job, [0, 1, 2].span()), 'signed stake is no quorum');
    approve_by(world, job, [3].span()).unwrap();
}

#[test]
fn jailed_weight_counts_in_the_total_only() {
    let world = network();
    // Jails 1 and 2 by a dispute over another job of the same epoch.
    world.disputed(1);
    let job = world.submitted(2);
    refused(approve_by(world, job, [0, 1, 2, 3].span()), 'signed stake is no quorum');
    refused(approve_by(world, job, [0, 3].span()), 'signed stake is no quorum');
    // From the next epoch on they are out of the table.
    wait(EPOCH);
    let later = world.submitted(3);
    let (_, votes) = world.certificate(later, 1, 1, Verdict::Valid, [0, 3].span());
    world.proofs.approve(later, 1, 1, Verdict::Valid, 0b11, votes);
    assert!(world.jobs.attempt(later, 1).state == AttemptState::Challenge);
}

#[test]
#[feature("safe_dispatcher")]
fn every_mutation_is_refused() {
    let world = network();
    let job = world.submitted(1);
    let other = world.submitted(2);
    let (good, votes) = world.certificate(job, 1, 1, Verdict::Valid, [0, 1, 2].span());
    let (a, b, c) = (*votes.at(0), *votes.at(1), *votes.at(2));
    let verdict = Verdict::Valid;
    act_as(stranger());
    let approve = safe(world);
    let (count, beyond) = ('signatures do not match bitmap', 'bitmap beyond the table');
    let invalid = 'vote signature invalid';
    // The bitmap.
    refused(approve.approve(job, 1, 1, verdict, 0b0011, votes), count);
    refused(approve.approve(job, 1, 1, verdict, 0b1111, votes), count);
    refused(approve.approve(job, 1, 1, verdict, 0, votes), count);
    refused(approve.approve(job, 1, 1, verdict, 0b1011, votes), invalid);
    refused(approve.approve(job, 1, 1, verdict, 0b10111, votes), beyond);
    refused(approve.approve(job, 1, 1, verdict, good + power_of_two(128), votes), beyond);
    refused(approve.approve(job, 1, 1, verdict, good + power_of_two(255), votes), beyond);
    // The list of signatures.
    refused(approve.approve(job, 1, 1, verdict, good, [a, b].span()), count);
    refused(approve.approve(job, 1, 1, verdict, good, [a, b, c, c].span()), count);
    refused(approve.approve(job, 1, 1, verdict, good, [].span()), count);
    refused(approve.approve(job, 1, 1, verdict, good, [b, a, c].span()), invalid);
    refused(approve.approve(job, 1, 1, verdict, good, [a, a, a].span()), invalid);
    // Each signature, wherever it stands.
    for bad in [
        Signature { r: 0, s: a.s }, Signature { r: a.r, s: 0 }, Signature { r: a.r + 1, s: a.s },
        Signature { r: a.r, s: a.s + 1 }, Signature { r: ORDER, s: a.s },
        Signature { r: a.r, s: ORDER }, Signature { r: a.r, s: -1 }, Signature { r: -1, s: a.s },
        Signature { r: a.s, s: a.r },
    ]
        .span() {
        refused(approve.approve(job, 1, 1, verdict, good, [*bad, b, c].span()), invalid);
        refused(approve.approve(job, 1, 1, verdict, good, [a, *bad, c].span()), invalid);
        refused(approve.approve(job, 1, 1, verdict, good, [a, b, *bad].span()), invalid);
    }
    // What was signed: another round, verdict or job.
    refused(approve.approve(job, 1, 2, verdict, good, votes), invalid);
    refused(approve.approve(job, 1, 1, Verdict::Invalid, good, votes), invalid);
    refused(approve.approve(job, 1, 1, Verdict::Unavailable, good, votes), invalid);
    refused(approve.approve(other, 1, 1, verdict, good, votes), invalid);
    refused(approve.approve(job, 1, 1, Verdict::None, good, votes), 'verdict is none');
    refused(approve.approve(job, 2, 1, verdict, good, votes), 'no result submitted');
    refused(approve.approve(job + 1, 1, 1, verdict, good, votes), 'no result submitted');
    // And the certificate itself still stands.
    approve.approve(job, 1, 1, verdict, good, votes).unwrap();
}

#[test]
fn repeating_the_recorded_verdict_does_nothing() {
    let world = network();
    let job = world.challenge(1);
    let before = world.jobs.attempt(job, 1);
    act_as(stranger());
    // Not even the signatures are looked at.
    world.proofs.approve(job, 1, 9, Verdict::Valid, 0, [].span());
    assert!(world.jobs.attempt(job, 1) == before);
    wait(1_000);
    world.jobs.finalize(job, 1);
    let approved = world.jobs.attempt(job, 1);
    world.proofs.approve(job, 1, 9, Verdict::Valid, 0, [].span());
    assert!(world.jobs.attempt(job, 1) == approved);
}

#[test]
#[feature("safe_dispatcher")]
fn a_certificate_of_another_attempt_or_worker_is_a_replay() {
    let world = network();
    let second = address('second worker');
    world.add_worker(second, 1_000 * SAGE, 1);
    let job = world.submitted(1);
    let (bitmap, votes) = world.certificate(job, 1, 1, Verdict::Valid, [0, 1, 2].span());
    act_as(super::world::client());
    world.jobs.assign(job, second, 0);
    world.pay(job, 2);
    world.agree(job, 2);
    world.submit(job, 2);
    act_as(stranger());
    refused(
        safe(world).approve(job, 2, 1, Verdict::Valid, bitmap, votes), 'vote signature invalid',
    );
}

#[test]
fn quorums_at_the_edge() {
    assert!(!quorum::is_quorum(0, 0));
    assert!(!quorum::is_quorum(2, 3) && quorum::is_quorum(3, 3));
    assert!(!quorum::is_quorum(66, 100) && quorum::is_quorum(67, 100));
    let most: u256 = 256 * 0xffffffffffffffffffffffffffffffff;
    assert!(quorum::is_quorum(most, most));
}

#[test]
fn signers_follow_the_bits() {
    let entry = |
        number: u32, jailed: bool,
    | TableEntry { validator: validator(number), vote_key: number.into(), stake: 10, jailed };
    let table = array![entry(0, false), entry(1, true), entry(2, false)];
    let signed = quorum::signers(table.span(), 0b110);
    assert!(signed.stake == 10 && signed.total == 30 && signed.entries.len() == 2);
    assert!(*signed.entries.at(0).vote_key == 1 && *signed.entries.at(1).vote_key == 2);
    let all = bitmap::members(0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff);
    assert!(all.len() == 256 && *all.at(0) == 0 && *all.at(255) == 255);
    assert!(bitmap::members(power_of_two(128)).span() == [128].span());
    assert!(bitmap::members(0).is_empty());
}

#[test]
fn signatures_in_range() {
    let signature = signing::sign(42, 7);
    let key = signing::public_key(7);
    assert!(signatures::verifies(42, key, signature));
    assert!(!signatures::verifies(43, key, signature));
    assert!(!signatures::verifies(42, vote_key(0), signature));
    // A key that is no point's x-coordinate.
    assert!(!signatures::verifies(42, 5, signature));
    assert!(!signatures::verifies(42, 0, signature));
    // s + n names the same scalar and must not be a second signature.
    let s: u256 = signature.s.into();
    let order: u256 = ORDER.into();
    assert!(s < order);
    if let Some(alias) = TryInto::<u256, felt252>::try_into(s + order) {
        assert!(!signatures::verifies(42, key, Signature { s: alias, ..signature }));
    }
}

#[test]
#[feature("safe_dispatcher")]
fn votes_under_other_terms_do_not_count() {
    let (world, job) = submission([100 * SAGE].span());
    let slot = world.jobs.slot(job, 1);
    assert!(slot.terms_hash == world.jobs.terms_hash(job, 1));
    // What the validator signs of a job that had this id in another history of the chain.
    let forgotten = VoteSlot { terms_hash: slot.terms_hash + 1, ..slot };
    let hash = world.proofs.vote_hash(forgotten, 1, Verdict::Valid, validator(0));
    let votes = array![signing::sign(hash, vote_secret(0))].span();
    act_as(stranger());
    refused(safe(world).approve(job, 1, 1, Verdict::Valid, 1, votes), 'vote signature invalid');
    approve_by(world, job, [0].span()).unwrap();
}
