//! The deploy-time owner's powers: pausing entries, and upgrades that everyone sees coming.
//!
//! Ownership moves in two steps, so that it cannot be lost to an address that nobody holds. Only
//! `assert_entry_open` looks at the pause, and contracts call it on entries alone.

/// How long an upgrade may still be executed once it may be: an old announcement must not be a way
/// to upgrade at once, before the eyes of people who came after it. A week.
pub const UPGRADE_WINDOW: u64 = 604_800;

#[starknet::component]
pub mod governed {
    use core::num::traits::Zero;
    use starknet::storage::{StoragePointerReadAccess, StoragePointerWriteAccess};
    use starknet::{
        ClassHash, ContractAddress, SyscallResultTrait, get_block_timestamp, get_caller_address,
    };
    use crate::interfaces::IGoverned;
    use super::UPGRADE_WINDOW;

    #[storage]
    pub struct Storage {
        governed_owner: ContractAddress,
        governed_candidate: ContractAddress,
        governed_paused: bool,
        governed_upgrade_delay: u64,
        governed_pending_class: ClassHash,
        governed_upgrade_at: u64,
    }

    #[event]
    #[derive(Drop, PartialEq, starknet::Event)]
    pub enum Event {
        OwnershipProposed: OwnershipProposed,
        OwnershipTransferred: OwnershipTransferred,
        Paused: Paused,
        Unpaused: Unpaused,
        UpgradeProposed: UpgradeProposed,
        UpgradeCancelled: UpgradeCancelled,
        Upgraded: Upgraded,
    }

    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct OwnershipProposed {
        #[key]
        pub owner: ContractAddress,
        #[key]
        pub candidate: ContractAddress,
    }

    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct OwnershipTransferred {
        #[key]
        pub previous: ContractAddress,
        #[key]
        pub owner: ContractAddress,
    }

    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct Paused {
        pub by: ContractAddress,
    }

    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct Unpaused {
        pub by: ContractAddress,
    }

    /// `executable_at` is the first second at which the class may be replaced; the last is
    /// UPGRADE_WINDOW later.
    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct UpgradeProposed {
        #[key]
        pub class_hash: ClassHash,
        pub executable_at: u64,
    }

    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct UpgradeCancelled {
        #[key]
        pub class_hash: ClassHash,
    }

    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct Upgraded {
        #[key]
        pub class_hash: ClassHash,
    }

    #[embeddable_as(Governed)]
    pub impl GovernedImpl<
        TContractState, +HasComponent<TContractState>,
    > of IGoverned<ComponentState<TContractState>> {
        fn owner(self: @ComponentState<TContractState>) -> ContractAddress {
            self.governed_owner.read()
        }

        fn propose_owner(ref self: ComponentState<TContractState>, candidate: ContractAddress) {
            self.assert_owner();
            self.governed_candidate.write(candidate);
            self.emit(OwnershipProposed { owner: self.governed_owner.read(), candidate });
        }

        fn accept_ownership(ref self: ComponentState<TContractState>) {
            let caller = get_caller_address();
            assert(caller.is_non_zero(), 'caller is zero');
            assert(caller == self.governed_candidate.read(), 'caller is not the candidate');
            let previous = self.governed_owner.read();
            self.governed_owner.write(caller);
            self.governed_candidate.write(Zero::zero());
            self.emit(OwnershipTransferred { previous, owner: caller });
        }

        fn pause(ref self: ComponentState<TContractState>) {
            self.assert_owner();
            assert(!self.governed_paused.read(), 'already paused');
            self.governed_paused.write(true);
            self.emit(Paused { by: get_caller_address() });
        }

        fn unpause(ref self: ComponentState<TContractState>) {
            self.assert_owner();
            assert(self.governed_paused.read(), 'not paused');
            self.governed_paused.write(false);
            self.emit(Unpaused { by: get_caller_address() });
        }

        fn paused(self: @ComponentState<TContractState>) -> bool {
            self.governed_paused.read()
        }

        fn upgrade_delay(self: @ComponentState<TContractState>) -> u64 {
            self.governed_upgrade_delay.read()
        }

        fn propose_upgrade(ref self: ComponentState<TContractState>, class_hash: ClassHash) {
            self.assert_owner();
            assert(class_hash.is_non_zero(), 'class hash is zero');
            let executable_at = get_block_timestamp() + self.governed_upgrade_delay.read();
            self.governed_pending_class.write(class_hash);
            self.governed_upgrade_at.write(executable_at);
            self.emit(UpgradeProposed { class_hash, executable_at });
        }

        fn cancel_upgrade(ref self: ComponentState<TContractState>) {
            self.assert_owner();
            let class_hash = self.take_pending();
            self.emit(UpgradeCancelled { class_hash });
        }

        fn execute_upgrade(ref self: ComponentState<TContractState>) {
            self.assert_owner();
            let executable_at = self.governed_upgrade_at.read();
            let class_hash = self.take_pending();
            let now = get_block_timestamp();
            assert(now >= executable_at, 'upgrade delay not over');
            assert(now < executable_at + UPGRADE_WINDOW, 'upgrade announced too long ago');
            self.emit(Upgraded { class_hash });
            starknet::syscalls::replace_class_syscall(class_hash).unwrap_syscall();
        }

        fn pending_upgrade(self: @ComponentState<TContractState>) -> (ClassHash, u64) {
            (self.governed_pending_class.read(), self.governed_upgrade_at.read())
        }
    }

    #[generate_trait]
    pub impl Internal<
        TContractState, +HasComponent<TContractState>,
    > of InternalTrait<TContractState> {
        /// The constructor's part. `upgrade_delay` is in seconds and never changes.
        fn initialize(
            ref self: ComponentState<TContractState>, owner: ContractAddress, upgrade_delay: u64,
        ) {
            assert(owner.is_non_zero(), 'owner is zero');
            self.governed_owner.write(owner);
            self.governed_upgrade_delay.write(upgrade_delay);
            self.emit(OwnershipTransferred { previous: Zero::zero(), owner });
        }

        fn assert_owner(self: @ComponentState<TContractState>) {
            assert(get_caller_address() == self.governed_owner.read(), 'caller is not the owner');
        }

        /// For entries only; an exit never asks.
        fn assert_entry_open(self: @ComponentState<TContractState>) {
            assert(!self.governed_paused.read(), 'paused');
        }

        fn take_pending(ref self: ComponentState<TContractState>) -> ClassHash {
            let class_hash = self.governed_pending_class.read();
            assert(class_hash.is_non_zero(), 'no upgrade proposed');
            self.governed_pending_class.write(Zero::zero());
            self.governed_upgrade_at.write(0);
            class_hash
        }
    }
}
