//! All contracts, deployed and wired, with a funded owner, workers and validators.

use starknet::syscalls::deploy_syscall;
use starknet::testing::{set_block_timestamp, set_chain_id, set_contract_address};
use starknet::{ClassHash, ContractAddress, SyscallResultTrait, get_block_timestamp};
use crate::interfaces::{
    Delivery, IJobManagerDispatcher, IJobManagerDispatcherTrait, IProofVerifierDispatcher,
    IProofVerifierDispatcherTrait, IReputationManagerDispatcher, ISageTokenDispatcher,
    ISageTokenDispatcherTrait, IStakingManagerDispatcher, IStakingManagerDispatcherTrait,
    IValidatorRegistryDispatcher, IValidatorRegistryDispatcherTrait, IWiredDispatcher,
    IWiredDispatcherTrait, JobTerms, Signature, Verdict, Windows, Wiring,
};
use crate::jobs::manager::JobManager;
use crate::proofs::verifier::ProofVerifier;
use crate::reputation::manager::ReputationManager;
use crate::staking::manager::StakingManager;
use crate::token::SageToken;
use crate::validators::registry::ValidatorRegistry;
use crate::{snip12, votes};
use super::signing;

pub const SAGE: u256 = 1_000_000_000_000_000_000;
pub const SUPPLY: u256 = 1_000_000 * SAGE;
pub const GENESIS: u64 = 1_000_000;
pub const EPOCH: u64 = 500;
pub const COOLDOWN: u64 = 7_000;
pub const UNBONDING: u64 = 6_000;
pub const UPGRADE_DELAY: u64 = 10_000;
pub const JOB_FEE: u256 = 2 * SAGE;
pub const MIN_VALIDATOR_STAKE: u256 = 100 * SAGE;
pub const WINDOWS: Windows = Windows {
    accept: 30, submit: 120, decide: 60, challenge: 20, appeal: 40,
};
pub const MIN_WINDOWS: Windows = Windows {
    accept: 5, submit: 6, decide: 7, challenge: 8, appeal: 9,
};
pub const MAX_WINDOWS: Windows = Windows {
    accept: 1_000, submit: 1_001, decide: 1_002, challenge: 1_003, appeal: 1_004,
};
pub const ESCROW: felt252 = 'escrow';
pub const AUDITOR_EPOCH: u64 = 4;

/// Stands where PrivacyRouter would: has an account of everyone but one.
#[starknet::contract]
pub mod Accounts {
    use starknet::ContractAddress;
    use crate::staking::accounts::IPrivacyAccounts;

    #[storage]
    struct Storage {}

    #[abi(embed_v0)]
    impl AccountsImpl of IPrivacyAccounts<ContractState> {
        fn is_registered(self: @ContractState, account: ContractAddress) -> bool {
            account != super::without_account()
        }
    }
}

#[derive(Copy, Drop)]
pub struct World {
    pub wiring: Wiring,
    pub token: ISageTokenDispatcher,
    pub staking: IStakingManagerDispatcher,
    pub validators: IValidatorRegistryDispatcher,
    pub jobs: IJobManagerDispatcher,
    pub proofs: IProofVerifierDispatcher,
    pub reputation: IReputationManagerDispatcher,
}

pub fn address(value: felt252) -> ContractAddress {
    value.try_into().unwrap()
}

/// Deployer, owner of every contract, holder of the supply.
pub fn deployer() -> ContractAddress {
    address('deployer')
}
/// Owner of jobs.
pub fn client() -> ContractAddress {
    address('client')
}
pub fn worker() -> ContractAddress {
    address('worker')
}
pub fn without_account() -> ContractAddress {
    address('without account')
}
pub fn stranger() -> ContractAddress {
    address('stranger')
}
/// Where PaymentRouter would be.
pub fn payments() -> ContractAddress {
    address('payments')
}

/// Validators by number from 0, ascending by address.
pub fn validator(number: u32) -> ContractAddress {
    address('validator' + number.into())
}
pub fn vote_secret(number: u32) -> felt252 {
    1_000_001 + number.into()
}
pub fn vote_key(number: u32) -> felt252 {
    signing::public_key(vote_secret(number))
}

pub fn act_as(caller: ContractAddress) {
    set_contract_address(caller);
}
pub fn at(time: u64) {
    set_block_timestamp(time);
}
pub fn wait(seconds: u64) {
    set_block_timestamp(get_block_timestamp() + seconds);
}
/// Waits until `time` is `after` seconds past.
pub fn wait_until(time: u64, after: u64) {
    set_block_timestamp(time + after);
}

/// The first word of the panic that a call ended with.
pub fn reason<T, +Drop<T>>(result: Result<T, Array<felt252>>) -> felt252 {
    match result {
        Ok(_) => 'it succeeded',
        Err(panic) => *panic.at(0),
    }
}

pub fn refused<T, +Drop<T>>(result: Result<T, Array<felt252>>, why: felt252) {
    let found = reason(result);
    assert!(found == why, "found {found}, want {why}");
}

fn deploy(class: ClassHash, calldata: Span<felt252>) -> ContractAddress {
    let (address, _) = deploy_syscall(class, 0, calldata, false).unwrap_syscall();
    address
}

pub fn calldata<T, +Serde<T>, +Drop<T>>(value: T) -> Array<felt252> {
    let mut data = array![];
    value.serialize(ref data);
    data
}

/// The contracts, wired, with no staker yet.
pub fn bare() -> World {
    set_chain_id('SN_TEST');
    at(GENESIS);
    act_as(deployer());
    let owner = deployer();
    let token = deploy(SageToken::TEST_CLASS_HASH, calldata((owner, SUPPLY)).span());
    let staking = deploy(
        StakingManager::TEST_CLASS_HASH, calldata((owner, UPGRADE_DELAY, COOLDOWN)).span(),
    );
    let validators = deploy(
        ValidatorRegistry::TEST_CLASS_HASH,
        calldata((owner, UPGRADE_DELAY, EPOCH, MIN_VALIDATOR_STAKE, UNBONDING, true)).span(),
    );
    let jobs = deploy(
        JobManager::TEST_CLASS_HASH,
        calldata((owner, UPGRADE_DELAY, JOB_FEE, MIN_WINDOWS, MAX_WINDOWS)).span(),
    );
    let proofs = deploy(ProofVerifier::TEST_CLASS_HASH, calldata((owner, UPGRADE_DELAY)).span());
    let reputation = deploy(
        ReputationManager::TEST_CLASS_HASH, calldata((owner, UPGRADE_DELAY)).span(),
    );
    let privacy = deploy(Accounts::TEST_CLASS_HASH, [].span());
    let wiring = Wiring {
        token, staking, validators, jobs, proofs, payments: payments(), privacy, reputation,
    };
    for contract in [staking, validators, jobs, proofs, reputation].span() {
        IWiredDispatcher { contract_address: *contract }.wire(wiring);
    }
    let world = World {
        wiring,
        token: ISageTokenDispatcher { contract_address: token },
        staking: IStakingManagerDispatcher { contract_address: staking },
        validators: IValidatorRegistryDispatcher { contract_address: validators },
        jobs: IJobManagerDispatcher { contract_address: jobs },
        proofs: IProofVerifierDispatcher { contract_address: proofs },
        reputation: IReputationManagerDispatcher { contract_address: reputation },
    };
    world.fund(client(), 1_000 * SAGE);
    act_as(client());
    world.token.approve(jobs, 1_000 * SAGE);
    world
}

/// A sealed network of four equal validators and one consumer worker.
pub fn network() -> World {
    let world = bare();
    for number in 0_u32..4 {
        world.add_validator(number, 100 * SAGE);
    }
    act_as(deployer());
    world.validators.seal_genesis();
    world.add_worker(worker(), 1_000 * SAGE, 1);
    world
}

#[generate_trait]
pub impl WorldImpl of WorldTrait {
    fn fund(self: @World, who: ContractAddress, amount: u256) {
        act_as(deployer());
        (*self.token).transfer(who, amount);
    }

    /// Leaves the validator as the caller.
    fn add_validator(self: @World, number: u32, stake: u256) {
        let who = validator(number);
        self.fund(who, stake);
        (*self.validators).allow(who, true);
        act_as(who);
        (*self.token).approve(*self.wiring.validators, stake);
        (*self.validators).register_validator(vote_key(number), self.possession(number), stake);
    }

    fn possession(self: @World, number: u32) -> Signature {
        let registry = *self.wiring.validators;
        let message = snip12::message_hash(
            snip12::domain_hash_on('SN_TEST'),
            validator(number),
            votes::possession_struct_hash(registry, vote_key(number)),
        );
        signing::sign(message, vote_secret(number))
    }

    /// Leaves the worker as the caller.
    fn add_worker(self: @World, who: ContractAddress, stake: u256, tier: u8) {
        self.fund(who, stake);
        act_as(who);
        (*self.token).approve(*self.wiring.staking, stake);
        (*self.staking).stake(stake, tier);
        (*self.staking).register_worker(NODE_KEY_X, false, 0xcafe, 0);
    }

    /// A new job of the client.
    fn create(self: @World, terms: JobTerms) -> u128 {
        act_as(client());
        (*self.jobs).create(terms)
    }

    /// A new job with one attempt of the worker in ASSIGNED.
    fn assigned(self: @World, salt: felt252) -> u128 {
        let job = self.create(JobTerms { salt, ..terms() });
        assert!((*self.jobs).assign(job, worker(), 0) == 1);
        job
    }

    fn funded(self: @World, salt: felt252) -> u128 {
        let job = self.assigned(salt);
        self.pay(job, 1);
        job
    }

    fn pay(self: @World, job: u128, attempt: u32) {
        act_as(payments());
        (*self.jobs).fund(job, attempt, ESCROW, AUDITOR_EPOCH);
    }

    fn accepted(self: @World, salt: felt252) -> u128 {
        let job = self.funded(salt);
        self.agree(job, 1);
        job
    }

    /// The attempt's worker accepts.
    fn agree(self: @World, job: u128, attempt: u32) {
        act_as((*self.jobs).attempt(job, attempt).worker);
        (*self.jobs).accept(job, attempt, (*self.jobs).terms_hash(job, attempt));
    }

    fn submitted(self: @World, salt: felt252) -> u128 {
        let job = self.accepted(salt);
        self.submit(job, 1);
        job
    }

    fn submit(self: @World, job: u128, attempt: u32) {
        act_as((*self.jobs).attempt(job, attempt).worker);
        (*self.jobs).submit_result(job, attempt, RESULT, PROOF, PROOF_HASH, RESULT_HASH);
    }

    fn challenge(self: @World, salt: felt252) -> u128 {
        let job = self.submitted(salt);
        self.certify(job, 1, Verdict::Valid, [0, 1, 2].span());
        job
    }

    fn appeal(self: @World, salt: felt252, verdict: Verdict) -> u128 {
        let job = self.submitted(salt);
        self.certify(job, 1, verdict, [0, 1, 2].span());
        job
    }

    /// INVALID by validators 0, 1, 2, then VALID by 1, 2, 3: jails 1 and 2.
    fn disputed(self: @World, salt: felt252) -> u128 {
        let job = self.appeal(salt, Verdict::Invalid);
        self.certify(job, 1, Verdict::Valid, [1, 2, 3].span());
        job
    }

    fn approved(self: @World, salt: felt252) -> u128 {
        let job = self.challenge(salt);
        wait(WINDOWS.challenge + 1);
        (*self.jobs).finalize(job, 1);
        job
    }

    fn rejected(self: @World, salt: felt252) -> u128 {
        let job = self.appeal(salt, Verdict::Invalid);
        wait(WINDOWS.appeal + 1);
        (*self.jobs).finalize(job, 1);
        job
    }

    fn void(self: @World, salt: felt252) -> u128 {
        let job = self.assigned(salt);
        (*self.jobs).cancel(job, 1);
        job
    }

    /// A stranger brings a certificate of these validators, in round 1.
    fn certify(self: @World, job: u128, attempt: u32, verdict: Verdict, signers: Span<u32>) {
        let (bitmap, signatures) = self.certificate(job, attempt, 1, verdict, signers);
        act_as(stranger());
        (*self.proofs).approve(job, attempt, 1, verdict, bitmap, signatures);
    }

    /// `signers` are numbers of validators, which are the table's positions while all are in it.
    fn certificate(
        self: @World, job: u128, attempt: u32, round: u32, verdict: Verdict, signers: Span<u32>,
    ) -> (u256, Span<Signature>) {
        let mut bitmap: u256 = 0;
        let mut signatures = array![];
        for number in signers {
            bitmap += power_of_two(*number);
            signatures.append(self.vote(job, attempt, round, verdict, *number));
        }
        (bitmap, signatures.span())
    }

    fn vote(
        self: @World, job: u128, attempt: u32, round: u32, verdict: Verdict, number: u32,
    ) -> Signature {
        let slot = (*self.jobs).slot(job, attempt);
        let hash = (*self.proofs).vote_hash(slot, round, verdict, validator(number));
        signing::sign(hash, vote_secret(number))
    }
}

pub fn power_of_two(exponent: u32) -> u256 {
    let mut power: u256 = 1;
    for _ in 0..exponent {
        power *= 2;
    }
    power
}

/// The x-coordinate of secp256k1's generator, whose y is even.
pub const NODE_KEY_X: u256 = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798;

pub const INPUT: u256 = 0x1100000000000000000000000000000000000000000000000000000000000011;
pub const RESULT: u256 = 0x2200000000000000000000000000000000000000000000000000000000000022;
pub const PROOF: felt252 = 0x33;
pub const PROOF_HASH: u256 = 0x4400000000000000000000000000000000000000000000000000000000000044;
pub const RESULT_HASH: u256 = 0x5500000000000000000000000000000000000000000000000000000000000055;

pub fn terms() -> JobTerms {
    JobTerms {
        salt: 0,
        spec_hash: 'spec',
        input_commitment: INPUT,
        synthetic: false,
        seed_block: 0,
        air_id: 1,
        air_version: 1,
        verifier_version: 1,
        k: 3,
        rows: 8,
        inner: 8,
        columns: 8,
        min_tier: 1,
        attested: false,
        max_hedges: 1,
        penalty_cap: 1_000 * SAGE,
        windows: WINDOWS,
        delivery: Delivery::Result,
        deadline: 0,
    }
}
