//! ReputationManager: a public score for every worker. Nothing is decided by it on-chain.

#[starknet::contract]
pub mod ReputationManager {
    use starknet::storage::{Map, StorageMapReadAccess, StorageMapWriteAccess};
    use starknet::{ContractAddress, get_block_timestamp, get_caller_address, get_contract_address};
    use crate::governance::exits::assert_outlasts_exits;
    use crate::governance::governed::governed;
    use crate::governance::governed::governed::InternalTrait as GovernedInternal;
    use crate::governance::wired::wired::InternalTrait as WiredInternal;
    use crate::governance::wired::{WiringCheck, wired};
    use crate::interfaces::{IReputationManager, Outcome, Wiring};
    use crate::reputation::score;

    component!(path: governed, storage: governed, event: GovernedEvent);
    component!(path: wired, storage: wired, event: WiredEvent);

    #[derive(Copy, Drop, starknet::Store)]
    struct Standing {
        /// In thousandths of a point, as of `updated_at`; 0 there: never touched.
        score: u32,
        updated_at: u64,
        approved: u32,
        rejected: u32,
        timed_out: u32,
        handed_back: u32,
    }

    #[storage]
    struct Storage {
        #[substorage(v0)]
        governed: governed::Storage,
        #[substorage(v0)]
        wired: wired::Storage,
        standings: Map<ContractAddress, Standing>,
    }

    #[event]
    #[derive(Drop, PartialEq, starknet::Event)]
    pub enum Event {
        #[flat]
        GovernedEvent: governed::Event,
        #[flat]
        WiredEvent: wired::Event,
        ReputationChanged: ReputationChanged,
    }

    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct ReputationChanged {
        #[key]
        pub worker: ContractAddress,
        pub outcome: Outcome,
        pub score: u16,
        pub burnt: u256,
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
            assert(wiring.reputation == get_contract_address(), 'wiring names another reputation');
            assert_outlasts_exits(self.governed.upgrade_delay(), wiring);
        }
    }

    #[abi(embed_v0)]
    impl Reputation of IReputationManager<ContractState> {
        fn record(ref self: ContractState, worker: ContractAddress, outcome: Outcome, burnt: u256) {
            assert(get_caller_address() == self.wired.required().jobs, 'caller is not JobManager');
            let mut standing = self.standings.read(worker);
            standing.score = score::moved(current(standing), outcome, burnt);
            standing.updated_at = get_block_timestamp();
            match outcome {
                Outcome::Approved => standing.approved += 1,
                Outcome::Rejected => standing.rejected += 1,
                Outcome::TimedOut => standing.timed_out += 1,
                Outcome::HandedBack => standing.handed_back += 1,
            }
            self.standings.write(worker, standing);
            let points = in_points(standing.score);
            self.emit(ReputationChanged { worker, outcome, score: points, burnt });
        }

        fn score(self: @ContractState, worker: ContractAddress) -> u16 {
            in_points(current(self.standings.read(worker)))
        }

        fn counts(self: @ContractState, worker: ContractAddress) -> (u32, u32, u32, u32) {
            let Standing {
                approved, rejected, timed_out, handed_back, ..,
            } = self.standings.read(worker);
            (approved, rejected, timed_out, handed_back)
        }
    }

    fn current(standing: Standing) -> u32 {
        if standing.updated_at == 0 {
            score::START
        } else {
            score::decayed(standing.score, get_block_timestamp() - standing.updated_at)
        }
    }

    fn in_points(score: u32) -> u16 {
        (score / score::POINT).try_into().unwrap()
    }
}
