//! The owner's powers and their limits, and the wiring.

use starknet::SyscallResultTrait;
use starknet::syscalls::deploy_syscall;
use crate::governance::governed::UPGRADE_WINDOW;
use crate::interfaces::{
    IGovernedDispatcher, IGovernedDispatcherTrait, IGovernedSafeDispatcher,
    IGovernedSafeDispatcherTrait, ISageTokenDispatcher, ISageTokenDispatcherTrait,
    IStakingManagerSafeDispatcher, IStakingManagerSafeDispatcherTrait, IWiredDispatcher,
    IWiredDispatcherTrait, IWiredSafeDispatcher, IWiredSafeDispatcherTrait, Windows, Wiring,
};
use crate::jobs::manager::JobManager;
use crate::reputation::manager::ReputationManager;
use crate::staking::manager::StakingManager;
use crate::token::SageToken;
use crate::validators::registry::ValidatorRegistry;
use super::world::{
    COOLDOWN, EPOCH, GENESIS, JOB_FEE, MAX_WINDOWS, MIN_VALIDATOR_STAKE, MIN_WINDOWS, UNBONDING,
    UPGRADE_DELAY, act_as, address, at, bare, calldata, deployer, refused, stranger, worker,
};

#[test]
#[feature("safe_dispatcher")]
fn only_the_owner_governs() {
    let world = bare();
    for contract_address in [
        world.wiring.staking, world.wiring.validators, world.wiring.jobs, world.wiring.proofs,
        world.wiring.reputation,
    ]
        .span() {
        let contract = IGovernedSafeDispatcher { contract_address: *contract_address };
        let wired = IWiredSafeDispatcher { contract_address: *contract_address };
        act_as(stranger());
        let why = 'caller is not the owner';
        refused(contract.pause(), why);
        refused(contract.unpause(), why);
        refused(contract.propose_owner(stranger()), why);
        refused(contract.propose_upgrade(SageToken::TEST_CLASS_HASH), why);
        refused(contract.cancel_upgrade(), why);
        refused(contract.execute_upgrade(), why);
        refused(wired.wire(world.wiring), why);
        refused(contract.accept_ownership(), 'caller is not the candidate');
        act_as(deployer());
        refused(wired.wire(world.wiring), 'already wired');
        refused(contract.unpause(), 'not paused');
    }
}

#[test]
#[feature("safe_dispatcher")]
fn ownership_moves_in_two_steps() {
    let world = bare();
    let contract_address = world.wiring.staking;
    let governed = IGovernedDispatcher { contract_address };
    let safe = IGovernedSafeDispatcher { contract_address };
    act_as(deployer());
    governed.propose_owner(stranger());
    assert!(governed.owner() == deployer());
    act_as(worker());
    refused(safe.accept_ownership(), 'caller is not the candidate');
    act_as(stranger());
    governed.accept_ownership();
    assert!(governed.owner() == stranger());
    refused(safe.accept_ownership(), 'caller is not the candidate');
    act_as(deployer());
    refused(safe.pause(), 'caller is not the owner');
    act_as(stranger());
    governed.pause();
    assert!(governed.paused());
    refused(safe.pause(), 'already paused');
    governed.unpause();
    assert!(!governed.paused());
}

#[test]
#[feature("safe_dispatcher")]
fn an_upgrade_waits_for_its_delay() {
    let world = bare();
    let contract_address = world.wiring.reputation;
    let governed = IGovernedDispatcher { contract_address };
    let safe = IGovernedSafeDispatcher { contract_address };
    act_as(deployer());
    assert!(governed.upgrade_delay() == UPGRADE_DELAY);
    refused(safe.execute_upgrade(), 'no upgrade proposed');
    refused(safe.cancel_upgrade(), 'no upgrade proposed');
    refused(safe.propose_upgrade(0.try_into().unwrap()), 'class hash is zero');
    governed.propose_upgrade(SageToken::TEST_CLASS_HASH);
    assert!(governed.pending_upgrade() == (SageToken::TEST_CLASS_HASH, GENESIS + UPGRADE_DELAY));
    at(GENESIS + UPGRADE_DELAY - 1);
    refused(safe.execute_upgrade(), 'upgrade delay not over');
    governed.cancel_upgrade();
    at(GENESIS + UPGRADE_DELAY);
    refused(safe.execute_upgrade(), 'no upgrade proposed');
    governed.propose_upgrade(SageToken::TEST_CLASS_HASH);
    // Who came after the announcement must see another one.
    at(GENESIS + 2 * UPGRADE_DELAY + UPGRADE_WINDOW);
    refused(safe.execute_upgrade(), 'upgrade announced too long ago');
    governed.propose_upgrade(SageToken::TEST_CLASS_HASH);
    at(GENESIS + 3 * UPGRADE_DELAY + 2 * UPGRADE_WINDOW - 1);
    governed.execute_upgrade();
    // The contract is a token now.
    assert!(ISageTokenDispatcher { contract_address }.decimals() == 18);
}

#[test]
#[feature("safe_dispatcher")]
fn nothing_works_before_wiring() {
    let world = bare();
    let staking = lone_staking(UPGRADE_DELAY, COOLDOWN);
    act_as(worker());
    let safe = IStakingManagerSafeDispatcher { contract_address: staking };
    refused(safe.stake(1, 1), 'not wired');
    refused(safe.open_bond(worker()), 'not wired');
    act_as(deployer());
    let wired = IWiredSafeDispatcher { contract_address: staking };
    refused(wired.wire(world.wiring), 'wiring names another staking');
    refused(
        wired.wire(Wiring { staking, token: address(0), ..world.wiring }),
        'wiring has a zero address',
    );
    IWiredDispatcher { contract_address: staking }.wire(Wiring { staking, ..world.wiring });
}

fn lone_staking(upgrade_delay: u64, cooldown: u64) -> starknet::ContractAddress {
    let (address, _) = deploy_syscall(
        StakingManager::TEST_CLASS_HASH,
        7,
        calldata((deployer(), upgrade_delay, cooldown)).span(),
        false,
    )
        .unwrap_syscall();
    address
}

#[test]
#[feature("safe_dispatcher")]
fn stake_cannot_leave_before_an_attempt_ends() {
    let world = bare();
    act_as(deployer());
    let jobs = lone_jobs(MAX_WINDOWS);
    let wired = IWiredSafeDispatcher { contract_address: jobs };
    // submit, decide, appeal, appeal again, dispute
    let life = 1_001 + 1_002 + 3 * 1_004;
    let short = lone_staking(UPGRADE_DELAY, life);
    refused(
        wired.wire(Wiring { jobs, staking: short, ..world.wiring }), 'cooldown within an attempt',
    );
    let slow = lone_staking(UPGRADE_DELAY + 1, UPGRADE_DELAY);
    refused(
        wired.wire(Wiring { jobs, staking: slow, ..world.wiring }), 'upgrade delay within cooldown',
    );
    // an epoch, the longest verdict, and an epoch for the evidence
    let registry = lone_registry(UPGRADE_DELAY, 2 * EPOCH + 1_002 + 3 * 1_004);
    refused(
        wired.wire(Wiring { jobs, validators: registry, ..world.wiring }),
        'unbonding within an attempt',
    );
    refused(wired.wire(world.wiring), 'wiring names another JobManager');
    IWiredDispatcher { contract_address: jobs }.wire(Wiring { jobs, ..world.wiring });
    assert!(IWiredDispatcher { contract_address: jobs }.wiring().jobs == jobs);
}

fn lone_registry(upgrade_delay: u64, unbonding: u64) -> starknet::ContractAddress {
    let (address, _) = deploy_syscall(
        ValidatorRegistry::TEST_CLASS_HASH,
        7,
        calldata((deployer(), upgrade_delay, EPOCH, MIN_VALIDATOR_STAKE, unbonding, true)).span(),
        false,
    )
        .unwrap_syscall();
    address
}

fn lone_jobs(max_windows: Windows) -> starknet::ContractAddress {
    let (address, _) = deploy_syscall(
        JobManager::TEST_CLASS_HASH,
        7,
        calldata((deployer(), UPGRADE_DELAY, JOB_FEE, MIN_WINDOWS, max_windows)).span(),
        false,
    )
        .unwrap_syscall();
    address
}

#[test]
#[feature("safe_dispatcher")]
fn an_upgrade_outlasts_an_offer_and_its_attempt() {
    let world = bare();
    act_as(deployer());
    let attempt = 1_001 + 1_002 + 3 * 1_004;
    let long = lone_jobs(Windows { accept: UPGRADE_DELAY - attempt, ..MAX_WINDOWS });
    refused(
        IWiredSafeDispatcher { contract_address: long }.wire(Wiring { jobs: long, ..world.wiring }),
        'upgrade delay within an attempt',
    );
    let fits = lone_jobs(Windows { accept: UPGRADE_DELAY - attempt - 1, ..MAX_WINDOWS });
    IWiredDispatcher { contract_address: fits }.wire(Wiring { jobs: fits, ..world.wiring });
}

/// StakingManager and ValidatorRegistry know their own way out; they ask for the other's.
#[test]
#[feature("safe_dispatcher")]
fn no_contract_is_upgraded_before_all_can_leave() {
    let world = bare();
    act_as(deployer());
    let (workers, validators) = ('upgrade delay within cooldown', 'upgrade delay within unbonding');
    let slow_staking = lone_staking(UPGRADE_DELAY + 1, UPGRADE_DELAY);
    let slow_registry = lone_registry(UPGRADE_DELAY + 1, UPGRADE_DELAY);
    let staking = IWiredSafeDispatcher {
        contract_address: lone_staking(UNBONDING, COOLDOWN - 2_000),
    };
    refused(staking.wire(Wiring { staking: staking.contract_address, ..world.wiring }), validators);
    let registry = IWiredSafeDispatcher { contract_address: lone_registry(COOLDOWN, UNBONDING) };
    refused(
        registry.wire(Wiring { validators: registry.contract_address, ..world.wiring }), workers,
    );
    let (reputation, _) = deploy_syscall(
        ReputationManager::TEST_CLASS_HASH, 7, calldata((deployer(), UPGRADE_DELAY)).span(), false,
    )
        .unwrap_syscall();
    let wired = IWiredSafeDispatcher { contract_address: reputation };
    refused(wired.wire(Wiring { reputation, staking: slow_staking, ..world.wiring }), workers);
    refused(
        wired.wire(Wiring { reputation, validators: slow_registry, ..world.wiring }), validators,
    );
    wired.wire(Wiring { reputation, ..world.wiring }).unwrap();
}

fn refuses_to_deploy(class: starknet::ClassHash, arguments: Array<felt252>, why: felt252) {
    let refusal = deploy_syscall(class, 8, arguments.span(), false);
    let found = *refusal.unwrap_err().at(0);
    assert!(found == why, "found {found}, want {why}");
}

#[test]
fn constructors_refuse_unsafe_parameters() {
    bare();
    let owner = deployer();
    let staking = StakingManager::TEST_CLASS_HASH;
    refuses_to_deploy(staking, calldata((owner, 5_u64, 5_u64)), 'upgrade delay within cooldown');
    refuses_to_deploy(staking, calldata((address(0), 6_u64, 5_u64)), 'owner is zero');
    let registry = ValidatorRegistry::TEST_CLASS_HASH;
    let (delay, stake) = (UPGRADE_DELAY, MIN_VALIDATOR_STAKE);
    refuses_to_deploy(
        registry,
        calldata((owner, UNBONDING, EPOCH, stake, UNBONDING, true)),
        'upgrade delay within unbonding',
    );
    refuses_to_deploy(
        registry, calldata((owner, delay, 0_u64, stake, UNBONDING, true)), 'epoch length is zero',
    );
    refuses_to_deploy(
        registry,
        calldata((owner, delay, UNBONDING, stake, UNBONDING, true)),
        'unbonding within an epoch',
    );
    refuses_to_deploy(
        registry, calldata((owner, delay, EPOCH, 0_u256, UNBONDING, true)), 'minimum stake is zero',
    );
    let jobs = JobManager::TEST_CLASS_HASH;
    let year = 365 * 86_400;
    refuses_to_deploy(
        jobs,
        calldata((owner, delay, JOB_FEE, Windows { decide: 0, ..MIN_WINDOWS }, MAX_WINDOWS)),
        'minimum window is zero',
    );
    refuses_to_deploy(
        jobs,
        calldata((owner, delay, JOB_FEE, MIN_WINDOWS, Windows { appeal: 8, ..MAX_WINDOWS })),
        'minimum window above maximum',
    );
    refuses_to_deploy(
        jobs,
        calldata((owner, delay, JOB_FEE, MIN_WINDOWS, Windows { submit: year + 1, ..MAX_WINDOWS })),
        'maximum window above a year',
    );
}
