//! The table of an attempt: what each state refuses, in time and late, and what each call does.

use crate::interfaces::{
    Attempt, AttemptState, IJobManagerDispatcherTrait, IJobManagerSafeDispatcher,
    IJobManagerSafeDispatcherTrait, IReputationManagerDispatcherTrait,
    IStakingManagerDispatcherTrait, JobState, Verdict,
};
use super::world::{
    AUDITOR_EPOCH, ESCROW, PROOF, PROOF_HASH, RESULT, RESULT_HASH, SAGE, WINDOWS, World, WorldTrait,
    act_as, at, client, network, payments, reason, refused, stranger, wait, worker,
};

/// A call by whom it is for.
#[derive(Copy, Drop, PartialEq, Debug)]
enum Call {
    Fund,
    Cancel,
    Decline,
    Expire,
    Accept,
    Submit,
    HandBack,
    Timeout,
    Finalize,
    Certify: Verdict,
}

const NOT_ASSIGNED: felt252 = 'attempt not ASSIGNED';
const NOT_FUNDED: felt252 = 'attempt not FUNDED';
const NOT_ACCEPTED: felt252 = 'attempt not ACCEPTED';
const NO_OFFER: felt252 = 'attempt not an open offer';
const NO_VERDICT: felt252 = 'verdict not open in this state';
const LATE_VERDICT: felt252 = 'verdict comes too late';
const NOTHING: felt252 = 'nothing to finalize';
const STILL_OPEN: felt252 = 'window not over';

/// What follows from the state alone, at any time, for an attempt that was accepted.
fn beyond_offer() -> Array<(Call, felt252)> {
    array![
        (Call::Fund, NOT_ASSIGNED), (Call::Cancel, NO_OFFER), (Call::Decline, NO_OFFER),
        (Call::Accept, NOT_FUNDED),
    ]
}

/// What follows from the state alone, at any time, once a result was submitted.
fn beyond_submission() -> Array<(Call, felt252)> {
    let mut calls = beyond_offer();
    calls.append((Call::Submit, NOT_ACCEPTED));
    calls.append((Call::HandBack, NOT_ACCEPTED));
    calls.append((Call::Timeout, NOT_ACCEPTED));
    calls
}

fn no_certificate() -> Array<(Call, felt252)> {
    array![
        (Call::Certify(Verdict::Valid), NO_VERDICT), (Call::Certify(Verdict::Invalid), NO_VERDICT),
        (Call::Certify(Verdict::Unavailable), NO_VERDICT),
        (Call::Certify(Verdict::None), NO_VERDICT),
    ]
}

#[feature("safe_dispatcher")]
fn outcome(world: World, job: u128, call: Call) -> felt252 {
    let jobs = IJobManagerSafeDispatcher { contract_address: world.wiring.jobs };
    match call {
        Call::Fund => {
            act_as(payments());
            reason(jobs.fund(job, 1, ESCROW, AUDITOR_EPOCH))
        },
        Call::Cancel => {
            act_as(client());
            reason(jobs.cancel(job, 1))
        },
        Call::Decline => {
            act_as(worker());
            reason(jobs.decline(job, 1))
        },
        Call::Expire => {
            act_as(stranger());
            reason(jobs.expire(job, 1))
        },
        Call::Accept => {
            act_as(worker());
            reason(jobs.accept(job, 1, world.jobs.attempt(job, 1).terms_hash))
        },
        Call::Submit => {
            act_as(worker());
            reason(jobs.submit_result(job, 1, RESULT, PROOF, PROOF_HASH, RESULT_HASH))
        },
        Call::HandBack => {
            act_as(worker());
            reason(jobs.hand_back(job, 1))
        },
        Call::Timeout => {
            act_as(stranger());
            reason(jobs.timeout(job, 1))
        },
        Call::Finalize => {
            act_as(stranger());
            reason(jobs.finalize(job, 1))
        },
        Call::Certify(verdict) => {
            act_as(world.wiring.proofs);
            reason(jobs.record_verdict(job, 1, verdict, 0b111, stranger()))
        },
    }
}

/// Every call is refused for its reason and leaves the attempt as it was.
fn refuses(world: World, job: u128, calls: Array<(Call, felt252)>) {
    let before = world.jobs.attempt(job, 1);
    let bonded = world.staking.worker(worker()).bonded;
    for (call, why) in calls {
        let found = outcome(world, job, call);
        assert!(found == why, "{call:?}: found {found}, want {why}");
    }
    assert!(world.jobs.attempt(job, 1) == before, "a refused call changed the attempt");
    assert!(world.staking.worker(worker()).bonded == bonded, "a refused call moved a bond");
}

/// Moves to the attempt's last second in time.
fn to_deadline(world: World, job: u128) {
    at(world.jobs.attempt(job, 1).deadline);
}

fn state_is(world: World, job: u128, state: AttemptState) -> Attempt {
    let attempt = world.jobs.attempt(job, 1);
    assert!(attempt.state == state, "found {:?}, want {state:?}", attempt.state);
    attempt
}

#[test]
fn assigned_refuses() {
    let world = network();
    let job = world.assigned(1);
    let forever = || array![
        (Call::Accept, NOT_FUNDED), (Call::Submit, NOT_ACCEPTED), (Call::HandBack, NOT_ACCEPTED),
        (Call::Timeout, NOT_ACCEPTED), (Call::Finalize, NOTHING),
    ];
    to_deadline(world, job);
    refuses(world, job, forever());
    refuses(world, job, no_certificate());
    refuses(world, job, array![(Call::Expire, 'accept window not over')]);
    wait(1);
    refuses(world, job, forever());
    refuses(world, job, no_certificate());
    refuses(world, job, array![(Call::Fund, 'accept window over')]);
}

#[test]
fn funded_refuses() {
    let world = network();
    let job = world.funded(1);
    let forever = || array![
        (Call::Fund, NOT_ASSIGNED), (Call::Submit, NOT_ACCEPTED), (Call::HandBack, NOT_ACCEPTED),
        (Call::Timeout, NOT_ACCEPTED), (Call::Finalize, NOTHING),
    ];
    to_deadline(world, job);
    refuses(world, job, forever());
    refuses(world, job, no_certificate());
    refuses(world, job, array![(Call::Expire, 'accept window not over')]);
    wait(1);
    refuses(world, job, forever());
    refuses(world, job, no_certificate());
    refuses(world, job, array![(Call::Accept, 'accept window over')]);
}

#[test]
fn accepted_refuses() {
    let world = network();
    let job = world.accepted(1);
    to_deadline(world, job);
    refuses(world, job, beyond_offer());
    refuses(world, job, no_certificate());
    refuses(
        world,
        job,
        array![
            (Call::Expire, 'accept window not over'), (Call::Timeout, 'submit window not over'),
            (Call::Finalize, NOTHING),
        ],
    );
    wait(1);
    refuses(world, job, beyond_offer());
    refuses(world, job, no_certificate());
    refuses(
        world,
        job,
        array![
            (Call::Expire, NO_OFFER), (Call::Submit, 'submit window over'),
            (Call::HandBack, 'submit window over'), (Call::Finalize, NOTHING),
        ],
    );
}

#[test]
fn submitted_refuses() {
    let world = network();
    let job = world.submitted(1);
    to_deadline(world, job);
    refuses(world, job, beyond_submission());
    refuses(
        world,
        job,
        array![(Call::Finalize, STILL_OPEN), (Call::Certify(Verdict::None), NO_VERDICT)],
    );
    wait(1);
    refuses(world, job, beyond_submission());
    refuses(
        world,
        job,
        array![
            (Call::Expire, NO_OFFER), (Call::Certify(Verdict::Valid), LATE_VERDICT),
            (Call::Certify(Verdict::Invalid), LATE_VERDICT),
            (Call::Certify(Verdict::Unavailable), LATE_VERDICT),
        ],
    );
}

#[test]
fn challenge_refuses() {
    let world = network();
    let job = world.challenge(1);
    to_deadline(world, job);
    refuses(world, job, beyond_submission());
    refuses(
        world,
        job,
        array![
            (Call::Certify(Verdict::Valid), NO_VERDICT),
            (Call::Certify(Verdict::Unavailable), NO_VERDICT), (Call::Finalize, STILL_OPEN),
        ],
    );
    wait(1);
    refuses(world, job, beyond_submission());
    refuses(
        world,
        job,
        array![(Call::Expire, NO_OFFER), (Call::Certify(Verdict::Invalid), LATE_VERDICT)],
    );
}

#[test]
fn appeal_of_invalid_refuses() {
    let world = network();
    let job = world.appeal(1, Verdict::Invalid);
    to_deadline(world, job);
    refuses(world, job, beyond_submission());
    refuses(
        world,
        job,
        array![
            (Call::Certify(Verdict::Invalid), NO_VERDICT),
            (Call::Certify(Verdict::Unavailable), NO_VERDICT), (Call::Finalize, STILL_OPEN),
        ],
    );
    wait(1);
    refuses(world, job, beyond_submission());
    refuses(
        world, job, array![(Call::Expire, NO_OFFER), (Call::Certify(Verdict::Valid), LATE_VERDICT)],
    );
}

#[test]
fn appeal_of_unavailable_refuses() {
    let world = network();
    let job = world.appeal(1, Verdict::Unavailable);
    to_deadline(world, job);
    refuses(world, job, beyond_submission());
    refuses(
        world,
        job,
        array![(Call::Certify(Verdict::Unavailable), NO_VERDICT), (Call::Finalize, STILL_OPEN)],
    );
    wait(1);
    refuses(world, job, beyond_submission());
    refuses(
        world,
        job,
        array![
            (Call::Expire, NO_OFFER), (Call::Certify(Verdict::Valid), LATE_VERDICT),
            (Call::Certify(Verdict::Invalid), LATE_VERDICT),
        ],
    );
}

#[test]
fn disputed_refuses() {
    let world = network();
    let job = world.disputed(1);
    to_deadline(world, job);
    refuses(world, job, beyond_submission());
    refuses(world, job, no_certificate());
    refuses(world, job, array![(Call::Finalize, STILL_OPEN)]);
    wait(1);
    refuses(world, job, beyond_submission());
    refuses(world, job, no_certificate());
    refuses(world, job, array![(Call::Expire, NO_OFFER)]);
}

/// In a final state finalize does nothing, and everything else is refused.
fn final_refuses(world: World, job: u128) {
    refuses(world, job, beyond_submission());
    refuses(world, job, no_certificate());
    refuses(world, job, array![(Call::Expire, NO_OFFER), (Call::Finalize, 'it succeeded')]);
    assert!(world.staking.worker(worker()).open_bonds == 0);
}

#[test]
fn approved_refuses() {
    let world = network();
    final_refuses(world, world.approved(1));
}

#[test]
fn rejected_refuses() {
    let world = network();
    final_refuses(world, world.rejected(1));
}

#[test]
fn void_refuses() {
    let world = network();
    final_refuses(world, world.void(1));
}

#[test]
fn every_call_is_for_its_own_caller() {
    let world = network();
    let (offer, work, done) = (world.funded(1), world.accepted(2), world.submitted(3));
    callers_are_checked(world, offer, work, done);
}

#[feature("safe_dispatcher")]
fn callers_are_checked(world: World, offer: u128, work: u128, done: u128) {
    let jobs = IJobManagerSafeDispatcher { contract_address: world.wiring.jobs };
    let terms_hash = world.jobs.terms_hash(offer, 1);
    for caller in [stranger(), client(), world.wiring.proofs].span() {
        act_as(*caller);
        refused(jobs.decline(offer, 1), 'caller is not the worker');
        refused(jobs.accept(offer, 1, terms_hash), 'caller is not the worker');
        refused(jobs.hand_back(work, 1), 'caller is not the worker');
        refused(
            jobs.submit_result(work, 1, RESULT, PROOF, PROOF_HASH, RESULT_HASH),
            'caller is not the worker',
        );
        refused(jobs.fund(offer, 1, ESCROW, 0), 'caller is not PaymentRouter');
    }
    for caller in [stranger(), worker(), payments()].span() {
        act_as(*caller);
        refused(jobs.assign(offer, worker(), 0), 'caller is not the job owner');
        refused(jobs.cancel(offer, 1), 'caller is not the job owner');
        refused(jobs.cancel_job(offer), 'caller is not the job owner');
        refused(
            jobs.record_verdict(done, 1, Verdict::Valid, 1, stranger()),
            'caller is not ProofVerifier',
        );
    }
    act_as(client());
    refused(jobs.decline(offer, 2), 'no such attempt');
    refused(jobs.assign(offer + 1, worker(), 0), 'no such job');
    refused(jobs.slot(work, 1), 'no result submitted');
    refused(jobs.terms_hash(world.assigned(4), 1), 'attempt not funded');
}

#[test]
fn accepting_in_the_last_second_snapshots_stake_and_locks_the_bond() {
    let world = network();
    let job = world.funded(1);
    to_deadline(world, job);
    world.agree(job, 1);
    let attempt = state_is(world, job, AttemptState::Accepted);
    assert!(attempt.stake_at_accept == 1_000 * SAGE && attempt.bond == 100 * SAGE);
    let record = world.staking.worker(worker());
    assert!(record.bonded == 100 * SAGE && record.open_bonds == 1);
    assert!(attempt.deadline == starknet::get_block_timestamp() + WINDOWS.submit);
}

#[test]
#[feature("safe_dispatcher")]
fn accepting_other_terms_is_refused() {
    let world = network();
    let job = world.funded(1);
    let jobs = IJobManagerSafeDispatcher { contract_address: world.wiring.jobs };
    let terms_hash = world.jobs.terms_hash(job, 1);
    act_as(worker());
    refused(jobs.accept(job, 1, terms_hash + 1), 'terms hash differs');
    refused(jobs.accept(job, 1, 0), 'terms hash differs');
}

#[test]
fn submitting_in_the_last_second_fixes_the_slot() {
    let world = network();
    let job = world.accepted(1);
    to_deadline(world, job);
    world.submit(job, 1);
    let attempt = state_is(world, job, AttemptState::Submitted);
    assert!(attempt.deadline == starknet::get_block_timestamp() + WINDOWS.decide);
    let slot = world.jobs.slot(job, 1);
    assert!(slot.job_id == job && slot.attempt == 1 && slot.worker == worker());
    assert!(slot.result_commitment == RESULT && slot.proof_commitment == PROOF);
    assert!(slot.proof_hash == PROOF_HASH && slot.result_hash == RESULT_HASH);
    assert!(slot.verifier_version == 1 && slot.vote_epoch == attempt.vote_epoch);
}

#[test]
fn offers_end_void_without_penalty() {
    let world = network();
    let (cancelled, declined, expired) = (world.funded(1), world.funded(2), world.assigned(3));
    act_as(client());
    world.jobs.cancel(cancelled, 1);
    act_as(worker());
    world.jobs.decline(declined, 1);
    to_deadline(world, expired);
    wait(1);
    act_as(stranger());
    world.jobs.expire(expired, 1);
    for job in [cancelled, declined, expired].span() {
        let attempt = state_is(world, *job, AttemptState::Void);
        assert!(attempt.slashed == 0 && attempt.deadline == 0);
        assert!(world.jobs.job(*job).failed_workers == 0);
    }
    assert!(world.staking.worker(worker()).active == 1_000 * SAGE);
    assert!(world.reputation.counts(worker()) == (0, 0, 0, 0));
}

#[test]
fn handing_back_in_the_last_second_costs_a_thousandth() {
    let world = network();
    let job = world.accepted(1);
    to_deadline(world, job);
    act_as(worker());
    world.jobs.hand_back(job, 1);
    let attempt = state_is(world, job, AttemptState::Void);
    assert!(attempt.slashed == SAGE);
    let record = world.staking.worker(worker());
    assert!(record.active == 999 * SAGE && record.bonded == 0 && record.open_bonds == 0);
    assert!(world.reputation.counts(worker()) == (0, 0, 0, 1));
}

#[test]
fn a_timeout_costs_five_percent() {
    let world = network();
    let job = world.accepted(1);
    to_deadline(world, job);
    wait(1);
    act_as(stranger());
    world.jobs.timeout(job, 1);
    let attempt = state_is(world, job, AttemptState::Void);
    assert!(attempt.slashed == 50 * SAGE);
    assert!(world.staking.worker(worker()).active == 950 * SAGE);
    assert!(world.reputation.counts(worker()) == (0, 0, 1, 0));
}

#[test]
fn a_valid_certificate_in_the_last_second_leads_to_approval() {
    let world = network();
    let job = world.submitted(1);
    to_deadline(world, job);
    world.certify(job, 1, Verdict::Valid, [0, 2, 3].span());
    let attempt = state_is(world, job, AttemptState::Challenge);
    assert!(attempt.deadline == starknet::get_block_timestamp() + WINDOWS.challenge);
    to_deadline(world, job);
    wait(1);
    world.jobs.finalize(job, 1);
    let attempt = state_is(world, job, AttemptState::Approved);
    assert!(attempt.slashed == 0 && attempt.verdict == Verdict::Valid);
    assert!(world.staking.worker(worker()).bonded == 0);
    assert!(world.jobs.job(job).state == JobState::Done);
    assert!(world.reputation.counts(worker()) == (1, 0, 0, 0));
    assert!(world.reputation.score(worker()) == 510);
}

#[test]
fn an_invalid_certificate_leads_to_rejection() {
    let world = network();
    let job = world.submitted(1);
    world.certify(job, 1, Verdict::Invalid, [0, 1, 3].span());
    let attempt = state_is(world, job, AttemptState::Appeal);
    assert!(attempt.deadline == starknet::get_block_timestamp() + WINDOWS.appeal);
    assert!(world.staking.worker(worker()).bonded == 100 * SAGE, "the bond is frozen");
    to_deadline(world, job);
    wait(1);
    world.jobs.finalize(job, 1);
    let attempt = state_is(world, job, AttemptState::Rejected);
    assert!(attempt.slashed == 100 * SAGE);
    assert!(world.staking.worker(worker()).active == 900 * SAGE);
    assert!(world.jobs.job(job).state == JobState::Open);
    assert!(world.reputation.counts(worker()) == (0, 1, 0, 0));
}

#[test]
fn an_unavailable_certificate_leads_to_the_timeout_penalty() {
    let world = network();
    let job = world.appeal(1, Verdict::Unavailable);
    to_deadline(world, job);
    wait(1);
    world.jobs.finalize(job, 1);
    let attempt = state_is(world, job, AttemptState::Rejected);
    assert!(attempt.slashed == 50 * SAGE);
    assert!(world.reputation.counts(worker()) == (0, 0, 1, 0));
}

#[test]
fn unavailable_may_become_valid() {
    let world = network();
    let job = world.appeal(1, Verdict::Unavailable);
    to_deadline(world, job);
    world.certify(job, 1, Verdict::Valid, [0, 1, 2].span());
    let attempt = state_is(world, job, AttemptState::Challenge);
    assert!(attempt.deadline == starknet::get_block_timestamp() + WINDOWS.challenge);
    to_deadline(world, job);
    wait(1);
    world.jobs.finalize(job, 1);
    state_is(world, job, AttemptState::Approved);
}

#[test]
fn unavailable_may_become_invalid() {
    let world = network();
    let job = world.appeal(1, Verdict::Unavailable);
    to_deadline(world, job);
    world.certify(job, 1, Verdict::Invalid, [0, 1, 2].span());
    let attempt = state_is(world, job, AttemptState::Appeal);
    assert!(attempt.deadline == starknet::get_block_timestamp() + WINDOWS.appeal);
    to_deadline(world, job);
    wait(1);
    world.jobs.finalize(job, 1);
    assert!(state_is(world, job, AttemptState::Rejected).slashed == 100 * SAGE);
}

#[test]
fn without_a_certificate_nobody_is_slashed() {
    let world = network();
    let job = world.submitted(1);
    to_deadline(world, job);
    wait(1);
    world.jobs.finalize(job, 1);
    let attempt = state_is(world, job, AttemptState::Void);
    assert!(attempt.slashed == 0);
    let record = world.staking.worker(worker());
    assert!(record.active == 1_000 * SAGE && record.bonded == 0);
    assert!(world.jobs.job(job).failed_workers == 0);
}

#[test]
fn contradicting_certificates_in_the_last_second_end_in_a_dispute() {
    let world = network();
    // VALID first.
    let job = world.challenge(1);
    to_deadline(world, job);
    world.certify(job, 1, Verdict::Invalid, [1, 2, 3].span());
    let attempt = state_is(world, job, AttemptState::Disputed);
    assert!(attempt.deadline == starknet::get_block_timestamp() + WINDOWS.appeal);
    to_deadline(world, job);
    wait(1);
    world.jobs.finalize(job, 1);
    let attempt = state_is(world, job, AttemptState::Void);
    assert!(attempt.slashed == 0);
    let record = world.staking.worker(worker());
    assert!(record.active == 1_000 * SAGE && record.open_bonds == 0);
}

#[test]
fn the_opposite_of_invalid_disputes_too() {
    let world = network();
    let job = world.disputed(1);
    let attempt = state_is(world, job, AttemptState::Disputed);
    assert!(attempt.verdict == Verdict::Valid);
    // Repeating it does nothing.
    world.certify(job, 1, Verdict::Valid, [1, 2, 3].span());
    assert!(world.jobs.attempt(job, 1) == attempt);
}

#[test]
#[feature("safe_dispatcher")]
fn an_attempt_is_submitted_once_and_with_a_proof() {
    let world = network();
    let job = world.accepted(1);
    let jobs = IJobManagerSafeDispatcher { contract_address: world.wiring.jobs };
    act_as(worker());
    refused(jobs.submit_result(job, 1, RESULT, PROOF, 0, RESULT_HASH), 'proof hash is zero');
    world.submit(job, 1);
    refused(jobs.submit_result(job, 1, RESULT, PROOF, PROOF_HASH, RESULT_HASH), NOT_ACCEPTED);
}
