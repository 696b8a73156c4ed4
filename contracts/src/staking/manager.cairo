//! StakingManager: holds the workers' stakes.

#[starknet::contract]
pub mod StakingManager {
    use core::cmp::min;
    use core::num::traits::Zero;
    use starknet::secp256_trait::Secp256Trait;
    use starknet::secp256k1::Secp256k1Point;
    use starknet::storage::{
        Map, StorageMapReadAccess, StorageMapWriteAccess, StoragePointerReadAccess,
        StoragePointerWriteAccess,
    };
    use starknet::{ContractAddress, get_block_timestamp, get_caller_address, get_contract_address};
    use crate::governance::exits::assert_outlasts_exits;
    use crate::governance::governed::governed;
    use crate::governance::governed::governed::InternalTrait as GovernedInternal;
    use crate::governance::wired::wired::InternalTrait as WiredInternal;
    use crate::governance::wired::{WiringCheck, wired};
    use crate::interfaces::{IStakingManager, Offence, Wiring, WorkerInfo, WorkerStatus};
    use crate::staking::accounts::{IPrivacyAccountsDispatcher, IPrivacyAccountsDispatcherTrait};
    use crate::staking::record::{WorkerRecord, WorkerRecordTrait};
    use crate::staking::tiers;
    use crate::{erc20, penalties};

    component!(path: governed, storage: governed, event: GovernedEvent);
    component!(path: wired, storage: wired, event: WiredEvent);

    /// An invalid proof beyond this many of one worker costs more.
    const FORGIVEN_INVALID_PROOFS: u32 = 2;

    #[storage]
    struct Storage {
        #[substorage(v0)]
        governed: governed::Storage,
        #[substorage(v0)]
        wired: wired::Storage,
        cooldown: u64,
        workers: Map<ContractAddress, WorkerRecord>,
    }

    #[event]
    #[derive(Drop, PartialEq, starknet::Event)]
    pub enum Event {
        #[flat]
        GovernedEvent: governed::Event,
        #[flat]
        WiredEvent: wired::Event,
        Staked: Staked,
        UnstakeRequested: UnstakeRequested,
        Unstaked: Unstaked,
        StakeChanged: StakeChanged,
        WorkerRegistered: WorkerRegistered,
        WorkerDeregistered: WorkerDeregistered,
        WorkerStatusChanged: WorkerStatusChanged,
        BondOpened: BondOpened,
        BondClosed: BondClosed,
        WorkerSlashed: WorkerSlashed,
    }

    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct Staked {
        #[key]
        pub worker: ContractAddress,
        pub amount: u256,
        pub tier: u8,
    }

    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct UnstakeRequested {
        #[key]
        pub worker: ContractAddress,
        pub amount: u256,
        pub unlock_at: u64,
    }

    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct Unstaked {
        #[key]
        pub worker: ContractAddress,
        pub amount: u256,
    }

    /// Follows every change of a stake, whatever caused it.
    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct StakeChanged {
        #[key]
        pub worker: ContractAddress,
        pub tier: u8,
        pub active: u256,
        pub unstaking: u256,
    }

    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct WorkerRegistered {
        #[key]
        pub worker: ContractAddress,
        pub tier: u8,
        pub node_key_x: u256,
        pub node_key_odd: bool,
        pub capability_hash: u256,
        pub attestation_hash: u256,
    }

    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct WorkerDeregistered {
        #[key]
        pub worker: ContractAddress,
    }

    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct WorkerStatusChanged {
        #[key]
        pub worker: ContractAddress,
        pub previous: WorkerStatus,
        pub status: WorkerStatus,
    }

    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct BondOpened {
        #[key]
        pub worker: ContractAddress,
        pub stake: u256,
        pub bond: u256,
        pub bonded: u256,
    }

    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct BondClosed {
        #[key]
        pub worker: ContractAddress,
        pub bond: u256,
        pub bonded: u256,
    }

    /// Of `amount`, `reward` went to the reporter and the rest was burnt.
    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct WorkerSlashed {
        #[key]
        pub worker: ContractAddress,
        #[key]
        pub job_id: u128,
        pub attempt: u32,
        pub offence: Offence,
        pub amount: u256,
        pub reporter: ContractAddress,
        pub reward: u256,
    }

    #[constructor]
    fn constructor(
        ref self: ContractState, owner: ContractAddress, upgrade_delay: u64, cooldown: u64,
    ) {
        assert(upgrade_delay > cooldown, 'upgrade delay within cooldown');
        self.governed.initialize(owner, upgrade_delay);
        self.cooldown.write(cooldown);
    }

    #[abi(embed_v0)]
    impl Governed = governed::Governed<ContractState>;
    #[abi(embed_v0)]
    impl Wired = wired::Wired<ContractState>;

    impl Check of WiringCheck<ContractState> {
        fn check(self: @ContractState, wiring: Wiring) {
            assert(wiring.staking == get_contract_address(), 'wiring names another staking');
            assert_outlasts_exits(self.governed.upgrade_delay(), wiring);
        }
    }

    #[abi(embed_v0)]
    impl Staking of IStakingManager<ContractState> {
        fn stake(ref self: ContractState, amount: u256, tier: u8) {
            self.governed.assert_entry_open();
            let token = self.wired.required().token;
            let worker = get_caller_address();
            assert(amount.is_non_zero(), 'stake amount is zero');
            let minimum = tiers::minimum(tier);
            let before = self.workers.read(worker);
            // With nothing at stake any more, the tier may be chosen anew.
            if before.active.is_non_zero() || before.unstaking.is_non_zero() {
                assert(tier >= before.tier, 'tier cannot be lowered');
            }
            let active = before.active + amount;
            assert(active >= minimum, 'stake below tier minimum');

            let after = WorkerRecord { active, tier, jailed: false, deregistered: false, ..before };
            self.workers.write(worker, after);
            self.emit(Staked { worker, amount, tier });
            self.announce(worker, before, after);
            erc20::collect(token, worker, amount);
        }

        fn request_unstake(ref self: ContractState, amount: u256) {
            let worker = get_caller_address();
            let before = self.workers.read(worker);
            assert(amount.is_non_zero(), 'unstake amount is zero');
            assert(amount <= before.active, 'unstake amount above stake');
            assert(amount <= before.unbonded(), 'stake held by open bonds');
            let active = before.active - amount;
            assert(
                active.is_zero() || active >= tiers::minimum(before.tier),
                'rest below tier minimum',
            );

            let unlock_at = get_block_timestamp() + self.cooldown.read();
            let after = WorkerRecord {
                active, unstaking: before.unstaking + amount, unlock_at, ..before,
            };
            self.workers.write(worker, after);
            self.emit(UnstakeRequested { worker, amount, unlock_at });
            self.announce(worker, before, after);
        }

        fn withdraw_unstaked(ref self: ContractState) {
            let token = self.wired.required().token;
            let worker = get_caller_address();
            let before = self.workers.read(worker);
            let amount = before.unstaking;
            assert(amount.is_non_zero(), 'nothing is unstaking');
            // An attempt accepted before the request may still cost what is on its way out.
            assert(before.open_bonds == 0, 'worker has open bonds');
            assert(get_block_timestamp() >= before.unlock_at, 'cooldown not over');

            let after = WorkerRecord { unstaking: 0, unlock_at: 0, ..before };
            self.workers.write(worker, after);
            self.emit(Unstaked { worker, amount });
            self.announce(worker, before, after);
            erc20::pay_out(token, worker, amount);
        }

        fn register_worker(
            ref self: ContractState,
            node_key_x: u256,
            node_key_odd: bool,
            capability_hash: u256,
            attestation_hash: u256,
        ) {
            self.governed.assert_entry_open();
            let privacy = self.wired.required().privacy;
            let worker = get_caller_address();
            let before = self.workers.read(worker);
            assert(!before.registered, 'worker already registered');
            assert(before.meets_minimum(), 'stake below tier minimum');
            assert(on_secp256k1(node_key_x, node_key_odd), 'node key not on secp256k1');
            assert(
                IPrivacyAccountsDispatcher { contract_address: privacy }.is_registered(worker),
                'no private account',
            );

            let after = WorkerRecord {
                registered: true,
                registered_at: get_block_timestamp(),
                node_key_x,
                node_key_odd,
                capability_hash,
                attestation_hash,
                ..before,
            };
            self.workers.write(worker, after);
            self
                .emit(
                    WorkerRegistered {
                        worker,
                        tier: after.tier,
                        node_key_x,
                        node_key_odd,
                        capability_hash,
                        attestation_hash,
                    },
                );
            self.announce(worker, before, after);
        }

        fn deregister(ref self: ContractState) {
            let worker = get_caller_address();
            let before = self.workers.read(worker);
            assert(before.registered, 'worker not registered');
            assert(before.open_bonds == 0, 'worker has open bonds');
            assert(before.active.is_zero() && before.unstaking.is_zero(), 'worker still has stake');

            // The count of invalid proofs outlives the registration.
            let after = WorkerRecord {
                tier: 0,
                registered: false,
                deregistered: true,
                jailed: false,
                node_key_odd: false,
                registered_at: 0,
                node_key_x: 0,
                capability_hash: 0,
                attestation_hash: 0,
                ..before,
            };
            self.workers.write(worker, after);
            self.emit(WorkerDeregistered { worker });
            self.announce(worker, before, after);
        }

        fn worker(self: @ContractState, worker: ContractAddress) -> WorkerInfo {
            let record = self.workers.read(worker);
            WorkerInfo {
                status: record.status(),
                tier: record.tier,
                active: record.active,
                unstaking: record.unstaking,
                unlock_at: record.unlock_at,
                bonded: record.bonded,
                open_bonds: record.open_bonds,
                invalid_proofs: record.invalid_proofs,
                node_key_x: record.node_key_x,
                node_key_odd: record.node_key_odd,
                capability_hash: record.capability_hash,
                attestation_hash: record.attestation_hash,
                registered_at: record.registered_at,
            }
        }

        fn tier_minimum(self: @ContractState, tier: u8) -> u256 {
            tiers::minimum(tier)
        }

        fn cooldown(self: @ContractState) -> u64 {
            self.cooldown.read()
        }

        fn is_eligible(
            self: @ContractState, worker: ContractAddress, min_tier: u8, attested: bool,
        ) -> bool {
            let record = self.workers.read(worker);
            record.status() == WorkerStatus::Active && record.tier >= min_tier && !attested
        }

        fn open_bond(ref self: ContractState, worker: ContractAddress) -> (u256, u256) {
            self.assert_job_manager();
            let before = self.workers.read(worker);
            let bond = penalties::share(before.active, penalties::BOND);
            let bonded = before.bonded + bond;
            assert(before.active.is_non_zero(), 'worker has no stake');
            assert(bonded <= before.active, 'open bonds exceed stake');
            self
                .workers
                .write(
                    worker, WorkerRecord { bonded, open_bonds: before.open_bonds + 1, ..before },
                );
            self.emit(BondOpened { worker, stake: before.active, bond, bonded });
            (before.active, bond)
        }

        fn close_bond(ref self: ContractState, worker: ContractAddress, bond: u256) {
            self.assert_job_manager();
            let before = self.workers.read(worker);
            assert(before.open_bonds > 0 && before.bonded >= bond, 'no such bond');
            let bonded = before.bonded - bond;
            self
                .workers
                .write(
                    worker, WorkerRecord { bonded, open_bonds: before.open_bonds - 1, ..before },
                );
            self.emit(BondClosed { worker, bond, bonded });
        }

        fn slash(
            ref self: ContractState,
            worker: ContractAddress,
            base: u256,
            offence: Offence,
            cap: u256,
            reporter: ContractAddress,
            job_id: u128,
            attempt: u32,
        ) -> u256 {
            self.assert_job_manager();
            let token = self.wired.required().token;
            let before = self.workers.read(worker);
            let mut invalid_proofs = before.invalid_proofs;
            let wanted = match offence {
                Offence::InvalidProof => {
                    invalid_proofs += 1;
                    if invalid_proofs > FORGIVEN_INVALID_PROOFS {
                        penalties::share(base, penalties::REPEATED_INVALID_PROOF)
                    } else {
                        penalties::share(base, penalties::INVALID_PROOF)
                    }
                },
                Offence::Timeout |
                Offence::Unavailable => min(penalties::share(base, penalties::TIMEOUT), cap),
                Offence::HandBack => penalties::share(base, penalties::HAND_BACK),
            };
            let (active, unstaking, amount) = penalties::take(
                before.active, before.unstaking, wanted,
            );

            let mut after = WorkerRecord { active, unstaking, invalid_proofs, ..before };
            after.jailed = before.jailed || (amount.is_non_zero() && !after.meets_minimum());
            self.workers.write(worker, after);
            let reward = penalties::dispose(token, amount, reporter, worker);
            self.emit(WorkerSlashed { worker, job_id, attempt, offence, amount, reporter, reward });
            self.announce(worker, before, after);
            amount
        }
    }

    #[generate_trait]
    impl Private of PrivateTrait {
        fn assert_job_manager(self: @ContractState) {
            assert(get_caller_address() == self.wired.required().jobs, 'caller is not JobManager');
        }

        /// Tells followers of the new stake and status where they differ.
        fn announce(
            ref self: ContractState,
            worker: ContractAddress,
            before: WorkerRecord,
            after: WorkerRecord,
        ) {
            if before.active != after.active
                || before.unstaking != after.unstaking
                || before.tier != after.tier {
                let WorkerRecord { tier, active, unstaking, .. } = after;
                self.emit(StakeChanged { worker, tier, active, unstaking });
            }
            let (previous, status) = (before.status(), after.status());
            if previous != status {
                self.emit(WorkerStatusChanged { worker, previous, status });
            }
        }
    }

    fn on_secp256k1(x: u256, y_odd: bool) -> bool {
        match Secp256Trait::<Secp256k1Point>::secp256_ec_get_point_from_x_syscall(x, y_odd) {
            Ok(point) => point.is_some(),
            Err(_) => false,
        }
    }
}
