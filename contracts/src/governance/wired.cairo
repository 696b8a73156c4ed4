//! The addresses that the contracts know each other by, written once.

use crate::interfaces::Wiring;

/// What a contract asks of a wiring before it accepts it for good.
pub trait WiringCheck<TContractState> {
    fn check(self: @TContractState, wiring: Wiring);
}

#[starknet::component]
pub mod wired {
    use core::num::traits::Zero;
    use starknet::ContractAddress;
    use starknet::storage::{StoragePointerReadAccess, StoragePointerWriteAccess};
    use crate::governance::governed::governed;
    use crate::governance::governed::governed::InternalTrait as GovernedInternal;
    use crate::interfaces::{IWired, Wiring};
    use super::WiringCheck;

    #[storage]
    pub struct Storage {
        wired_done: bool,
        wired_wiring: Wiring,
    }

    #[event]
    #[derive(Drop, PartialEq, starknet::Event)]
    pub enum Event {
        Wired: WiringSet,
    }

    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct WiringSet {
        pub wiring: Wiring,
    }

    #[embeddable_as(Wired)]
    pub impl WiredImpl<
        TContractState,
        +HasComponent<TContractState>,
        +WiringCheck<TContractState>,
        impl Owner: governed::HasComponent<TContractState>,
        +Drop<TContractState>,
    > of IWired<ComponentState<TContractState>> {
        fn wire(ref self: ComponentState<TContractState>, wiring: Wiring) {
            get_dep_component!(@self, Owner).assert_owner();
            assert(!self.wired_done.read(), 'already wired');
            let none = Zero::zero();
            assert(
                wiring.token != none
                    && wiring.staking != none
                    && wiring.validators != none
                    && wiring.jobs != none
                    && wiring.proofs != none
                    && wiring.payments != none
                    && wiring.privacy != none
                    && wiring.reputation != none,
                'wiring has a zero address',
            );
            self.get_contract().check(wiring);
            self.wired_done.write(true);
            self.wired_wiring.write(wiring);
            self.emit(WiringSet { wiring });
        }

        fn wiring(self: @ComponentState<TContractState>) -> Wiring {
            self.wired_wiring.read()
        }
    }

    #[generate_trait]
    pub impl Internal<
        TContractState, +HasComponent<TContractState>,
    > of InternalTrait<TContractState> {
        /// The wiring, for calls that cannot do without it.
        fn required(self: @ComponentState<TContractState>) -> Wiring {
            assert(self.wired_done.read(), 'not wired');
            self.wired_wiring.read()
        }

        // Calls that need one address read one slot: a wiring has no zeros.

        fn token(self: @ComponentState<TContractState>) -> ContractAddress {
            known(self.wired_wiring.token.read())
        }

        fn jobs(self: @ComponentState<TContractState>) -> ContractAddress {
            known(self.wired_wiring.jobs.read())
        }

        fn payments(self: @ComponentState<TContractState>) -> ContractAddress {
            known(self.wired_wiring.payments.read())
        }

        fn privacy(self: @ComponentState<TContractState>) -> ContractAddress {
            known(self.wired_wiring.privacy.read())
        }
    }

    fn known(address: ContractAddress) -> ContractAddress {
        assert(address.is_non_zero(), 'not wired');
        address
    }
}
