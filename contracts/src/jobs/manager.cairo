//! JobManager: the state machine of jobs and attempts.

#[starknet::contract]
pub mod JobManager {
    use core::num::traits::Zero;
    use starknet::storage::{
        Map, StorageMapReadAccess, StorageMapWriteAccess, StoragePathEntry,
        StoragePointerReadAccess, StoragePointerWriteAccess,
    };
    use starknet::{ContractAddress, get_block_timestamp, get_caller_address, get_contract_address};
    use crate::erc20;
    use crate::governance::exits::assert_outlasts_exits;
    use crate::governance::governed::governed;
    use crate::governance::governed::governed::InternalTrait as GovernedInternal;
    use crate::governance::wired::wired::InternalTrait as WiredInternal;
    use crate::governance::wired::{WiringCheck, wired};
    use crate::interfaces::{
        Attempt, AttemptState, IJobManager, IProofVerifierDispatcher, IProofVerifierDispatcherTrait,
        IReputationManagerDispatcher, IReputationManagerDispatcherTrait, IStakingManagerDispatcher,
        IStakingManagerDispatcherTrait, IValidatorRegistryDispatcher,
        IValidatorRegistryDispatcherTrait, Job, JobState, JobTerms, Standing, Verdict, VoteSlot,
        Windows, Wiring,
    };
    use crate::jobs::events::{
        AttemptAccepted, AttemptAssigned, AttemptFinalized, AttemptFunded, JobCreated,
        JobStateChanged, ResultSubmitted, VerdictRecorded,
    };
    use crate::jobs::submissions::submissions;
    use crate::jobs::submissions::submissions::InternalTrait as SubmissionsInternal;
    use crate::jobs::transitions::{Ending, Window};
    use crate::jobs::{result_tree, terms, transitions};

    component!(path: governed, storage: governed, event: GovernedEvent);
    component!(path: wired, storage: wired, event: WiredEvent);
    component!(path: submissions, storage: submissions, event: SubmissionsEvent);

    /// Bounds what cancelling a job has to look through.
    const MAX_ATTEMPTS: u32 = 100;
    /// A job that failed on so many distinct workers is at fault itself.
    const QUARANTINE_AT: u8 = 3;
    /// How many epochs evidence against a validator may take to arrive after the last verdict that
    /// it could sign, while its stake is still there.
    const EVIDENCE_EPOCHS: u64 = 1;

    /// The certificate that an attempt's verdict rests on.
    #[derive(Copy, Drop, starknet::Store)]
    struct Certificate {
        bitmap: u256,
        reporter: ContractAddress,
    }

    #[storage]
    struct Storage {
        #[substorage(v0)]
        governed: governed::Storage,
        #[substorage(v0)]
        wired: wired::Storage,
        #[substorage(v0)]
        submissions: submissions::Storage,
        job_fee: u256,
        min_windows: Windows,
        max_windows: Windows,
        jobs: Map<u128, Job>,
        /// How many of a job's attempts have not ended.
        live: Map<u128, u32>,
        failed: Map<(u128, ContractAddress), bool>,
        attempts: Map<(u128, u32), Attempt>,
        certificates: Map<(u128, u32), Certificate>,
    }

    #[event]
    #[derive(Drop, PartialEq, starknet::Event)]
    pub enum Event {
        #[flat]
        GovernedEvent: governed::Event,
        #[flat]
        WiredEvent: wired::Event,
        #[flat]
        SubmissionsEvent: submissions::Event,
        JobCreated: JobCreated,
        JobStateChanged: JobStateChanged,
        AttemptAssigned: AttemptAssigned,
        AttemptFunded: AttemptFunded,
        AttemptAccepted: AttemptAccepted,
        ResultSubmitted: ResultSubmitted,
        VerdictRecorded: VerdictRecorded,
        AttemptFinalized: AttemptFinalized,
    }

    #[constructor]
    fn constructor(
        ref self: ContractState,
        owner: ContractAddress,
        upgrade_delay: u64,
        job_fee: u256,
        min_windows: Windows,
        max_windows: Windows,
    ) {
        terms::assert_bounds(min_windows, max_windows);
        self.governed.initialize(owner, upgrade_delay);
        self.job_fee.write(job_fee);
        self.min_windows.write(min_windows);
        self.max_windows.write(max_windows);
    }

    #[abi(embed_v0)]
    impl Governed = governed::Governed<ContractState>;
    #[abi(embed_v0)]
    impl Wired = wired::Wired<ContractState>;

    impl Check of WiringCheck<ContractState> {
        /// Stake must not be able to leave before the longest attempt has ended, nor the rules to
        /// change within one.
        fn check(self: @ContractState, wiring: Wiring) {
            assert(wiring.jobs == get_contract_address(), 'wiring names another JobManager');
            assert_outlasts_exits(self.governed.upgrade_delay(), wiring);
            let windows = self.max_windows.read();
            let verdict = terms::longest_verdict(windows);
            assert(
                self.governed.upgrade_delay() > windows.accept + windows.submit + verdict,
                'upgrade delay within an attempt',
            );
            let cooldown = staking(wiring).cooldown();
            assert(cooldown > windows.submit + verdict, 'cooldown within an attempt');
            let registry = validators(wiring);
            let evidence = EVIDENCE_EPOCHS * registry.epoch_length();
            assert(
                registry.unbonding() > registry.epoch_length() + verdict + evidence,
                'unbonding within an attempt',
            );
        }
    }

    #[abi(embed_v0)]
    impl Jobs of IJobManager<ContractState> {
        fn create(ref self: ContractState, terms: JobTerms) -> u128 {
            self.governed.assert_entry_open();
            let wiring = self.wired.required();
            assert_sealed(wiring);
            let owner = get_caller_address();
            let now = get_block_timestamp();
            let version = IProofVerifierDispatcher { contract_address: wiring.proofs }.version();
            terms::assert_sound(
                terms, self.min_windows.read(), self.max_windows.read(), version, now,
            );
            let job_id = terms::job_id(owner, terms.salt);
            let entry = self.jobs.entry(job_id);
            assert(entry.state.read() == JobState::None, 'job exists already');

            let fee = self.job_fee.read();
            entry
                .write(
                    Job {
                        owner,
                        state: JobState::Open,
                        attempts: 0,
                        hedges: 0,
                        failed_workers: 0,
                        created_at: now,
                        terms,
                    },
                );
            self.emit(JobCreated { job_id, owner, terms, fee });
            erc20::collect(wiring.token, owner, fee);
            erc20::burn(wiring.token, fee);
            job_id
        }

        fn job_id_of(self: @ContractState, caller: ContractAddress, salt: felt252) -> u128 {
            terms::job_id(caller, salt)
        }

        fn assign(
            ref self: ContractState, job_id: u128, worker: ContractAddress, input_commitment: u256,
        ) -> u32 {
            self.governed.assert_entry_open();
            let wiring = self.wired.required();
            let job = self.open_job_of_caller(job_id);
            let now = get_block_timestamp();
            let terms = job.terms;
            assert(terms.deadline == 0 || now <= terms.deadline, 'job deadline passed');
            assert(worker != job.owner, 'worker is the owner');
            assert(
                staking(wiring).is_eligible(worker, terms.min_tier, terms.attested),
                'worker not eligible',
            );
            assert(job.attempts < MAX_ATTEMPTS, 'too many attempts');
            let input_commitment = if terms.synthetic {
                assert(input_commitment.is_non_zero(), 'input commitment is zero');
                input_commitment
            } else {
                assert(input_commitment.is_zero(), 'input is fixed by the job');
                terms.input_commitment
            };
            let live = self.live.read(job_id);
            let hedge = live > 0;
            assert(!hedge || job.hedges < terms.max_hedges, 'no hedges left');

            let entry = self.jobs.entry(job_id);
            let attempt = job.attempts + 1;
            entry.attempts.write(attempt);
            if hedge {
                entry.hedges.write(job.hedges + 1);
            }
            self.live.write(job_id, live + 1);
            let accept_by = now + terms.windows.accept;
            let offer = self.attempts.entry((job_id, attempt));
            offer.state.write(AttemptState::Assigned);
            offer.worker.write(worker);
            offer.deadline.write(accept_by);
            offer.input_commitment.write(input_commitment);
            self
                .emit(
                    AttemptAssigned { job_id, attempt, worker, input_commitment, hedge, accept_by },
                );
            attempt
        }

        fn fund(
            ref self: ContractState,
            job_id: u128,
            attempt: u32,
            escrow_hash: felt252,
            auditor_epoch: u64,
        ) {
            self.governed.assert_entry_open();
            assert(get_caller_address() == self.wired.payments(), 'caller is not PaymentRouter');
            let entry = self.attempts.entry((job_id, attempt));
            assert(entry.state.read() == AttemptState::Assigned, 'attempt not ASSIGNED');
            let job = self.jobs.entry(job_id);
            assert(job.state.read() == JobState::Open, 'job not open');
            let accept_by = entry.deadline.read();
            assert(get_block_timestamp() <= accept_by, 'accept window over');
            assert(escrow_hash.is_non_zero(), 'escrow hash is zero');

            let worker = entry.worker.read();
            let terms_hash = terms::terms_hash(
                job_id,
                attempt,
                job.terms.read(),
                worker,
                entry.input_commitment.read(),
                escrow_hash,
                auditor_epoch,
            );
            entry.state.write(AttemptState::Funded);
            entry.escrow_hash.write(escrow_hash);
            entry.auditor_epoch.write(auditor_epoch);
            entry.terms_hash.write(terms_hash);
            self
                .emit(
                    AttemptFunded {
                        job_id, attempt, worker, escrow_hash, auditor_epoch, terms_hash, accept_by,
                    },
                );
        }

        fn cancel(ref self: ContractState, job_id: u128, attempt: u32) {
            assert(
                get_caller_address() == self.jobs.entry(job_id).owner.read(),
                'caller is not the job owner',
            );
            self.withdraw_offer(job_id, attempt, 'cancelled');
        }

        fn cancel_job(ref self: ContractState, job_id: u128) {
            let job = self.open_job_of_caller(job_id);
            for attempt in 1..job.attempts + 1 {
                let state = self.attempts.entry((job_id, attempt)).state.read();
                assert(!transitions::is_liable(state), 'an attempt is accepted');
                if transitions::is_offer(state) {
                    self.withdraw_offer(job_id, attempt, 'job cancelled');
                }
            }
            self.set_job_state(job_id, JobState::Cancelled);
        }

        fn decline(ref self: ContractState, job_id: u128, attempt: u32) {
            self.assert_worker(job_id, attempt);
            self.withdraw_offer(job_id, attempt, 'declined');
        }

        fn expire(ref self: ContractState, job_id: u128, attempt: u32) {
            let deadline = self.attempts.entry((job_id, attempt)).deadline.read();
            assert(get_block_timestamp() > deadline, 'accept window not over');
            self.withdraw_offer(job_id, attempt, 'expired');
        }

        fn expire_job(ref self: ContractState, job_id: u128) {
            let entry = self.jobs.entry(job_id);
            assert(entry.state.read() == JobState::Open, 'job not open');
            let deadline = entry.terms.deadline.read();
            assert(deadline != 0, 'job has no deadline');
            assert(get_block_timestamp() > deadline, 'job deadline not passed');
            assert(self.live.read(job_id) == 0, 'an attempt is alive');
            self.set_job_state(job_id, JobState::Expired);
        }

        fn accept(ref self: ContractState, job_id: u128, attempt: u32, terms_hash: felt252) {
            self.governed.assert_entry_open();
            let wiring = self.wired.required();
            assert_sealed(wiring);
            self.assert_worker(job_id, attempt);
            let entry = self.attempts.entry((job_id, attempt));
            let worker = entry.worker.read();
            assert(entry.state.read() == AttemptState::Funded, 'attempt not FUNDED');
            let now = get_block_timestamp();
            assert(now <= entry.deadline.read(), 'accept window over');
            assert(terms_hash == entry.terms_hash.read(), 'terms hash differs');
            let job = self.jobs.read(job_id);
            assert(job.state == JobState::Open, 'job not open');
            let staking = staking(wiring);
            assert(
                staking.is_eligible(worker, job.terms.min_tier, job.terms.attested),
                'worker not eligible',
            );

            let submit_by = now + job.terms.windows.submit;
            entry.state.write(AttemptState::Accepted);
            entry.deadline.write(submit_by);
            let (stake, bond) = staking.open_bond(worker);
            entry.stake_at_accept.write(stake);
            entry.bond.write(bond);
            self
                .emit(
                    AttemptAccepted { job_id, attempt, worker, terms_hash, stake, bond, submit_by },
                );
        }

        fn submit_result(
            ref self: ContractState,
            job_id: u128,
            attempt: u32,
            result_commitment: u256,
            proof_commitment: felt252,
            proof_hash: u256,
            result_hash: u256,
        ) {
            let wiring = self.wired.required();
            self.assert_worker(job_id, attempt);
            let entry = self.attempts.entry((job_id, attempt));
            assert(entry.state.read() == AttemptState::Accepted, 'attempt not ACCEPTED');
            let now = get_block_timestamp();
            assert(now <= entry.deadline.read(), 'submit window over');
            assert(proof_hash.is_non_zero(), 'proof hash is zero');
            assert_sealed(wiring);
            let vote_epoch = validators(wiring).current_epoch();

            let decide_by = now + self.jobs.entry(job_id).terms.windows.decide.read();
            entry.state.write(AttemptState::Submitted);
            entry.deadline.write(decide_by);
            entry.result_commitment.write(result_commitment);
            entry.proof_commitment.write(proof_commitment);
            entry.proof_hash.write(proof_hash);
            entry.result_hash.write(result_hash);
            entry.vote_epoch.write(vote_epoch);
            let slot = self.slot(job_id, attempt);
            let leaf = self.submissions.append(vote_epoch, result_tree::leaf(slot));
            self
                .emit(
                    ResultSubmitted {
                        job_id,
                        attempt,
                        worker: slot.worker,
                        verifier_version: slot.verifier_version,
                        vote_epoch,
                        input_commitment: slot.input_commitment,
                        result_commitment,
                        proof_commitment,
                        proof_hash,
                        result_hash,
                        leaf,
                        decide_by,
                    },
                );
        }

        fn hand_back(ref self: ContractState, job_id: u128, attempt: u32) {
            self.assert_worker(job_id, attempt);
            let entry = self.attempts.entry((job_id, attempt));
            assert(entry.state.read() == AttemptState::Accepted, 'attempt not ACCEPTED');
            assert(get_block_timestamp() <= entry.deadline.read(), 'submit window over');
            self.end(job_id, attempt, transitions::handed_back());
        }

        fn timeout(ref self: ContractState, job_id: u128, attempt: u32) {
            let entry = self.attempts.entry((job_id, attempt));
            assert(entry.state.read() == AttemptState::Accepted, 'attempt not ACCEPTED');
            assert(get_block_timestamp() > entry.deadline.read(), 'submit window not over');
            self.end(job_id, attempt, transitions::timed_out());
        }

        fn record_verdict(
            ref self: ContractState,
            job_id: u128,
            attempt: u32,
            verdict: Verdict,
            bitmap: u256,
            reporter: ContractAddress,
        ) {
            let wiring = self.wired.required();
            assert(get_caller_address() == wiring.proofs, 'caller is not ProofVerifier');
            let entry = self.attempts.entry((job_id, attempt));
            let ruling = transitions::on_certificate(
                entry.state.read(), entry.verdict.read(), verdict,
            )
                .expect('verdict not open in this state');
            let now = get_block_timestamp();
            assert(now <= entry.deadline.read(), 'verdict comes too late');

            let windows = self.jobs.entry(job_id).terms.windows;
            let deadline = now
                + match ruling.window {
                    Window::Challenge => windows.challenge.read(),
                    Window::Appeal => windows.appeal.read(),
                };
            let contradicted = self.certificates.read((job_id, attempt)).bitmap;
            entry.state.write(ruling.state);
            entry.deadline.write(deadline);
            entry.verdict.write(verdict);
            self.certificates.write((job_id, attempt), Certificate { bitmap, reporter });
            let worker = entry.worker.read();
            self
                .emit(
                    VerdictRecorded {
                        job_id,
                        attempt,
                        worker,
                        verdict,
                        bitmap,
                        reporter,
                        state: ruling.state,
                        deadline,
                    },
                );
            if ruling.contradiction {
                let liars = contradicted & bitmap;
                let epoch = entry.vote_epoch.read();
                let rewarded = self.rewarded_reporter(job_id, attempt);
                validators(wiring).slash_signers(epoch, liars, job_id, attempt, rewarded);
            }
        }

        fn finalize(ref self: ContractState, job_id: u128, attempt: u32) {
            let entry = self.attempts.entry((job_id, attempt));
            let state = entry.state.read();
            if transitions::is_final(state) {
                return;
            }
            let ending = transitions::on_window_over(state, entry.verdict.read())
                .expect('nothing to finalize');
            assert(get_block_timestamp() > entry.deadline.read(), 'window not over');
            self.end(job_id, attempt, ending);
        }

        fn job(self: @ContractState, job_id: u128) -> Job {
            self.jobs.read(job_id)
        }

        fn attempt(self: @ContractState, job_id: u128, attempt: u32) -> Attempt {
            self.attempts.read((job_id, attempt))
        }

        fn standing(self: @ContractState, job_id: u128, attempt: u32) -> Standing {
            let entry = self.attempts.entry((job_id, attempt));
            Standing {
                owner: self.jobs.entry(job_id).owner.read(),
                worker: entry.worker.read(),
                state: entry.state.read(),
                proof_commitment: entry.proof_commitment.read(),
            }
        }

        fn slot(self: @ContractState, job_id: u128, attempt: u32) -> VoteSlot {
            let entry = self.attempts.entry((job_id, attempt));
            let proof_hash = entry.proof_hash.read();
            assert(proof_hash.is_non_zero(), 'no result submitted');
            VoteSlot {
                verifier_version: self.jobs.entry(job_id).terms.verifier_version.read(),
                vote_epoch: entry.vote_epoch.read(),
                job_id,
                attempt,
                worker: entry.worker.read(),
                terms_hash: entry.terms_hash.read(),
                input_commitment: entry.input_commitment.read(),
                result_commitment: entry.result_commitment.read(),
                proof_commitment: entry.proof_commitment.read(),
                proof_hash,
                result_hash: entry.result_hash.read(),
            }
        }

        fn terms_hash(self: @ContractState, job_id: u128, attempt: u32) -> felt252 {
            let hash = self.attempts.entry((job_id, attempt)).terms_hash.read();
            assert(hash.is_non_zero(), 'attempt not funded');
            hash
        }

        fn job_fee(self: @ContractState) -> u256 {
            self.job_fee.read()
        }

        fn compute_root(self: @ContractState, epoch: u64) -> (felt252, u32) {
            self.submissions.root(epoch)
        }
    }

    #[generate_trait]
    impl Private of PrivateTrait {
        fn open_job_of_caller(self: @ContractState, job_id: u128) -> Job {
            let job = self.jobs.read(job_id);
            assert(job.state != JobState::None, 'no such job');
            assert(get_caller_address() == job.owner, 'caller is not the job owner');
            assert(job.state == JobState::Open, 'job not open');
            job
        }

        fn assert_worker(self: @ContractState, job_id: u128, attempt: u32) {
            let worker = self.attempts.entry((job_id, attempt)).worker.read();
            assert(worker.is_non_zero(), 'no such attempt');
            assert(get_caller_address() == worker, 'caller is not the worker');
        }

        fn set_job_state(ref self: ContractState, job_id: u128, state: JobState) {
            self.jobs.entry(job_id).state.write(state);
            self.emit(JobStateChanged { job_id, state });
        }

        /// VOID for an offer that was not accepted.
        fn withdraw_offer(ref self: ContractState, job_id: u128, attempt: u32, cause: felt252) {
            let entry = self.attempts.entry((job_id, attempt));
            assert(transitions::is_offer(entry.state.read()), 'attempt not an open offer');
            self.write_end(job_id, attempt, AttemptState::Void);
            let worker = entry.worker.read();
            let state = AttemptState::Void;
            self.emit(AttemptFinalized { job_id, attempt, worker, state, cause, slashed: 0 });
        }

        /// Ends an accepted attempt: slashes as the ending says, releases the bond, and tells
        /// ReputationManager. All of this contract's state is written before it calls another.
        fn end(ref self: ContractState, job_id: u128, attempt: u32, ending: Ending) {
            let wiring = self.wired.required();
            let entry = self.attempts.entry((job_id, attempt));
            let worker = entry.worker.read();
            self.write_end(job_id, attempt, ending.state);
            let first_approval = ending.state == AttemptState::Approved
                && self.note_approval(job_id);
            if ending.failure {
                self.note_failure(job_id, worker);
            }

            let staking = staking(wiring);
            let mut slashed = 0;
            if let Some(offence) = ending.offence {
                let cap = self.jobs.entry(job_id).terms.penalty_cap.read();
                let base = entry.stake_at_accept.read();
                let reporter = self.rewarded_reporter(job_id, attempt);
                slashed = staking.slash(worker, base, offence, cap, reporter, job_id, attempt);
                entry.slashed.write(slashed);
            }
            staking.close_bond(worker, entry.bond.read());
            if let Some(outcome) = ending.outcome {
                // One fee burnt raises one score once.
                let burnt = if first_approval {
                    self.job_fee.read()
                } else {
                    0
                };
                IReputationManagerDispatcher { contract_address: wiring.reputation }
                    .record(worker, outcome, burnt);
            }
            let Ending { state, cause, .. } = ending;
            self.emit(AttemptFinalized { job_id, attempt, worker, state, cause, slashed });
        }

        fn write_end(ref self: ContractState, job_id: u128, attempt: u32, state: AttemptState) {
            let entry = self.attempts.entry((job_id, attempt));
            entry.state.write(state);
            entry.deadline.write(0);
            self.live.write(job_id, self.live.read(job_id) - 1);
        }

        /// Whether this is the job's first approval, which makes it DONE.
        fn note_approval(ref self: ContractState, job_id: u128) -> bool {
            let state = self.jobs.entry(job_id).state.read();
            if state == JobState::Done {
                return false;
            }
            self.set_job_state(job_id, JobState::Done);
            true
        }

        fn note_failure(ref self: ContractState, job_id: u128, worker: ContractAddress) {
            if self.failed.read((job_id, worker)) {
                return;
            }
            self.failed.write((job_id, worker), true);
            let entry = self.jobs.entry(job_id);
            let failed_workers = entry.failed_workers.read() + 1;
            entry.failed_workers.write(failed_workers);
            if failed_workers >= QUARANTINE_AT && entry.state.read() == JobState::Open {
                self.set_job_state(job_id, JobState::Quarantined);
            }
        }

        /// Who brought the attempt's last certificate. Nobody when that is the payer, who gets
        /// nothing of what is slashed.
        fn rewarded_reporter(self: @ContractState, job_id: u128, attempt: u32) -> ContractAddress {
            let reporter = self.certificates.entry((job_id, attempt)).reporter.read();
            if reporter == self.jobs.entry(job_id).owner.read() {
                Zero::zero()
            } else {
                reporter
            }
        }
    }

    /// Without sealed validators no epoch has a table that could judge a result.
    fn assert_sealed(wiring: Wiring) {
        assert(validators(wiring).genesis_sealed(), 'validators not sealed');
    }

    fn staking(wiring: Wiring) -> IStakingManagerDispatcher {
        IStakingManagerDispatcher { contract_address: wiring.staking }
    }

    fn validators(wiring: Wiring) -> IValidatorRegistryDispatcher {
        IValidatorRegistryDispatcher { contract_address: wiring.validators }
    }
}
