//! No token appears, and none disappears but by burning.

use crate::interfaces::{
    IJobManagerDispatcherTrait, ISageTokenDispatcherTrait, IStakingManagerDispatcherTrait,
    IStakingManagerSafeDispatcher, IStakingManagerSafeDispatcherTrait,
    IValidatorRegistryDispatcherTrait, Verdict,
};
use super::world::{
    COOLDOWN, SAGE, UNBONDING, WINDOWS, World, WorldTrait, act_as, client, deployer, network,
    refused, stranger, validator, wait, worker,
};

/// The supply is what all holders hold; each contract holds what it owes.
fn balances(world: World) {
    let mut sum: u256 = 0;
    let mut owed: u256 = 0;
    for number in 0_u32..4 {
        sum += world.token.balance_of(validator(number));
        let info = world.validators.validator(validator(number));
        owed += info.stake + info.exiting;
    }
    assert!(world.token.balance_of(world.wiring.validators) == owed, "registry");
    let record = world.staking.worker(worker());
    assert!(
        world.token.balance_of(world.wiring.staking) == record.active + record.unstaking, "staking",
    );
    assert!(world.token.balance_of(world.wiring.jobs) == 0, "JobManager keeps nothing");
    for holder in [
        deployer(), client(), worker(), stranger(), world.wiring.validators, world.wiring.staking,
    ]
        .span() {
        sum += world.token.balance_of(*holder);
    }
    assert!(sum == world.token.total_supply(), "supply");
}

#[test]
fn through_every_kind_of_ending() {
    let world = network();
    balances(world);
    world.approved(1);
    balances(world);
    world.rejected(2);
    balances(world);
    // The slash left the worker below its tier's minimum.
    world.fund(worker(), 1_000 * SAGE);
    act_as(worker());
    world.token.approve(world.wiring.staking, 1_000 * SAGE);
    world.staking.stake(1_000 * SAGE, 1);
    balances(world);
    let late = world.accepted(3);
    wait(WINDOWS.submit + 1);
    world.jobs.timeout(late, 1);
    balances(world);
    let given_up = world.accepted(4);
    world.jobs.hand_back(given_up, 1);
    balances(world);
    world.void(5);
    let withheld = world.appeal(6, Verdict::Unavailable);
    wait(WINDOWS.appeal + 1);
    world.jobs.finalize(withheld, 1);
    balances(world);
    let disputed = world.disputed(7);
    balances(world);
    wait(WINDOWS.appeal + 1);
    world.jobs.finalize(disputed, 1);
    act_as(worker());
    let all = world.staking.worker(worker()).active;
    world.staking.request_unstake(all);
    balances(world);
    for number in 0_u32..4 {
        act_as(validator(number));
        world.validators.request_exit();
    }
    balances(world);
    wait(UNBONDING + COOLDOWN);
    act_as(worker());
    world.staking.withdraw_unstaked();
    world.staking.deregister();
    assert!(world.token.balance_of(worker()) == all);
    for number in 0_u32..4 {
        act_as(validator(number));
        world.validators.withdraw_exit();
    }
    balances(world);
    assert!(world.token.balance_of(world.wiring.validators) == 0);
    assert!(world.token.balance_of(world.wiring.staking) == 0);
}

#[test]
fn a_worker_cannot_leave_before_the_verdict() {
    let world = network();
    let job = world.submitted(1);
    leaving_is_refused(world);
    world.certify(job, 1, Verdict::Invalid, [0, 1, 2].span());
    leaving_is_refused(world);
    wait(WINDOWS.appeal + 1);
    world.jobs.finalize(job, 1);
    assert!(world.staking.worker(worker()).active == 900 * SAGE);
    balances(world);
}

#[feature("safe_dispatcher")]
fn leaving_is_refused(world: World) {
    let staking = IStakingManagerSafeDispatcher { contract_address: world.wiring.staking };
    act_as(worker());
    refused(staking.request_unstake(1_000 * SAGE), 'stake held by open bonds');
}

#[test]
fn stake_already_unstaking_is_slashed_when_active_stake_is_short() {
    let world = network();
    world.fund(worker(), 1_000 * SAGE);
    act_as(worker());
    world.token.approve(world.wiring.staking, 1_000 * SAGE);
    world.staking.stake(1_000 * SAGE, 1);
    // Three attempts accepted on 2,000; then half of it leaves.
    let jobs = array![world.submitted(1), world.submitted(2), world.submitted(3)];
    act_as(worker());
    world.staking.request_unstake(1_000 * SAGE);
    for job in jobs.span() {
        world.certify(*job, 1, Verdict::Invalid, [0, 1, 2].span());
    }
    wait(WINDOWS.appeal + 1);
    for job in jobs.span() {
        world.jobs.finalize(*job, 1);
    }
    // 10 %, 10 % and, as the third, 25 % of 2,000.
    let record = world.staking.worker(worker());
    assert!(record.active == 100 * SAGE && record.unstaking == 1_000 * SAGE);
    assert!(record.invalid_proofs == 3 && record.bonded == 0);
    balances(world);
}

#[test]
fn the_payer_gets_nothing_of_what_is_slashed() {
    let world = network();
    let job = world.submitted(1);
    let (bitmap, votes) = world.certificate(job, 1, 1, Verdict::Invalid, [0, 1, 2].span());
    let before = world.token.balance_of(client());
    let supply = world.token.total_supply();
    act_as(client());
    crate::interfaces::IProofVerifierDispatcherTrait::approve(
        world.proofs, job, 1, 1, Verdict::Invalid, bitmap, votes,
    );
    wait(WINDOWS.appeal + 1);
    world.jobs.finalize(job, 1);
    assert!(world.token.balance_of(client()) == before);
    assert!(world.token.total_supply() == supply - 100 * SAGE);
}
