//! What followers are told along the way of an attempt.

use crate::interfaces::{AttemptState, IJobManagerDispatcherTrait, JobState, JobTerms, Verdict};
use crate::jobs::events::{
    AttemptAccepted, AttemptAssigned, AttemptFinalized, AttemptFunded, JobCreated, JobStateChanged,
    ResultSubmitted, VerdictRecorded,
};
use crate::jobs::manager::JobManager;
use super::world::{
    AUDITOR_EPOCH, ESCROW, GENESIS, INPUT, JOB_FEE, PROOF, PROOF_HASH, RESULT, RESULT_HASH, SAGE,
    WINDOWS, World, WorldTrait, client, network, stranger, terms, wait, worker,
};

fn drain(world: World) {
    while let Some(_) = starknet::testing::pop_log_raw(world.wiring.jobs) {}
}

fn told(world: World, expected: JobManager::Event) {
    let event = starknet::testing::pop_log::<JobManager::Event>(world.wiring.jobs);
    assert!(event == Some(expected));
}

fn nothing_more(world: World) {
    assert!(starknet::testing::pop_log_raw(world.wiring.jobs).is_none());
}

#[test]
fn the_way_to_approval_is_told() {
    let world = network();
    drain(world);
    let job_id = world.assigned(1);
    let (attempt, worker) = (1, worker());
    let job_terms = JobTerms { salt: 1, ..terms() };
    told(
        world,
        JobManager::Event::JobCreated(
            JobCreated { job_id, owner: client(), terms: job_terms, fee: JOB_FEE },
        ),
    );
    let accept_by = GENESIS + WINDOWS.accept;
    told(
        world,
        JobManager::Event::AttemptAssigned(
            AttemptAssigned {
                job_id, attempt, worker, input_commitment: INPUT, hedge: false, accept_by,
            },
        ),
    );
    world.pay(job_id, 1);
    let terms_hash = world.jobs.terms_hash(job_id, 1);
    told(
        world,
        JobManager::Event::AttemptFunded(
            AttemptFunded {
                job_id,
                attempt,
                worker,
                escrow_hash: ESCROW,
                auditor_epoch: AUDITOR_EPOCH,
                terms_hash,
                accept_by,
            },
        ),
    );
    world.agree(job_id, 1);
    let submit_by = GENESIS + WINDOWS.submit;
    told(
        world,
        JobManager::Event::AttemptAccepted(
            AttemptAccepted {
                job_id,
                attempt,
                worker,
                terms_hash,
                stake: 1_000 * SAGE,
                bond: 100 * SAGE,
                submit_by,
            },
        ),
    );
    world.submit(job_id, 1);
    told(
        world,
        JobManager::Event::ResultSubmitted(
            ResultSubmitted {
                job_id,
                attempt,
                worker,
                verifier_version: 1,
                vote_epoch: 0,
                input_commitment: INPUT,
                result_commitment: RESULT,
                proof_commitment: PROOF,
                proof_hash: PROOF_HASH,
                result_hash: RESULT_HASH,
                leaf: 0,
                decide_by: GENESIS + WINDOWS.decide,
            },
        ),
    );
    world.certify(job_id, 1, Verdict::Valid, [0, 1, 3].span());
    told(
        world,
        JobManager::Event::VerdictRecorded(
            VerdictRecorded {
                job_id,
                attempt,
                worker,
                verdict: Verdict::Valid,
                bitmap: 0b1011,
                reporter: stranger(),
                state: AttemptState::Challenge,
                deadline: GENESIS + WINDOWS.challenge,
            },
        ),
    );
    wait(WINDOWS.challenge + 1);
    world.jobs.finalize(job_id, 1);
    told(
        world,
        JobManager::Event::JobStateChanged(JobStateChanged { job_id, state: JobState::Done }),
    );
    let state = AttemptState::Approved;
    told(
        world,
        JobManager::Event::AttemptFinalized(
            AttemptFinalized { job_id, attempt, worker, state, cause: 'approved', slashed: 0 },
        ),
    );
    world.jobs.finalize(job_id, 1);
    nothing_more(world);
}

#[test]
fn a_rejection_is_told_with_what_was_slashed() {
    let world = network();
    let job_id = world.appeal(1, Verdict::Invalid);
    drain(world);
    wait(WINDOWS.appeal + 1);
    world.jobs.finalize(job_id, 1);
    let (attempt, worker, state) = (1, worker(), AttemptState::Rejected);
    told(
        world,
        JobManager::Event::AttemptFinalized(
            AttemptFinalized {
                job_id, attempt, worker, state, cause: 'invalid', slashed: 100 * SAGE,
            },
        ),
    );
    nothing_more(world);
}
