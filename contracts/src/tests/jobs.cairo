//! Jobs: their terms, hedges, ends, and the owner's pause.

use starknet::SyscallResultTrait;
use starknet::syscalls::storage_write_syscall;
use crate::interfaces::{
    AttemptState, IGovernedDispatcher, IGovernedDispatcherTrait, IJobManagerDispatcherTrait,
    IJobManagerSafeDispatcher, IJobManagerSafeDispatcherTrait, ISageTokenDispatcherTrait,
    IValidatorRegistryDispatcherTrait, JobState, JobTerms, Verdict, Windows,
};
use super::world::{
    GENESIS, INPUT, JOB_FEE, MAX_WINDOWS, MIN_WINDOWS, RESULT, SAGE, SUPPLY, WINDOWS, WorldTrait,
    act_as, address, at, bare, client, deployer, network, refused, stranger, terms, wait, worker,
};

#[test]
fn creating_burns_the_fee_and_derives_the_id() {
    let world = network();
    let before = world.token.balance_of(client());
    let job = world.create(JobTerms { salt: 5, ..terms() });
    assert!(job == 0x976fe109ea5c521e15d515fdf5044cc8, "not what Go computes");
    assert!(job == world.jobs.job_id_of(client(), 5));
    assert!(before - world.token.balance_of(client()) == JOB_FEE);
    assert!(world.token.total_supply() == SUPPLY - JOB_FEE);
    let stored = world.jobs.job(job);
    assert!(stored.owner == client() && stored.state == JobState::Open);
    assert!(stored.terms == JobTerms { salt: 5, ..terms() } && stored.created_at == GENESIS);
}

#[test]
#[feature("safe_dispatcher")]
fn unsound_terms_are_refused() {
    let world = network();
    let jobs = IJobManagerSafeDispatcher { contract_address: world.wiring.jobs };
    act_as(client());
    let good = terms();
    let cases = array![
        (JobTerms { spec_hash: 0, ..good }, 'spec hash is zero'),
        (JobTerms { air_id: 0, ..good }, 'unknown AIR'),
        (JobTerms { air_id: 2, ..good }, 'unknown AIR'),
        (JobTerms { air_version: 2, ..good }, 'unknown AIR version'),
        (JobTerms { verifier_version: 0, ..good }, 'unknown verifier version'),
        (JobTerms { verifier_version: 2, ..good }, 'unknown verifier version'),
        (JobTerms { k: 2, rows: 4, inner: 4, columns: 4, ..good }, 'k not in 3..10'),
        (JobTerms { k: 11, ..good }, 'k not in 3..10'),
        (JobTerms { k: 0xffffffff, ..good }, 'k not in 3..10'),
        (JobTerms { rows: 0, ..good }, 'rows not in 1..2^k'),
        (JobTerms { rows: 9, ..good }, 'rows not in 1..2^k'),
        (JobTerms { inner: 0, ..good }, 'inner not in 1..2^k'),
        (JobTerms { inner: 9, ..good }, 'inner not in 1..2^k'),
        (JobTerms { columns: 0, ..good }, 'columns not in 1..2^k'),
        (JobTerms { columns: 9, ..good }, 'columns not in 1..2^k'),
        (JobTerms { min_tier: 0, ..good }, 'unknown tier'),
        (JobTerms { min_tier: 6, ..good }, 'unknown tier'),
        (JobTerms { input_commitment: 0, ..good }, 'input commitment is zero'),
        (JobTerms { seed_block: 1, ..good }, 'seed block of a given input'),
        (JobTerms { synthetic: true, seed_block: 1, ..good }, 'synthetic input given early'),
        (JobTerms { synthetic: true, input_commitment: 0, ..good }, 'seed block is zero'),
        (JobTerms { deadline: GENESIS, ..good }, 'job deadline in the past'),
    ];
    for (terms, why) in cases {
        refused(jobs.create(terms), why);
    }
    let (low, high) = ('window below minimum', 'window above maximum');
    let (min, max) = (MIN_WINDOWS, MAX_WINDOWS);
    let windows = array![
        (Windows { accept: min.accept - 1, ..WINDOWS }, low),
        (Windows { submit: min.submit - 1, ..WINDOWS }, low),
        (Windows { decide: min.decide - 1, ..WINDOWS }, low),
        (Windows { challenge: min.challenge - 1, ..WINDOWS }, low),
        (Windows { appeal: min.appeal - 1, ..WINDOWS }, low),
        (Windows { accept: max.accept + 1, ..WINDOWS }, high),
        (Windows { submit: max.submit + 1, ..WINDOWS }, high),
        (Windows { decide: max.decide + 1, ..WINDOWS }, high),
        (Windows { challenge: max.challenge + 1, ..WINDOWS }, high),
        (Windows { appeal: max.appeal + 1, ..WINDOWS }, high),
    ];
    for (windows, why) in windows {
        refused(jobs.create(JobTerms { windows, ..good }), why);
    }
    // The bounds themselves are fine, and so is every size that they allow.
    world.create(JobTerms { salt: 1, windows: min, ..good });
    world.create(JobTerms { salt: 2, windows: max, k: 10, rows: 1024, inner: 1, ..good });
    refused(jobs.create(JobTerms { salt: 2, ..good }), 'job exists already');
}

#[test]
#[feature("safe_dispatcher")]
fn a_job_costs_its_fee() {
    let world = network();
    act_as(stranger());
    let jobs = IJobManagerSafeDispatcher { contract_address: world.wiring.jobs };
    refused(jobs.create(terms()), 'allowance too low');
    let job = world.jobs.job_id_of(stranger(), terms().salt);
    assert!(world.jobs.job(job).state == JobState::None, "a failed call left a job");
}

#[test]
#[feature("safe_dispatcher")]
fn who_can_be_assigned() {
    let world = network();
    let jobs = IJobManagerSafeDispatcher { contract_address: world.wiring.jobs };
    let job = world.create(JobTerms { salt: 1, min_tier: 2, ..terms() });
    refused(jobs.assign(job, worker(), 0), 'worker not eligible');
    refused(jobs.assign(job, stranger(), 0), 'worker not eligible');
    let attested = world.create(JobTerms { salt: 2, attested: true, ..terms() });
    refused(jobs.assign(attested, worker(), 0), 'worker not eligible');
    let given = world.create(JobTerms { salt: 3, ..terms() });
    refused(jobs.assign(given, worker(), INPUT), 'input is fixed by the job');
    // Not even an eligible owner works for itself.
    world.add_worker(client(), 1_000 * SAGE, 1);
    refused(jobs.assign(given, client(), 0), 'worker is the owner');
}

#[test]
#[feature("safe_dispatcher")]
fn a_synthetic_job_gets_its_input_when_assigned() {
    let world = network();
    let jobs = IJobManagerSafeDispatcher { contract_address: world.wiring.jobs };
    let job = world
        .create(
            JobTerms { salt: 1, synthetic: true, seed_block: 9, input_commitment: 0, ..terms() },
        );
    refused(jobs.assign(job, worker(), 0), 'input commitment is zero');
    world.jobs.assign(job, worker(), 77);
    assert!(world.jobs.attempt(job, 1).input_commitment == 77);
    world.pay(job, 1);
    world.agree(job, 1);
    world.submit(job, 1);
    assert!(world.jobs.slot(job, 1).input_commitment == 77);
}

#[test]
#[feature("safe_dispatcher")]
fn hedges_are_limited_and_each_is_paid_once_approved() {
    let world = network();
    let jobs = IJobManagerSafeDispatcher { contract_address: world.wiring.jobs };
    let other = address('other worker');
    world.add_worker(other, 1_000 * SAGE, 1);
    let job = world.accepted(1);
    act_as(client());
    assert!(world.jobs.assign(job, other, 0) == 2);
    refused(jobs.assign(job, worker(), 0), 'no hedges left');
    assert!(world.jobs.job(job).hedges == 1 && world.jobs.job(job).attempts == 2);
    world.pay(job, 2);
    world.agree(job, 2);
    world.submit(job, 1);
    world.submit(job, 2);
    world.certify(job, 1, Verdict::Valid, [0, 1, 2].span());
    world.certify(job, 2, Verdict::Valid, [0, 1, 2].span());
    wait(WINDOWS.challenge + 1);
    world.jobs.finalize(job, 2);
    assert!(world.jobs.job(job).state == JobState::Done, "done at the first approval");
    world.jobs.finalize(job, 1);
    assert!(world.jobs.attempt(job, 1).state == AttemptState::Approved);
    assert!(world.jobs.attempt(job, 2).state == AttemptState::Approved);
    act_as(client());
    refused(jobs.assign(job, worker(), 0), 'job not open');
}

#[test]
#[feature("safe_dispatcher")]
fn the_next_attempt_waits_for_the_previous() {
    let world = network();
    let jobs = IJobManagerSafeDispatcher { contract_address: world.wiring.jobs };
    let job = world.create(JobTerms { salt: 1, max_hedges: 0, ..terms() });
    world.jobs.assign(job, worker(), 0);
    refused(jobs.assign(job, worker(), 0), 'no hedges left');
    world.jobs.cancel(job, 1);
    assert!(world.jobs.assign(job, worker(), 0) == 2);
    assert!(world.jobs.job(job).hedges == 0);
}

#[test]
#[feature("safe_dispatcher")]
fn an_offer_dies_with_its_job() {
    let world = network();
    let jobs = IJobManagerSafeDispatcher { contract_address: world.wiring.jobs };
    let other = address('other worker');
    world.add_worker(other, 1_000 * SAGE, 1);
    let job = world.challenge(1);
    act_as(client());
    world.jobs.assign(job, other, 0);
    world.pay(job, 2);
    wait(WINDOWS.challenge + 1);
    world.jobs.finalize(job, 1);
    act_as(other);
    let terms_hash = world.jobs.terms_hash(job, 2);
    refused(jobs.accept(job, 2, terms_hash), 'job not open');
    world.jobs.decline(job, 2);
    assert!(world.jobs.attempt(job, 2).state == AttemptState::Void);
}

#[test]
#[feature("safe_dispatcher")]
fn three_workers_that_fail_quarantine_a_job() {
    let world = network();
    let jobs = IJobManagerSafeDispatcher { contract_address: world.wiring.jobs };
    let job = world.create(terms());
    let workers = [worker(), address('second'), address('third')].span();
    for number in 1_u32..3 {
        world.add_worker(*workers.at(number), 5_000 * SAGE, 1);
    }
    // The same worker failing twice counts once.
    let mut attempt = 0;
    for who in [worker(), address('second'), address('second'), address('third')].span() {
        assert!(world.jobs.job(job).state == JobState::Open);
        act_as(client());
        attempt += 1;
        assert!(world.jobs.assign(job, *who, 0) == attempt);
        world.pay(job, attempt);
        world.agree(job, attempt);
        if attempt == 1 {
            world.jobs.hand_back(job, attempt);
        } else {
            wait(WINDOWS.submit + 1);
            world.jobs.timeout(job, attempt);
        }
    }
    let stored = world.jobs.job(job);
    assert!(stored.state == JobState::Quarantined && stored.failed_workers == 3);
    act_as(client());
    refused(jobs.assign(job, worker(), 0), 'job not open');
}

#[test]
#[feature("safe_dispatcher")]
fn cancelling_a_job_voids_its_offer_but_never_accepted_work() {
    let world = network();
    let jobs = IJobManagerSafeDispatcher { contract_address: world.wiring.jobs };
    let (offer, work) = (world.funded(1), world.accepted(2));
    act_as(client());
    world.jobs.cancel_job(offer);
    assert!(world.jobs.job(offer).state == JobState::Cancelled);
    assert!(world.jobs.attempt(offer, 1).state == AttemptState::Void);
    refused(jobs.cancel_job(offer), 'job not open');
    refused(jobs.cancel_job(work), 'an attempt is accepted');
    assert!(world.jobs.job(work).state == JobState::Open);
}

#[test]
#[feature("safe_dispatcher")]
fn a_job_expires_after_its_deadline_when_nothing_lives() {
    let world = network();
    let jobs = IJobManagerSafeDispatcher { contract_address: world.wiring.jobs };
    let forever = world.create(JobTerms { salt: 1, ..terms() });
    let deadline = GENESIS + 10;
    let job = world.create(JobTerms { salt: 2, deadline, ..terms() });
    world.jobs.assign(job, worker(), 0);
    act_as(stranger());
    at(deadline);
    refused(jobs.expire_job(job), 'job deadline not passed');
    refused(jobs.expire_job(forever), 'job has no deadline');
    at(deadline + 1);
    refused(jobs.expire_job(job), 'an attempt is alive');
    act_as(client());
    world.jobs.cancel(job, 1);
    refused(jobs.assign(job, worker(), 0), 'job deadline passed');
    act_as(stranger());
    world.jobs.expire_job(job);
    assert!(world.jobs.job(job).state == JobState::Expired);
    refused(jobs.expire_job(job), 'job not open');
}

#[test]
#[feature("safe_dispatcher")]
fn a_pause_stops_entries_and_no_exit() {
    let world = network();
    let jobs = IJobManagerSafeDispatcher { contract_address: world.wiring.jobs };
    let (offer, unpaid) = (world.funded(1), world.assigned(2));
    let (work, done, judged) = (world.accepted(3), world.accepted(4), world.challenge(5));
    act_as(deployer());
    IGovernedDispatcher { contract_address: world.wiring.jobs }.pause();
    act_as(client());
    refused(jobs.create(JobTerms { salt: 9, ..terms() }), 'paused');
    refused(jobs.assign(unpaid, worker(), 0), 'paused');
    act_as(super::world::payments());
    refused(jobs.fund(unpaid, 1, 1, 1), 'paused');
    act_as(worker());
    let terms_hash = world.jobs.terms_hash(offer, 1);
    refused(jobs.accept(offer, 1, terms_hash), 'paused');
    world.jobs.decline(offer, 1);
    world.jobs.hand_back(work, 1);
    world.submit(done, 1);
    world.certify(done, 1, Verdict::Valid, [0, 1, 2].span());
    act_as(client());
    world.jobs.cancel_job(unpaid);
    wait(WINDOWS.challenge + 1);
    world.jobs.finalize(judged, 1);
    world.jobs.finalize(done, 1);
    assert!(world.jobs.attempt(done, 1).state == AttemptState::Approved);
}

#[test]
#[feature("safe_dispatcher")]
fn no_job_before_genesis_is_sealed() {
    let world = bare();
    world.add_validator(0, 100 * SAGE);
    let jobs = IJobManagerSafeDispatcher { contract_address: world.wiring.jobs };
    act_as(client());
    refused(jobs.create(terms()), 'validators not sealed');
    act_as(deployer());
    world.validators.seal_genesis();
    world.create(terms());
}

/// Sealing cannot be undone; accepting and submitting do not rely on that.
#[test]
#[feature("safe_dispatcher")]
fn no_liability_and_no_result_without_sealed_validators() {
    let world = network();
    let (offer, work) = (world.funded(1), world.accepted(2));
    let terms_hash = world.jobs.terms_hash(offer, 1);
    act_as(world.wiring.validators);
    storage_write_syscall(0, selector!("sealed").try_into().unwrap(), 0).unwrap_syscall();
    assert!(!world.validators.genesis_sealed());
    let jobs = IJobManagerSafeDispatcher { contract_address: world.wiring.jobs };
    act_as(worker());
    refused(jobs.accept(offer, 1, terms_hash), 'validators not sealed');
    refused(jobs.submit_result(work, 1, RESULT, 1, 1, 1), 'validators not sealed');
    // The ways out stay open.
    world.jobs.decline(offer, 1);
    world.jobs.hand_back(work, 1);
}

#[test]
fn submissions_enter_their_epoch_s_tree() {
    let world = network();
    let (_, empty) = world.jobs.compute_root(0);
    assert!(empty == 0);
    let first = world.submitted(1);
    let (one, _) = world.jobs.compute_root(0);
    let second = world.submitted(2);
    let (two, count) = world.jobs.compute_root(0);
    assert!(count == 2);
    let leaves = array![
        crate::jobs::result_tree::leaf(world.jobs.slot(first, 1)),
        crate::jobs::result_tree::leaf(world.jobs.slot(second, 1)),
    ];
    assert!(one == super::hashes::naive_root(leaves.span().slice(0, 1)));
    assert!(two == super::hashes::naive_root(leaves.span()));
    wait(super::world::EPOCH);
    world.submitted(3);
    let (_, next) = world.jobs.compute_root(1);
    assert!(next == 1 && world.jobs.compute_root(0) == (two, 2));
}
