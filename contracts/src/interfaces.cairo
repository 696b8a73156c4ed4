//! What crosses contract boundaries: shared values, and the trait of each contract.
//!
//! Conventions. Times are block timestamps in seconds. Amounts are u256 with the token's 18
//! decimals. Blake2s roots and BLAKE3 hashes are u256: their 32 bytes read big-endian. Percentages
//! are basis points (10_000 = 100 %). Calls open to "anyone" are idempotent or revert by state;
//! they never depend on who calls. The traits of PrivacyRouter and PaymentRouter stand beside their
//! contracts.

use starknet::{ClassHash, ContractAddress};

// ---------------------------------------------------------------------------------------------
// Deployment
// ---------------------------------------------------------------------------------------------

/// The addresses that the contracts know each other by.
#[derive(Copy, Drop, Serde, PartialEq, starknet::Store)]
pub struct Wiring {
    pub token: ContractAddress,
    pub staking: ContractAddress,
    pub validators: ContractAddress,
    pub jobs: ContractAddress,
    pub proofs: ContractAddress,
    pub payments: ContractAddress,
    pub privacy: ContractAddress,
    pub reputation: ContractAddress,
}

/// Set once by the owner after all contracts exist (their addresses depend on each other), then
/// immutable. Calls that need another contract revert with 'not wired' before.
#[starknet::interface]
pub trait IWired<T> {
    fn wire(ref self: T, wiring: Wiring);
    fn wiring(self: @T) -> Wiring;
}

/// The deploy-time owner's powers, and their limits: pausing stops entries (create, assign, pay,
/// accept, deposit, stake), never exits; an upgrade takes effect only `upgrade_delay` seconds after
/// it was announced in an event, and within a week from then.
#[starknet::interface]
pub trait IGoverned<T> {
    fn owner(self: @T) -> ContractAddress;
    fn propose_owner(ref self: T, candidate: ContractAddress);
    fn accept_ownership(ref self: T);
    fn pause(ref self: T);
    fn unpause(ref self: T);
    fn paused(self: @T) -> bool;
    fn upgrade_delay(self: @T) -> u64;
    fn propose_upgrade(ref self: T, class_hash: ClassHash);
    fn cancel_upgrade(ref self: T);
    fn execute_upgrade(ref self: T);
    /// The proposed class and the first second it may be executed; (0, 0) when there is none.
    fn pending_upgrade(self: @T) -> (ClassHash, u64);
}

// ---------------------------------------------------------------------------------------------
// SageToken, Faucet
// ---------------------------------------------------------------------------------------------

/// ERC-20 with 18 decimals and a fixed supply; `burn` destroys the caller's own tokens. The
/// contract also exposes the camelCase names balanceOf, totalSupply, transferFrom.
/// constructor(recipient: ContractAddress, supply: u256)
#[starknet::interface]
pub trait ISageToken<T> {
    fn name(self: @T) -> ByteArray;
    fn symbol(self: @T) -> ByteArray;
    fn decimals(self: @T) -> u8;
    fn total_supply(self: @T) -> u256;
    fn balance_of(self: @T, account: ContractAddress) -> u256;
    fn allowance(self: @T, owner: ContractAddress, spender: ContractAddress) -> u256;
    fn transfer(ref self: T, recipient: ContractAddress, amount: u256) -> bool;
    fn transfer_from(
        ref self: T, sender: ContractAddress, recipient: ContractAddress, amount: u256,
    ) -> bool;
    fn approve(ref self: T, spender: ContractAddress, amount: u256) -> bool;
    fn burn(ref self: T, amount: u256);
}

/// Test networks only: the constructor refuses SN_MAIN. Holds SAGE and hands out `drip_amount` to
/// a recipient at most once per `interval`, at most `daily_cap` in all per day.
/// constructor(owner, token, drip_amount: u256, interval: u64, daily_cap: u256)
#[starknet::interface]
pub trait IFaucet<T> {
    fn drip(ref self: T, recipient: ContractAddress);
    fn drip_amount(self: @T) -> u256;
    /// The first second at which `recipient` may be served again (0: now).
    fn next_drip_at(self: @T, recipient: ContractAddress) -> u64;
    fn remaining_today(self: @T) -> u256;
}

// ---------------------------------------------------------------------------------------------
// StakingManager
// ---------------------------------------------------------------------------------------------

#[derive(Copy, Drop, Serde, PartialEq, Debug, Default, starknet::Store)]
#[allow(starknet::store_no_default_variant)]
pub enum WorkerStatus {
    /// No stake, no record.
    #[default]
    None,
    /// Staked, not registered yet.
    Staked,
    /// Registered, with all stake withdrawn.
    Registered,
    /// Registered and eligible.
    Active,
    /// Fell below its tier's minimum by slashing; a top-up brings it back.
    Jailed,
    /// Asked to leave; the cooldown runs.
    Unstaking,
    Deregistered,
}

/// Tiers by number: 1 Consumer, 2 Workstation, 3 DataCenter, 4 Enterprise, 5 Frontier.
#[derive(Copy, Drop, Serde, PartialEq)]
pub struct WorkerInfo {
    pub status: WorkerStatus,
    pub tier: u8,
    /// Stake that counts, open bonds included.
    pub active: u256,
    /// Stake on its way out; slashing still reaches it.
    pub unstaking: u256,
    pub unlock_at: u64,
    /// The part of `active` that open attempts hold.
    pub bonded: u256,
    pub open_bonds: u32,
    pub invalid_proofs: u32,
    pub node_key_x: u256,
    /// Parity of the node key's y coordinate (secp256k1).
    pub node_key_odd: bool,
    pub capability_hash: u256,
    pub attestation_hash: u256,
    pub registered_at: u64,
}

#[derive(Copy, Drop, Serde, PartialEq, Debug)]
pub enum Offence {
    /// 10 % of the stake at accept; 25 % from the third invalid proof of one worker on.
    InvalidProof,
    /// 5 % of the stake at accept, at most the attempt's penalty cap.
    Timeout,
    /// Blob withheld from the validators: as Timeout.
    Unavailable,
    /// Handed back after accepting: 0.1 %.
    HandBack,
}

/// constructor(owner, upgrade_delay: u64, cooldown: u64); upgrade_delay > cooldown.
#[starknet::interface]
pub trait IStakingManager<T> {
    /// Moves `amount` from the caller (approve first). The first stake fixes the tier; a later one
    /// with the same tier tops up, with a higher tier raises it; with nothing at stake any more it
    /// is chosen anew. Reverts when the whole stake is below the tier's minimum.
    fn stake(ref self: T, amount: u256, tier: u8);
    /// Starts the cooldown for `amount`, and anew for what is unstaking already. What stays must
    /// cover the open bonds and meet the tier's minimum, or be zero.
    fn request_unstake(ref self: T, amount: u256);
    /// Pays out what has cooled down.
    fn withdraw_unstaked(ref self: T);
    /// Needs stake and a PrivacyRouter account of the caller. Reverts when registered already.
    fn register_worker(
        ref self: T,
        node_key_x: u256,
        node_key_odd: bool,
        capability_hash: u256,
        attestation_hash: u256,
    );
    /// Needs no open bonds and no stake left.
    fn deregister(ref self: T);
    fn worker(self: @T, worker: ContractAddress) -> WorkerInfo;
    fn tier_minimum(self: @T, tier: u8) -> u256;
    fn cooldown(self: @T) -> u64;
    /// Active, tier at least `min_tier`, stake at least the tier's minimum. `attested` asks for an
    /// admitted attestation, which this version cannot hold yet: nobody satisfies it.
    fn is_eligible(self: @T, worker: ContractAddress, min_tier: u8, attested: bool) -> bool;
    /// JobManager only: bonds 10 % of the stake, which it returns with the bond: (stake, bond).
    /// Reverts unless active stake covers all open bonds.
    fn open_bond(ref self: T, worker: ContractAddress) -> (u256, u256);
    /// JobManager only.
    fn close_bond(ref self: T, worker: ContractAddress, bond: u256);
    /// JobManager only: takes the offence's share of `base` (the stake at accept) from active, then
    /// from unstaking stake; at most 5 % of it goes to `reporter`, the rest is burnt. Returns what
    /// was taken. `cap` bounds Timeout and Unavailable; job and attempt are for the event.
    fn slash(
        ref self: T,
        worker: ContractAddress,
        base: u256,
        offence: Offence,
        cap: u256,
        reporter: ContractAddress,
        job_id: u128,
        attempt: u32,
    ) -> u256;
}

// ---------------------------------------------------------------------------------------------
// ValidatorRegistry
// ---------------------------------------------------------------------------------------------

#[derive(Copy, Drop, Serde, PartialEq)]
pub struct TableEntry {
    pub validator: ContractAddress,
    pub vote_key: felt252,
    pub stake: u256,
    /// Jailed now: counts zero towards a quorum, all of it towards the total.
    pub jailed: bool,
}

#[derive(Copy, Drop, Serde, PartialEq)]
pub struct ValidatorInfo {
    pub registered: bool,
    pub vote_key: felt252,
    pub stake: u256,
    pub exiting: u256,
    pub unlock_at: u64,
    pub jailed: bool,
    pub last_check_in: u64,
}

#[derive(Copy, Drop, Serde, PartialEq)]
pub struct Signature {
    pub r: felt252,
    pub s: felt252,
}

/// What a vote is about: everything the chain knows of one submission.
#[derive(Copy, Drop, Serde, PartialEq)]
pub struct VoteSlot {
    pub verifier_version: u32,
    pub vote_epoch: u64,
    pub job_id: u128,
    pub attempt: u32,
    pub worker: ContractAddress,
    /// What the worker accepted: a job that another history of the chain has under the same id,
    /// with other terms, is another question.
    pub terms_hash: felt252,
    pub input_commitment: u256,
    pub result_commitment: u256,
    pub proof_commitment: felt252,
    pub proof_hash: u256,
    pub result_hash: u256,
}

/// An epoch's table never changes: registrations, exits, slashes and absences count from the next
/// epoch on. Epoch 0 is open for (allow-listed) registrations until the owner seals it; no job can
/// be created before. A table has 256 seats: without the allow-list, 256 registrations at the
/// minimum stake fill it.
/// constructor(owner, upgrade_delay: u64, epoch_length: u64, min_stake: u256, unbonding: u64,
///             allow_listed: bool); upgrade_delay > unbonding > epoch_length.
#[starknet::interface]
pub trait IValidatorRegistry<T> {
    fn allow(ref self: T, validator: ContractAddress, allowed: bool);
    /// The caller stakes `amount` (approve first) and proves possession of its vote key: a SNIP-12
    /// signature (primary type "Vote Key") by it. A key is never used twice.
    fn register_validator(ref self: T, vote_key: felt252, possession: Signature, amount: u256);
    fn top_up(ref self: T, amount: u256);
    fn request_exit(ref self: T);
    fn withdraw_exit(ref self: T);
    fn check_in(ref self: T);
    /// Anyone: drops a validator that missed two epochs' check-ins from the next table.
    fn drop_absent(ref self: T, validator: ContractAddress);
    fn seal_genesis(ref self: T);
    fn genesis_sealed(self: @T) -> bool;
    fn current_epoch(self: @T) -> u64;
    fn epoch_length(self: @T) -> u64;
    /// Seconds between a request to exit and the payout.
    fn unbonding(self: @T) -> u64;
    fn validator(self: @T, validator: ContractAddress) -> ValidatorInfo;
    /// Ascending by address; bit i of a certificate's bitmap is entry i.
    fn table(self: @T, epoch: u64) -> Array<TableEntry>;
    /// The validator's VALID and INVALID votes on one slot: slashes half its stake and jails it.
    fn report_equivocation(
        ref self: T,
        validator: ContractAddress,
        slot: VoteSlot,
        round_valid: u32,
        signature_valid: Signature,
        round_invalid: u32,
        signature_invalid: Signature,
    );
    /// JobManager only: equivocation shown by two certificates; `bitmap` over the epoch's table.
    fn slash_signers(
        ref self: T,
        epoch: u64,
        bitmap: u256,
        job_id: u128,
        attempt: u32,
        reporter: ContractAddress,
    );
}

// ---------------------------------------------------------------------------------------------
// JobManager
// ---------------------------------------------------------------------------------------------

/// Seconds that an attempt may spend: assigned until accepted, accepted until submitted, submitted
/// until decided, approved by certificate until challenged no more, rejected by certificate until
/// appealed no more.
#[derive(Copy, Drop, Serde, PartialEq, starknet::Store)]
pub struct Windows {
    pub accept: u64,
    pub submit: u64,
    pub decide: u64,
    pub challenge: u64,
    pub appeal: u64,
}

#[derive(Copy, Drop, Serde, PartialEq, Debug, Default, starknet::Store)]
pub enum Delivery {
    /// Validators fetch the result and recompute its root before they vote VALID.
    #[default]
    Result,
    /// The proof is all the owner wants.
    Proof,
}

/// What the owner asks for. AIR 1 is the matrix product.
#[derive(Copy, Drop, Serde, PartialEq, starknet::Store)]
pub struct JobTerms {
    pub salt: felt252,
    /// Hash of the off-chain job specification.
    pub spec_hash: felt252,
    /// Root of the input columns; zero for a synthetic job, whose seed contains the worker: then
    /// `assign` gives it.
    pub input_commitment: u256,
    pub synthetic: bool,
    /// Synthetic jobs: the block whose hash seeds the input. Zero otherwise.
    pub seed_block: u64,
    pub air_id: u32,
    pub air_version: u32,
    pub verifier_version: u32,
    pub k: u32,
    pub rows: u32,
    pub inner: u32,
    pub columns: u32,
    pub min_tier: u8,
    pub attested: bool,
    pub max_hedges: u8,
    /// Most that a timeout may cost the worker.
    pub penalty_cap: u256,
    pub windows: Windows,
    pub delivery: Delivery,
    /// The job itself ends here when no attempt lives (0: never).
    pub deadline: u64,
}

#[derive(Copy, Drop, Serde, PartialEq, Debug, Default, starknet::Store)]
pub enum JobState {
    #[default]
    None,
    Open,
    Done,
    Cancelled,
    Expired,
    /// Failed on three distinct workers.
    Quarantined,
}

#[derive(Copy, Drop, Serde, PartialEq, Debug, Default, starknet::Store)]
pub enum AttemptState {
    #[default]
    None,
    Assigned,
    Funded,
    Accepted,
    Submitted,
    Challenge,
    Appeal,
    Disputed,
    Approved,
    Rejected,
    Void,
}

#[derive(Copy, Drop, Serde, PartialEq, Debug, Default, starknet::Store)]
pub enum Verdict {
    #[default]
    None,
    Valid,
    Invalid,
    Unavailable,
}

#[derive(Copy, Drop, Serde, PartialEq, starknet::Store)]
pub struct Job {
    pub owner: ContractAddress,
    pub state: JobState,
    pub attempts: u32,
    pub hedges: u8,
    pub failed_workers: u8,
    pub created_at: u64,
    pub terms: JobTerms,
}

#[derive(Copy, Drop, Serde, PartialEq, starknet::Store)]
pub struct Attempt {
    pub state: AttemptState,
    pub worker: ContractAddress,
    /// Last second of the current state's window; 0 in a final state.
    pub deadline: u64,
    pub input_commitment: u256,
    pub escrow_hash: felt252,
    pub auditor_epoch: u64,
    pub terms_hash: felt252,
    pub stake_at_accept: u256,
    pub bond: u256,
    pub result_commitment: u256,
    pub proof_commitment: felt252,
    pub proof_hash: u256,
    pub result_hash: u256,
    pub vote_epoch: u64,
    /// Verdict of the last certificate.
    pub verdict: Verdict,
    pub slashed: u256,
}

/// What a payment asks about an attempt: `owner` is the job's.
#[derive(Copy, Drop, Serde, PartialEq)]
pub struct Standing {
    pub owner: ContractAddress,
    pub worker: ContractAddress,
    pub state: AttemptState,
    pub proof_commitment: felt252,
}

/// The state machine of an attempt; who may call what, when, is the table in docs/protocol.md.
/// job_id = low 128 bits of Poseidon(caller, salt), the hash of exactly two elements
/// (hades_permutation(caller, salt, 2)[0]); other hashes written Poseidon(…) are those of lists.
/// terms_hash = Poseidon('SAGE/TERMS/1', job_id, attempt, worker, spec_hash, input_commitment low,
/// high, air_id, air_version, k, rows, inner, columns, verifier_version, escrow_hash,
/// auditor_epoch, windows (accept, submit, decide, challenge, appeal), penalty_cap low, high,
/// delivery (0 result, 1 proof)).
/// constructor(owner, upgrade_delay: u64, job_fee: u256, min_windows: Windows, max_windows:
/// Windows). `wire` demands, with V = decide + appeal + max(challenge, appeal) + appeal of
/// max_windows: cooldown > submit + V, unbonding > 2 * epoch_length + V, and an upgrade_delay
/// longer than both and than accept + submit + V.
#[starknet::interface]
pub trait IJobManager<T> {
    /// Burns `job_fee` of the caller's SAGE (approve first; 0 is possible) and opens the job.
    fn create(ref self: T, terms: JobTerms) -> u128;
    fn job_id_of(self: @T, caller: ContractAddress, salt: felt252) -> u128;
    /// Owner: starts the next attempt (numbered from 1). All earlier ones must have ended, or this
    /// is one of the job's `max_hedges`. `input_commitment` is for synthetic jobs, else zero.
    fn assign(ref self: T, job_id: u128, worker: ContractAddress, input_commitment: u256) -> u32;
    /// PaymentRouter only, within the accept window of an open job.
    fn fund(ref self: T, job_id: u128, attempt: u32, escrow_hash: felt252, auditor_epoch: u64);
    /// Owner: the attempt has not been accepted; VOID.
    fn cancel(ref self: T, job_id: u128, attempt: u32);
    /// Owner: no attempt is accepted or beyond; voids an open offer and closes the job.
    fn cancel_job(ref self: T, job_id: u128);
    /// Worker: refuses the offer; VOID.
    fn decline(ref self: T, job_id: u128, attempt: u32);
    /// Anyone, after the accept window: VOID.
    fn expire(ref self: T, job_id: u128, attempt: u32);
    /// Anyone, after the job's deadline, with no live attempt.
    fn expire_job(ref self: T, job_id: u128);
    /// Worker: becomes liable under exactly these terms. The job must be open still.
    fn accept(ref self: T, job_id: u128, attempt: u32, terms_hash: felt252);
    /// Worker, once. `proof_hash` is not zero.
    fn submit_result(
        ref self: T,
        job_id: u128,
        attempt: u32,
        result_commitment: u256,
        proof_commitment: felt252,
        proof_hash: u256,
        result_hash: u256,
    );
    /// Worker: gives up an accepted attempt for a small fee; VOID.
    fn hand_back(ref self: T, job_id: u128, attempt: u32);
    /// Anyone, after the submit window: VOID and the timeout penalty.
    fn timeout(ref self: T, job_id: u128, attempt: u32);
    /// ProofVerifier only, for a certificate it has checked.
    fn record_verdict(
        ref self: T,
        job_id: u128,
        attempt: u32,
        verdict: Verdict,
        bitmap: u256,
        reporter: ContractAddress,
    );
    /// Anyone, after the state's window: SUBMITTED → VOID, CHALLENGE → APPROVED, APPEAL →
    /// REJECTED, DISPUTED → VOID. On a final state it does nothing.
    fn finalize(ref self: T, job_id: u128, attempt: u32);
    fn job(self: @T, job_id: u128) -> Job;
    fn attempt(self: @T, job_id: u128, attempt: u32) -> Attempt;
    fn standing(self: @T, job_id: u128, attempt: u32) -> Standing;
    fn slot(self: @T, job_id: u128, attempt: u32) -> VoteSlot;
    fn terms_hash(self: @T, job_id: u128, attempt: u32) -> felt252;
    fn job_fee(self: @T) -> u256;
    /// Root of the epoch's append-only Poseidon Merkle tree of submissions (depth 32), and how many
    /// leaves it has. Leaf = Poseidon('SAGE/RESULT/1', job_id, attempt, worker, result_commitment
    /// low, high, proof_commitment, proof_hash low, high, result_hash low, high); empty leaf = 0;
    /// a node is the hash of exactly its two children.
    fn compute_root(self: @T, epoch: u64) -> (felt252, u32);
}

// ---------------------------------------------------------------------------------------------
// ProofVerifier
// ---------------------------------------------------------------------------------------------

/// constructor(owner, upgrade_delay: u64)
#[starknet::interface]
pub trait IProofVerifier<T> {
    /// Anyone: `signatures` holds one signature per set bit of `bitmap`, in ascending bit order, of
    /// validators of the attempt's vote epoch, over the SNIP-12 hash of the attempt's slot, `round`
    /// and `verdict`. Their stake must exceed two thirds of the epoch's total. Repeating the
    /// verdict already recorded does nothing.
    fn approve(
        ref self: T,
        job_id: u128,
        attempt: u32,
        round: u32,
        verdict: Verdict,
        bitmap: u256,
        signatures: Span<Signature>,
    );
    /// The hash that `validator` signs; for tools and tests.
    fn vote_hash(
        self: @T, slot: VoteSlot, round: u32, verdict: Verdict, validator: ContractAddress,
    ) -> felt252;
    fn version(self: @T) -> u32;
}

// ---------------------------------------------------------------------------------------------
// ReputationManager
// ---------------------------------------------------------------------------------------------

#[derive(Copy, Drop, Serde, PartialEq, Debug)]
pub enum Outcome {
    Approved,
    Rejected,
    TimedOut,
    HandedBack,
}

/// Scores run from 0 to 1000, start at 500 and decay towards 500. An approval raises the score in
/// proportion to the fee burnt for the job, so that wash jobs without cost buy nothing.
/// constructor(owner, upgrade_delay: u64)
#[starknet::interface]
pub trait IReputationManager<T> {
    /// JobManager only.
    fn record(ref self: T, worker: ContractAddress, outcome: Outcome, burnt: u256);
    fn score(self: @T, worker: ContractAddress) -> u16;
    /// Approved, rejected, timed out, handed back.
    fn counts(self: @T, worker: ContractAddress) -> (u32, u32, u32, u32);
}
