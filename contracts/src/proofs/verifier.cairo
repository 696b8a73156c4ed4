//! ProofVerifier: checks certificates of validators and passes their verdict on.

#[starknet::contract]
pub mod ProofVerifier {
    use starknet::{ContractAddress, get_caller_address, get_contract_address};
    use crate::governance::exits::assert_outlasts_exits;
    use crate::governance::governed::governed;
    use crate::governance::governed::governed::InternalTrait as GovernedInternal;
    use crate::governance::wired::wired::InternalTrait as WiredInternal;
    use crate::governance::wired::{WiringCheck, wired};
    use crate::interfaces::{
        IJobManagerDispatcher, IJobManagerDispatcherTrait, IProofVerifier,
        IValidatorRegistryDispatcher, IValidatorRegistryDispatcherTrait, Signature, Verdict,
        VoteSlot, Wiring,
    };
    use crate::proofs::quorum::{is_quorum, signers};
    use crate::{signatures, snip12, votes};

    component!(path: governed, storage: governed, event: GovernedEvent);
    component!(path: wired, storage: wired, event: WiredEvent);

    /// The rules by which proofs are checked. A change of rules is a new version; jobs name theirs.
    const VERSION: u32 = 1;

    #[storage]
    struct Storage {
        #[substorage(v0)]
        governed: governed::Storage,
        #[substorage(v0)]
        wired: wired::Storage,
    }

    #[event]
    #[derive(Drop, PartialEq, starknet::Event)]
    pub enum Event {
        #[flat]
        GovernedEvent: governed::Event,
        #[flat]
        WiredEvent: wired::Event,
        CertificateAccepted: CertificateAccepted,
    }

    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct CertificateAccepted {
        #[key]
        pub job_id: u128,
        #[key]
        pub attempt: u32,
        pub round: u32,
        pub verdict: Verdict,
        pub bitmap: u256,
        pub stake: u256,
        pub total: u256,
        pub reporter: ContractAddress,
    }

    #[constructor]
    fn constructor(ref self: ContractState, owner: ContractAddress, upgrade_delay: u64) {
        self.governed.initialize(owner, upgrade_delay);
    }

    #[abi(embed_v0)]
    impl Governed = governed::Governed<ContractState>;
    #[abi(embed_v0)]
    impl Wired = wired::Wired<ContractState>;

    impl Check of WiringCheck<ContractState> {
        fn check(self: @ContractState, wiring: Wiring) {
            assert(wiring.proofs == get_contract_address(), 'wiring names another verifier');
            assert_outlasts_exits(self.governed.upgrade_delay(), wiring);
        }
    }

    #[abi(embed_v0)]
    impl Verifier of IProofVerifier<ContractState> {
        fn approve(
            ref self: ContractState,
            job_id: u128,
            attempt: u32,
            round: u32,
            verdict: Verdict,
            bitmap: u256,
            signatures: Span<Signature>,
        ) {
            assert(verdict != Verdict::None, 'verdict is none');
            let wiring = self.wired.required();
            let jobs = IJobManagerDispatcher { contract_address: wiring.jobs };
            if jobs.attempt(job_id, attempt).verdict == verdict {
                return;
            }

            let slot = jobs.slot(job_id, attempt);
            let table = IValidatorRegistryDispatcher { contract_address: wiring.validators }
                .table(slot.vote_epoch);
            let signed = signers(table.span(), bitmap);
            assert(signatures.len() == signed.entries.len(), 'signatures do not match bitmap');
            assert(is_quorum(signed.stake, signed.total), 'signed stake is no quorum');
            let domain = snip12::domain_hash();
            let vote = votes::vote_struct_hash(get_contract_address(), slot, round, verdict);
            let mut remaining = signatures;
            for entry in signed.entries {
                let message = snip12::message_hash(domain, entry.validator, vote);
                let signature = *remaining.pop_front().unwrap();
                assert(
                    signatures::verifies(message, entry.vote_key, signature),
                    'vote signature invalid',
                );
            }

            let reporter = get_caller_address();
            self
                .emit(
                    CertificateAccepted {
                        job_id,
                        attempt,
                        round,
                        verdict,
                        bitmap,
                        stake: signed.stake,
                        total: signed.total,
                        reporter,
                    },
                );
            jobs.record_verdict(job_id, attempt, verdict, bitmap, reporter);
        }

        fn vote_hash(
            self: @ContractState,
            slot: VoteSlot,
            round: u32,
            verdict: Verdict,
            validator: ContractAddress,
        ) -> felt252 {
            let vote = votes::vote_struct_hash(get_contract_address(), slot, round, verdict);
            snip12::message_hash(snip12::domain_hash(), validator, vote)
        }

        fn version(self: @ContractState) -> u32 {
            VERSION
        }
    }
}
