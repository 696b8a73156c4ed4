//! Two verdicts of one validator on one submission: by its own signatures, or by two certificates.

use crate::interfaces::{
    IJobManagerDispatcherTrait, IProofVerifierDispatcherTrait, ISageTokenDispatcherTrait,
    IValidatorRegistryDispatcherTrait, IValidatorRegistrySafeDispatcher,
    IValidatorRegistrySafeDispatcherTrait, Signature, Verdict, VoteSlot,
};
use super::signing;
use super::world::{
    EPOCH, JOB_FEE, SAGE, SUPPLY, UNBONDING, World, WorldTrait, act_as, client, deployer, network,
    refused, stranger, validator, vote_secret, wait, worker,
};

fn safe(world: World) -> IValidatorRegistrySafeDispatcher {
    IValidatorRegistrySafeDispatcher { contract_address: world.wiring.validators }
}

fn sign_on(world: World, slot: VoteSlot, round: u32, verdict: Verdict, number: u32) -> Signature {
    let hash = world.proofs.vote_hash(slot, round, verdict, validator(number));
    signing::sign(hash, vote_secret(number))
}

#[test]
fn two_verdicts_cost_half_and_the_vote() {
    let world = network();
    let job = world.submitted(1);
    let slot = world.jobs.slot(job, 1);
    let valid = sign_on(world, slot, 1, Verdict::Valid, 2);
    let invalid = sign_on(world, slot, 7, Verdict::Invalid, 2);
    act_as(stranger());
    world.validators.report_equivocation(validator(2), slot, 1, valid, 7, invalid);
    let info = world.validators.validator(validator(2));
    assert!(info.jailed && info.stake == 50 * SAGE);
    // The epoch's table keeps the seat, and its full weight in the total; the next drops it.
    let seat = *world.validators.table(0).at(2);
    assert!(seat.jailed && seat.stake == 100 * SAGE);
    assert!(world.validators.table(1).len() == 3);
    assert!(world.token.balance_of(stranger()) == 50 * SAGE / 20);
    assert!(world.token.total_supply() == SUPPLY - JOB_FEE - 50 * SAGE + 50 * SAGE / 20);
    assert!(world.token.balance_of(world.wiring.validators) == 350 * SAGE);
}

#[test]
#[feature("safe_dispatcher")]
fn evidence_counts_once_and_only_if_it_is_evidence() {
    let world = network();
    let job = world.submitted(1);
    let slot = world.jobs.slot(job, 1);
    let valid = sign_on(world, slot, 1, Verdict::Valid, 2);
    let invalid = sign_on(world, slot, 2, Verdict::Invalid, 2);
    let who = validator(2);
    let (bad_valid, bad_invalid) = ('VALID vote not signed', 'INVALID vote not signed');
    act_as(stranger());
    // Another round, another validator, another slot, the signatures swapped or reused.
    refused(safe(world).report_equivocation(who, slot, 2, valid, 2, invalid), bad_valid);
    refused(safe(world).report_equivocation(who, slot, 1, valid, 3, invalid), bad_invalid);
    refused(safe(world).report_equivocation(validator(1), slot, 1, valid, 2, invalid), bad_valid);
    refused(safe(world).report_equivocation(who, slot, 1, invalid, 2, valid), bad_valid);
    refused(safe(world).report_equivocation(who, slot, 1, valid, 1, valid), bad_invalid);
    let slots = array![
        VoteSlot { verifier_version: 2, ..slot }, VoteSlot { job_id: slot.job_id + 1, ..slot },
        VoteSlot { attempt: 2, ..slot }, VoteSlot { worker: stranger(), ..slot },
        VoteSlot { terms_hash: slot.terms_hash + 1, ..slot },
        VoteSlot { input_commitment: 1, ..slot }, VoteSlot { result_commitment: 1, ..slot },
        VoteSlot { proof_commitment: 1, ..slot }, VoteSlot { proof_hash: 1, ..slot },
        VoteSlot { result_hash: 1, ..slot },
    ];
    for other in slots {
        refused(safe(world).report_equivocation(who, other, 1, valid, 2, invalid), bad_valid);
        // An INVALID vote on another submission is no contradiction.
        let elsewhere = sign_on(world, other, 2, Verdict::Invalid, 2);
        refused(safe(world).report_equivocation(who, slot, 1, valid, 2, elsewhere), bad_invalid);
    }
    // UNAVAILABLE contradicts nothing.
    let unavailable = sign_on(world, slot, 2, Verdict::Unavailable, 2);
    refused(safe(world).report_equivocation(who, slot, 1, valid, 2, unavailable), bad_invalid);
    refused(
        safe(world).report_equivocation(worker(), slot, 1, valid, 2, invalid),
        'validator not in that epoch',
    );
    refused(
        safe(world)
            .report_equivocation(who, VoteSlot { vote_epoch: 1, ..slot }, 1, valid, 2, invalid),
        'epoch not begun',
    );
    world.validators.report_equivocation(who, slot, 1, valid, 2, invalid);
    refused(
        safe(world).report_equivocation(who, slot, 1, valid, 2, invalid),
        'offence already punished',
    );
}

#[test]
#[feature("safe_dispatcher")]
fn a_dispute_slashes_who_signed_both_and_nobody_else() {
    let world = network();
    let job = world.disputed(1);
    for number in [0_u32, 3].span() {
        let info = world.validators.validator(validator(*number));
        assert!(!info.jailed && info.stake == 100 * SAGE);
    }
    for number in [1_u32, 2].span() {
        let info = world.validators.validator(validator(*number));
        assert!(info.jailed && info.stake == 50 * SAGE);
    }
    assert!(world.validators.table(1).len() == 2);
    assert!(world.token.balance_of(stranger()) == 5 * SAGE, "a twentieth of two halves");
    // The same lie cannot be punished again through the signatures.
    let slot = world.jobs.slot(job, 1);
    let valid = sign_on(world, slot, 1, Verdict::Valid, 1);
    let invalid = sign_on(world, slot, 1, Verdict::Invalid, 1);
    refused(
        safe(world).report_equivocation(validator(1), slot, 1, valid, 1, invalid),
        'offence already punished',
    );
}

#[test]
fn a_lie_reported_before_the_dispute_is_not_punished_twice() {
    let world = network();
    let job = world.appeal(1, Verdict::Invalid);
    let slot = world.jobs.slot(job, 1);
    let valid = sign_on(world, slot, 1, Verdict::Valid, 0);
    let invalid = sign_on(world, slot, 1, Verdict::Invalid, 0);
    // Reported by itself: no reward, half is gone all the same.
    act_as(validator(0));
    world.validators.report_equivocation(validator(0), slot, 1, valid, 1, invalid);
    assert!(world.token.balance_of(validator(0)) == 0);
    // 1, 2 and 3 sign VALID; 0 is jailed and adds nothing, but its lie is in both certificates.
    world.certify(job, 1, Verdict::Valid, [0, 1, 2, 3].span());
    assert!(world.validators.validator(validator(0)).stake == 50 * SAGE);
    assert!(world.validators.validator(validator(1)).stake == 50 * SAGE);
    assert!(world.validators.validator(validator(3)).stake == 100 * SAGE);
}

#[test]
#[feature("safe_dispatcher")]
fn leaving_does_not_outrun_the_evidence() {
    let world = network();
    let job = world.submitted(1);
    let slot = world.jobs.slot(job, 1);
    let valid = sign_on(world, slot, 1, Verdict::Valid, 2);
    let invalid = sign_on(world, slot, 1, Verdict::Invalid, 2);
    act_as(validator(2));
    world.validators.request_exit();
    wait(EPOCH);
    act_as(stranger());
    world.validators.report_equivocation(validator(2), slot, 1, valid, 1, invalid);
    let info = world.validators.validator(validator(2));
    assert!(info.exiting == 50 * SAGE && info.stake == 0 && info.jailed);
    act_as(validator(2));
    refused(safe(world).check_in(), 'validator is jailed');
    wait(UNBONDING);
    world.validators.withdraw_exit();
    assert!(world.token.balance_of(validator(2)) == 50 * SAGE);
}

#[test]
#[feature("safe_dispatcher")]
fn two_lies_take_everything_and_a_third_finds_nothing() {
    let world = network();
    let jobs = array![world.submitted(1), world.submitted(2), world.submitted(3)];
    for job in jobs {
        let slot = world.jobs.slot(job, 1);
        let valid = sign_on(world, slot, 1, Verdict::Valid, 2);
        let invalid = sign_on(world, slot, 1, Verdict::Invalid, 2);
        act_as(deployer());
        world.validators.report_equivocation(validator(2), slot, 1, valid, 1, invalid);
    }
    assert!(world.validators.validator(validator(2)).stake == 0);
    assert!(world.token.balance_of(world.wiring.validators) == 300 * SAGE);
    act_as(stranger());
    refused(safe(world).slash_signers(0, 1, 1, 1, stranger()), 'caller is not JobManager');
}

/// Two verdicts of validator 2 on `slot`, brought by `reporter`.
fn report(world: World, slot: VoteSlot, reporter: starknet::ContractAddress) {
    let valid = sign_on(world, slot, 1, Verdict::Valid, 2);
    let invalid = sign_on(world, slot, 2, Verdict::Invalid, 2);
    act_as(reporter);
    world.validators.report_equivocation(validator(2), slot, 1, valid, 2, invalid);
}

#[test]
#[feature("safe_dispatcher")]
fn a_report_on_an_older_epoch_does_not_shield_the_true_one() {
    let world = network();
    // In epoch 0 validator 2 had 100 at stake; from epoch 1 on it has 1,000.
    let liar = validator(2);
    world.fund(liar, 900 * SAGE);
    act_as(liar);
    world.token.approve(world.wiring.validators, 900 * SAGE);
    world.validators.top_up(900 * SAGE);
    wait(EPOCH);
    let job = world.submitted(1);
    let slot = world.jobs.slot(job, 1);
    assert!(slot.vote_epoch == 1);
    // It reports itself where that costs least: half of 100.
    report(world, VoteSlot { vote_epoch: 0, ..slot }, liar);
    assert!(world.validators.validator(liar).stake == 950 * SAGE);
    assert!(world.token.balance_of(liar) == 0, "no reward for oneself");
    // What it did in epoch 1 costs half of 1,000 all the same, once.
    report(world, slot, stranger());
    assert!(world.validators.validator(liar).stake == 450 * SAGE);
    assert!(world.token.balance_of(stranger()) == 500 * SAGE / 20);
    let valid = sign_on(world, slot, 1, Verdict::Valid, 2);
    let invalid = sign_on(world, slot, 2, Verdict::Invalid, 2);
    refused(
        safe(world).report_equivocation(liar, slot, 1, valid, 2, invalid),
        'offence already punished',
    );
}

#[test]
fn a_report_on_an_older_epoch_does_not_shield_from_a_dispute() {
    let world = network();
    wait(EPOCH);
    let job = world.appeal(1, Verdict::Invalid);
    report(world, VoteSlot { vote_epoch: 0, ..world.jobs.slot(job, 1) }, validator(2));
    assert!(world.validators.validator(validator(2)).stake == 50 * SAGE);
    // 2 is jailed, so 0, 1 and 3 make the opposite certificate; 2 is in both.
    world.certify(job, 1, Verdict::Valid, [0, 1, 2, 3].span());
    assert!(world.validators.validator(validator(2)).stake == 0);
}

#[test]
fn two_offences_are_slashed_twice() {
    let world = network();
    let (first, second) = (world.submitted(1), world.submitted(2));
    report(world, world.jobs.slot(first, 1), stranger());
    assert!(world.validators.validator(validator(2)).stake == 50 * SAGE);
    // Jailed by then, and slashed all the same.
    report(world, world.jobs.slot(second, 1), stranger());
    let info = world.validators.validator(validator(2));
    assert!(info.stake == 0 && info.jailed);
    assert!(world.token.balance_of(stranger()) == 100 * SAGE / 20);
}

#[test]
fn the_payer_gets_nothing_for_a_dispute() {
    let world = network();
    let job = world.appeal(1, Verdict::Invalid);
    let (bitmap, votes) = world.certificate(job, 1, 2, Verdict::Valid, [1, 2, 3].span());
    let before = world.token.balance_of(client());
    let supply = world.token.total_supply();
    act_as(client());
    world.proofs.approve(job, 1, 2, Verdict::Valid, bitmap, votes);
    for number in [1_u32, 2].span() {
        assert!(world.validators.validator(validator(*number)).stake == 50 * SAGE);
    }
    assert!(world.token.balance_of(client()) == before);
    assert!(world.token.total_supply() == supply - 100 * SAGE, "all of it is burnt");
}
