//! What JobManager tells its followers.

use starknet::ContractAddress;
use crate::interfaces::{AttemptState, JobState, JobTerms, Verdict};

#[derive(Drop, PartialEq, starknet::Event)]
pub struct JobCreated {
    #[key]
    pub job_id: u128,
    #[key]
    pub owner: ContractAddress,
    pub terms: JobTerms,
    /// What was burnt for it.
    pub fee: u256,
}

#[derive(Drop, PartialEq, starknet::Event)]
pub struct JobStateChanged {
    #[key]
    pub job_id: u128,
    pub state: JobState,
}

#[derive(Drop, PartialEq, starknet::Event)]
pub struct AttemptAssigned {
    #[key]
    pub job_id: u128,
    #[key]
    pub attempt: u32,
    #[key]
    pub worker: ContractAddress,
    pub input_commitment: u256,
    /// Another attempt of the job was alive.
    pub hedge: bool,
    pub accept_by: u64,
}

#[derive(Drop, PartialEq, starknet::Event)]
pub struct AttemptFunded {
    #[key]
    pub job_id: u128,
    #[key]
    pub attempt: u32,
    #[key]
    pub worker: ContractAddress,
    pub escrow_hash: felt252,
    pub auditor_epoch: u64,
    pub terms_hash: felt252,
    pub accept_by: u64,
}

#[derive(Drop, PartialEq, starknet::Event)]
pub struct AttemptAccepted {
    #[key]
    pub job_id: u128,
    #[key]
    pub attempt: u32,
    #[key]
    pub worker: ContractAddress,
    pub terms_hash: felt252,
    pub stake: u256,
    pub bond: u256,
    pub submit_by: u64,
}

/// With chain and ProofVerifier, all that a vote is about.
#[derive(Drop, PartialEq, starknet::Event)]
pub struct ResultSubmitted {
    #[key]
    pub job_id: u128,
    #[key]
    pub attempt: u32,
    #[key]
    pub worker: ContractAddress,
    pub verifier_version: u32,
    pub vote_epoch: u64,
    pub input_commitment: u256,
    pub result_commitment: u256,
    pub proof_commitment: felt252,
    pub proof_hash: u256,
    pub result_hash: u256,
    /// Position in the epoch's tree of submissions.
    pub leaf: u32,
    pub decide_by: u64,
}

#[derive(Drop, PartialEq, starknet::Event)]
pub struct VerdictRecorded {
    #[key]
    pub job_id: u128,
    #[key]
    pub attempt: u32,
    #[key]
    pub worker: ContractAddress,
    pub verdict: Verdict,
    pub bitmap: u256,
    pub reporter: ContractAddress,
    pub state: AttemptState,
    pub deadline: u64,
}

/// The attempt ended: APPROVED, REJECTED or VOID, and why.
#[derive(Drop, PartialEq, starknet::Event)]
pub struct AttemptFinalized {
    #[key]
    pub job_id: u128,
    #[key]
    pub attempt: u32,
    #[key]
    pub worker: ContractAddress,
    pub state: AttemptState,
    pub cause: felt252,
    pub slashed: u256,
}
