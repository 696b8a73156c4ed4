//! StakingManager: tiers, registration, unstaking, bonds and slashing.

use crate::interfaces::{
    IGovernedDispatcher, IGovernedDispatcherTrait, ISageTokenDispatcherTrait,
    IStakingManagerDispatcherTrait, IStakingManagerSafeDispatcher,
    IStakingManagerSafeDispatcherTrait, Offence, WorkerStatus,
};
use crate::penalties;
use crate::staking::manager::StakingManager;
use super::world::{
    COOLDOWN, GENESIS, NODE_KEY_X, SAGE, SUPPLY, World, WorldTrait, act_as, address, at, bare,
    deployer, refused, stranger, without_account, worker,
};

fn with_allowance(amount: u256) -> World {
    let world = bare();
    world.fund(worker(), amount);
    act_as(worker());
    world.token.approve(world.wiring.staking, amount);
    world
}

fn registered(stake: u256, tier: u8) -> World {
    let world = bare();
    world.add_worker(worker(), stake, tier);
    world
}

fn safe(world: World) -> IStakingManagerSafeDispatcher {
    IStakingManagerSafeDispatcher { contract_address: world.wiring.staking }
}

fn status_is(world: World, status: WorkerStatus) {
    let found = world.staking.worker(worker()).status;
    assert!(found == status, "found {found:?}, want {status:?}");
}

/// As JobManager would.
fn slash(world: World, base: u256, offence: Offence, cap: u256) -> u256 {
    act_as(world.wiring.jobs);
    world.staking.slash(worker(), base, offence, cap, stranger(), 1, 1)
}

#[test]
#[feature("safe_dispatcher")]
fn every_tier_has_its_minimum() {
    let world = with_allowance(100_000 * SAGE);
    let minima = array![1_000_u256, 2_500, 5_000, 10_000, 25_000];
    let mut tier = 0_u8;
    for minimum in minima {
        tier += 1;
        assert!(world.staking.tier_minimum(tier) == minimum * SAGE);
        let who = address('tier' + tier.into());
        world.fund(who, minimum * SAGE);
        act_as(who);
        world.token.approve(world.wiring.staking, minimum * SAGE);
        refused(safe(world).stake(minimum * SAGE - 1, tier), 'stake below tier minimum');
        world.staking.stake(minimum * SAGE, tier);
        assert!(world.staking.worker(who).status == WorkerStatus::Staked);
    }
    refused(safe(world).stake(1, 0), 'unknown tier');
    refused(safe(world).stake(1, 6), 'unknown tier');
    refused(safe(world).tier_minimum(6), 'unknown tier');
}

#[test]
#[feature("safe_dispatcher")]
fn topping_up_and_raising_the_tier() {
    let world = with_allowance(10_000 * SAGE);
    refused(safe(world).stake(0, 1), 'stake amount is zero');
    world.staking.stake(1_000 * SAGE, 1);
    world.staking.stake(1, 1);
    refused(safe(world).stake(1_000 * SAGE, 2), 'stake below tier minimum');
    world.staking.stake(1_500 * SAGE, 2);
    refused(safe(world).stake(SAGE, 1), 'tier cannot be lowered');
    let record = world.staking.worker(worker());
    assert!(record.tier == 2 && record.active == 2_500 * SAGE + 1);
    assert!(world.token.balance_of(world.wiring.staking) == 2_500 * SAGE + 1);
}

#[test]
#[feature("safe_dispatcher")]
fn a_stake_that_is_not_paid_leaves_no_record() {
    let world = with_allowance(999 * SAGE);
    refused(safe(world).stake(1_000 * SAGE, 1), 'allowance too low');
    status_is(world, WorkerStatus::None);
    assert!(world.staking.worker(worker()).active == 0);
}

#[test]
#[feature("safe_dispatcher")]
fn registration_needs_stake_an_account_and_a_key_on_the_curve() {
    let world = with_allowance(1_000 * SAGE);
    refused(safe(world).register_worker(NODE_KEY_X, false, 1, 0), 'stake below tier minimum');
    world.staking.stake(1_000 * SAGE, 1);
    // 5 is no point's x-coordinate on secp256k1; nor is anything from the field's prime on.
    refused(safe(world).register_worker(5, false, 1, 0), 'node key not on secp256k1');
    let most = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
    refused(safe(world).register_worker(most, false, 1, 0), 'node key not on secp256k1');
    world.staking.register_worker(NODE_KEY_X, true, 1, 2);
    let record = world.staking.worker(worker());
    assert!(record.status == WorkerStatus::Active && record.registered_at == GENESIS);
    assert!(record.node_key_x == NODE_KEY_X && record.node_key_odd);
    assert!(record.capability_hash == 1 && record.attestation_hash == 2);
    refused(safe(world).register_worker(NODE_KEY_X, true, 1, 2), 'worker already registered');
    let outsider = without_account();
    world.fund(outsider, 1_000 * SAGE);
    act_as(outsider);
    world.token.approve(world.wiring.staking, 1_000 * SAGE);
    world.staking.stake(1_000 * SAGE, 1);
    refused(safe(world).register_worker(NODE_KEY_X, false, 1, 0), 'no private account');
}

#[test]
fn eligibility() {
    let world = registered(2_500 * SAGE, 2);
    assert!(world.staking.is_eligible(worker(), 1, false));
    assert!(world.staking.is_eligible(worker(), 2, false));
    assert!(!world.staking.is_eligible(worker(), 3, false), "tier too low");
    assert!(!world.staking.is_eligible(worker(), 1, true), "nobody is attested");
    assert!(!world.staking.is_eligible(stranger(), 1, false));
}

#[test]
#[feature("safe_dispatcher")]
fn the_way_out() {
    let world = registered(1_500 * SAGE, 1);
    refused(safe(world).request_unstake(0), 'unstake amount is zero');
    refused(safe(world).request_unstake(1_500 * SAGE + 1), 'unstake amount above stake');
    refused(safe(world).request_unstake(500 * SAGE + 1), 'rest below tier minimum');
    refused(safe(world).withdraw_unstaked(), 'nothing is unstaking');
    world.staking.request_unstake(500 * SAGE);
    status_is(world, WorkerStatus::Active);
    refused(safe(world).deregister(), 'worker still has stake');
    at(GENESIS + 10);
    world.staking.request_unstake(1_000 * SAGE);
    status_is(world, WorkerStatus::Unstaking);
    // The second request starts the cooldown anew.
    at(GENESIS + 10 + COOLDOWN - 1);
    refused(safe(world).withdraw_unstaked(), 'cooldown not over');
    refused(safe(world).deregister(), 'worker still has stake');
    at(GENESIS + 10 + COOLDOWN);
    world.staking.withdraw_unstaked();
    assert!(world.token.balance_of(worker()) == 1_500 * SAGE);
    status_is(world, WorkerStatus::Registered);
    world.staking.deregister();
    status_is(world, WorkerStatus::Deregistered);
    refused(safe(world).deregister(), 'worker not registered');
    refused(safe(world).withdraw_unstaked(), 'nothing is unstaking');
    // And back in, under a lower tier if it likes.
    world.token.approve(world.wiring.staking, 1_000 * SAGE);
    world.staking.stake(1_000 * SAGE, 1);
    status_is(world, WorkerStatus::Staked);
    world.staking.register_worker(NODE_KEY_X, false, 3, 0);
    status_is(world, WorkerStatus::Active);
}

#[test]
#[feature("safe_dispatcher")]
fn only_job_manager_bonds_and_slashes() {
    let world = registered(1_000 * SAGE, 1);
    for caller in [deployer(), worker(), stranger(), world.wiring.proofs].span() {
        act_as(*caller);
        let why = 'caller is not JobManager';
        refused(safe(world).open_bond(worker()), why);
        refused(safe(world).close_bond(worker(), 0), why);
        refused(safe(world).slash(worker(), SAGE, Offence::InvalidProof, 0, stranger(), 1, 1), why);
    }
}

#[test]
#[feature("safe_dispatcher")]
fn bonds_never_exceed_the_stake_and_hold_it() {
    let world = registered(1_000 * SAGE, 1);
    act_as(world.wiring.jobs);
    for _ in 0_u8..10 {
        assert!(world.staking.open_bond(worker()) == (1_000 * SAGE, 100 * SAGE));
    }
    refused(safe(world).open_bond(worker()), 'open bonds exceed stake');
    refused(safe(world).open_bond(stranger()), 'worker has no stake');
    act_as(worker());
    refused(safe(world).request_unstake(1), 'stake held by open bonds');
    act_as(world.wiring.jobs);
    for _ in 0_u8..9 {
        world.staking.close_bond(worker(), 100 * SAGE);
    }
    refused(safe(world).close_bond(worker(), 101 * SAGE), 'no such bond');
    act_as(worker());
    // 900 are free of bonds, but what stays must meet the minimum.
    refused(safe(world).request_unstake(900 * SAGE), 'rest below tier minimum');
    act_as(world.wiring.jobs);
    world.staking.close_bond(worker(), 100 * SAGE);
    refused(safe(world).close_bond(worker(), 0), 'no such bond');
    act_as(worker());
    world.staking.request_unstake(1_000 * SAGE);
}

#[test]
#[feature("safe_dispatcher")]
fn deregistering_waits_for_open_bonds() {
    let world = registered(1_000 * SAGE, 1);
    act_as(world.wiring.jobs);
    let (_, bond) = world.staking.open_bond(worker());
    // Slashed to nothing while an attempt is still open.
    for _ in 0_u8..8 {
        world.staking.slash(worker(), 1_000 * SAGE, Offence::InvalidProof, 0, stranger(), 1, 1);
    }
    assert!(world.staking.worker(worker()).active == 0);
    act_as(worker());
    refused(safe(world).deregister(), 'worker has open bonds');
    act_as(world.wiring.jobs);
    world.staking.close_bond(worker(), bond);
    act_as(worker());
    world.staking.deregister();
    assert!(world.staking.worker(worker()).invalid_proofs == 8, "the record of faults stays");
}

#[test]
#[feature("safe_dispatcher")]
fn what_is_unstaking_waits_for_open_bonds() {
    let world = registered(2_000 * SAGE, 1);
    act_as(world.wiring.jobs);
    let (_, bond) = world.staking.open_bond(worker());
    act_as(worker());
    world.staking.request_unstake(1_000 * SAGE);
    at(GENESIS + COOLDOWN);
    refused(safe(world).withdraw_unstaked(), 'worker has open bonds');
    // What is still there can be taken: 10, 10, 25 and 25 % of 2,000, the active stake first.
    for _ in 0_u8..4 {
        slash(world, 2_000 * SAGE, Offence::InvalidProof, 0);
    }
    let record = world.staking.worker(worker());
    assert!(record.active == 0 && record.unstaking == 600 * SAGE);
    act_as(world.wiring.jobs);
    world.staking.close_bond(worker(), bond);
    act_as(worker());
    world.staking.withdraw_unstaked();
    assert!(world.token.balance_of(worker()) == 600 * SAGE);
}

#[test]
fn what_each_offence_costs() {
    let world = registered(25_000 * SAGE, 1);
    let base = 10_000 * SAGE;
    let plenty = 100_000 * SAGE;
    assert!(slash(world, base, Offence::HandBack, 0) == 10 * SAGE);
    assert!(slash(world, base, Offence::Timeout, plenty) == 500 * SAGE);
    assert!(slash(world, base, Offence::Timeout, 20 * SAGE) == 20 * SAGE);
    assert!(slash(world, base, Offence::Timeout, 0) == 0);
    assert!(slash(world, base, Offence::Unavailable, plenty) == 500 * SAGE);
    assert!(slash(world, base, Offence::Unavailable, 20 * SAGE) == 20 * SAGE);
    assert!(slash(world, base, Offence::InvalidProof, 0) == 1_000 * SAGE);
    assert!(slash(world, base, Offence::InvalidProof, 0) == 1_000 * SAGE);
    assert!(slash(world, base, Offence::InvalidProof, 0) == 2_500 * SAGE, "repeated");
    assert!(slash(world, base, Offence::InvalidProof, 0) == 2_500 * SAGE);
    let total = (10 + 500 + 20 + 500 + 20 + 1_000 + 1_000 + 2_500 + 2_500) * SAGE;
    let record = world.staking.worker(worker());
    assert!(record.active == 25_000 * SAGE - total && record.invalid_proofs == 4);
    // A twentieth went to the reporter, the rest is gone.
    assert!(world.token.balance_of(stranger()) == total / 20);
    assert!(world.token.total_supply() == SUPPLY - total + total / 20);
    assert!(world.token.balance_of(world.wiring.staking) == record.active);
}

#[test]
fn nobody_and_the_offender_get_no_reward() {
    let world = registered(1_000 * SAGE, 1);
    act_as(world.wiring.jobs);
    let base = 1_000 * SAGE;
    world.staking.slash(worker(), base, Offence::InvalidProof, 0, address(0), 1, 1);
    world.staking.slash(worker(), base, Offence::InvalidProof, 0, worker(), 1, 2);
    assert!(world.token.total_supply() == SUPPLY - 200 * SAGE);
    assert!(world.token.balance_of(worker()) == 0 && world.token.balance_of(address(0)) == 0);
}

#[test]
#[feature("safe_dispatcher")]
fn slashed_below_the_minimum_a_worker_is_jailed_until_it_tops_up() {
    let world = registered(1_000 * SAGE, 1);
    assert!(slash(world, 1_000 * SAGE, Offence::Timeout, 1) == 1);
    status_is(world, WorkerStatus::Jailed);
    assert!(!world.staking.is_eligible(worker(), 1, false));
    world.fund(worker(), 10);
    act_as(worker());
    world.token.approve(world.wiring.staking, 10);
    world.staking.stake(1, 1);
    status_is(world, WorkerStatus::Active);
    assert!(slash(world, 1_000 * SAGE, Offence::Timeout, 5) == 5);
    act_as(worker());
    refused(safe(world).stake(4, 1), 'stake below tier minimum');
    status_is(world, WorkerStatus::Jailed);
    // A jailed worker may still leave.
    world.staking.request_unstake(1_000 * SAGE - 5);
    status_is(world, WorkerStatus::Unstaking);
}

#[test]
fn above_the_minimum_a_slash_does_not_jail() {
    let world = registered(2_000 * SAGE, 1);
    slash(world, 1_000 * SAGE, Offence::InvalidProof, 0);
    status_is(world, WorkerStatus::Active);
}

#[test]
fn slashing_reaches_stake_on_its_way_out() {
    let world = registered(2_000 * SAGE, 1);
    world.staking.request_unstake(2_000 * SAGE);
    assert!(slash(world, 2_000 * SAGE, Offence::InvalidProof, 0) == 200 * SAGE);
    let record = world.staking.worker(worker());
    assert!(record.active == 0 && record.unstaking == 1_800 * SAGE);
    at(GENESIS + COOLDOWN);
    act_as(worker());
    world.staking.withdraw_unstaked();
    assert!(world.token.balance_of(worker()) == 1_800 * SAGE);
}

#[test]
fn slashing_takes_active_stake_first_and_never_more_than_there_is() {
    let world = registered(2_000 * SAGE, 1);
    world.staking.request_unstake(1_000 * SAGE);
    assert!(slash(world, 15_000 * SAGE, Offence::InvalidProof, 0) == 1_500 * SAGE);
    let record = world.staking.worker(worker());
    assert!(record.active == 0 && record.unstaking == 500 * SAGE);
    assert!(slash(world, 15_000 * SAGE, Offence::InvalidProof, 0) == 500 * SAGE);
    assert!(slash(world, 15_000 * SAGE, Offence::InvalidProof, 0) == 0);
    assert!(world.token.balance_of(world.wiring.staking) == 0);
    assert!(world.token.total_supply() == SUPPLY - 1_900 * SAGE);
}

#[test]
#[feature("safe_dispatcher")]
fn a_pause_stops_staking_and_registering_only() {
    let world = registered(1_500 * SAGE, 1);
    act_as(deployer());
    IGovernedDispatcher { contract_address: world.wiring.staking }.pause();
    act_as(worker());
    refused(safe(world).stake(1, 1), 'paused');
    refused(safe(world).register_worker(NODE_KEY_X, false, 1, 0), 'paused');
    world.staking.request_unstake(1_500 * SAGE);
    at(GENESIS + COOLDOWN);
    world.staking.withdraw_unstaked();
    world.staking.deregister();
    assert!(world.token.balance_of(worker()) == 1_500 * SAGE);
}

#[test]
fn a_slash_is_told_with_its_cause() {
    let world = registered(2_000 * SAGE, 1);
    act_as(world.wiring.jobs);
    while let Some(_) = starknet::testing::pop_log_raw(world.wiring.staking) {}
    world.staking.slash(worker(), 1_500 * SAGE, Offence::InvalidProof, 0, stranger(), 0xab, 3);
    let event = starknet::testing::pop_log::<StakingManager::Event>(world.wiring.staking);
    let expected = StakingManager::WorkerSlashed {
        worker: worker(),
        job_id: 0xab,
        attempt: 3,
        offence: Offence::InvalidProof,
        amount: 150 * SAGE,
        reporter: stranger(),
        reward: 150 * SAGE / 20,
    };
    assert!(event == Some(StakingManager::Event::WorkerSlashed(expected)));
}

#[test]
fn shares_round_down_and_never_overflow() {
    assert!(penalties::share(9, penalties::BOND) == 0);
    assert!(penalties::share(19, penalties::BOND) == 1);
    assert!(penalties::share(10_001, penalties::HAND_BACK) == 10);
    let most = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
    assert!(penalties::share(most, penalties::EQUIVOCATION) == most / 2);
    assert!(penalties::take(5, 7, 3) == (2, 7, 3));
    assert!(penalties::take(5, 7, 6) == (0, 6, 6));
    assert!(penalties::take(5, 7, 100) == (0, 0, 12));
}
