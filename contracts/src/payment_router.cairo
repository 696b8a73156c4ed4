//! The entry point of job payments: it ties escrows to the state of attempts.

use starknet::ContractAddress;
use crate::privacy::interface::{Escrow, Payment};

/// Holds nothing: PrivacyRouter keeps balances and escrows, JobManager the states.
/// constructor(owner, upgrade_delay: u64)
#[starknet::interface]
pub trait IPaymentRouter<T> {
    /// The job's owner locks the price of an attempt in state ASSIGNED, to its assigned worker,
    /// under the auditor key of `key_epoch`. Once an attempt.
    fn pay(ref self: T, job_id: u128, attempt: u32, key_epoch: u64, payment: Payment);
    /// Anyone: credits the worker's pending balance once the attempt is APPROVED. A repetition
    /// moves nothing.
    fn release(ref self: T, escrow: Escrow);
    /// Anyone: credits the payer's pending balance once the attempt is VOID or REJECTED. A
    /// repetition moves nothing.
    fn refund(ref self: T, escrow: Escrow);
}

#[starknet::contract]
pub mod PaymentRouter {
    use starknet::{get_caller_address, get_contract_address};
    use crate::governance::exits::assert_outlasts_exits;
    use crate::governance::governed::governed;
    use crate::governance::governed::governed::InternalTrait as GovernedInternal;
    use crate::governance::wired::wired::InternalTrait as WiredInternal;
    use crate::governance::wired::{WiringCheck, wired};
    use crate::interfaces::{
        AttemptState, IGoverned, IJobManagerDispatcher, IJobManagerDispatcherTrait, Wiring,
    };
    use crate::privacy::interface::{IPrivacyRouterDispatcher, IPrivacyRouterDispatcherTrait};
    use super::{ContractAddress, Escrow, IPaymentRouter, Payment};

    component!(path: governed, storage: governed, event: GovernedEvent);
    component!(path: wired, storage: wired, event: WiredEvent);

    #[abi(embed_v0)]
    impl Governed = governed::Governed<ContractState>;
    #[abi(embed_v0)]
    impl Wired = wired::Wired<ContractState>;

    #[storage]
    struct Storage {
        #[substorage(v0)]
        governed: governed::Storage,
        #[substorage(v0)]
        wired: wired::Storage,
    }

    #[event]
    #[derive(Drop, starknet::Event)]
    pub enum Event {
        #[flat]
        GovernedEvent: governed::Event,
        #[flat]
        WiredEvent: wired::Event,
        Paid: Paid,
        Released: Released,
        Refunded: Refunded,
    }

    /// The tuple and the hints are in PrivacyRouter's PaymentLocked of the same transaction.
    #[derive(Drop, starknet::Event)]
    pub struct Paid {
        #[key]
        pub job_id: u128,
        #[key]
        pub attempt: u32,
        #[key]
        pub worker: ContractAddress,
        pub payer: ContractAddress,
        pub escrow_hash: felt252,
    }

    /// `proof_commitment` is the one that was approved.
    #[derive(Drop, starknet::Event)]
    pub struct Released {
        #[key]
        pub job_id: u128,
        #[key]
        pub attempt: u32,
        #[key]
        pub worker: ContractAddress,
        pub proof_commitment: felt252,
        pub escrow: Escrow,
    }

    #[derive(Drop, starknet::Event)]
    pub struct Refunded {
        #[key]
        pub job_id: u128,
        #[key]
        pub attempt: u32,
        #[key]
        pub payer: ContractAddress,
        pub escrow: Escrow,
    }

    #[constructor]
    fn constructor(ref self: ContractState, owner: ContractAddress, upgrade_delay: u64) {
        self.governed.initialize(owner, upgrade_delay);
    }

    impl Check of WiringCheck<ContractState> {
        fn check(self: @ContractState, wiring: Wiring) {
            assert(wiring.payments == get_contract_address(), 'payments is another contract');
            assert_outlasts_exits(self.governed.upgrade_delay(), wiring);
        }
    }

    #[abi(embed_v0)]
    impl Router of IPaymentRouter<ContractState> {
        fn pay(
            ref self: ContractState, job_id: u128, attempt: u32, key_epoch: u64, payment: Payment,
        ) {
            self.governed.assert_entry_open();
            let payer = get_caller_address();
            let jobs = self.jobs();
            let offer = jobs.standing(job_id, attempt);
            assert(offer.owner == payer, 'caller does not own the job');
            assert(offer.state == AttemptState::Assigned, 'attempt is not assigned');
            let worker = offer.worker;
            let escrow_hash = self
                .privacy()
                .lock(payer, worker, job_id, attempt, key_epoch, payment);
            jobs.fund(job_id, attempt, escrow_hash, key_epoch);
            self.emit(Paid { job_id, attempt, worker, payer, escrow_hash });
        }

        fn release(ref self: ContractState, escrow: Escrow) {
            let Escrow { job_id, attempt, worker, .. } = escrow;
            let done = self.jobs().standing(job_id, attempt);
            assert(done.state == AttemptState::Approved, 'attempt is not approved');
            if self.privacy().credit_worker(escrow) {
                let proof_commitment = done.proof_commitment;
                self.emit(Released { job_id, attempt, worker, proof_commitment, escrow });
            }
        }

        fn refund(ref self: ContractState, escrow: Escrow) {
            let Escrow { job_id, attempt, payer, .. } = escrow;
            let state = self.jobs().standing(job_id, attempt).state;
            assert(
                state == AttemptState::Void || state == AttemptState::Rejected,
                'attempt has not failed',
            );
            if self.privacy().credit_payer(escrow) {
                self.emit(Refunded { job_id, attempt, payer, escrow });
            }
        }
    }

    #[generate_trait]
    impl Internal of InternalTrait {
        fn jobs(self: @ContractState) -> IJobManagerDispatcher {
            IJobManagerDispatcher { contract_address: self.wired.jobs() }
        }

        fn privacy(self: @ContractState) -> IPrivacyRouterDispatcher {
            IPrivacyRouterDispatcher { contract_address: self.wired.privacy() }
        }
    }
}
