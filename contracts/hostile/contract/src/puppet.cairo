//! A contract that does what anyone tells it to: many accounts of a test in one transaction.

use starknet::ContractAddress;

#[starknet::interface]
pub trait IPuppet<T> {
    /// Calls `selector` of `to`.
    fn act(ref self: T, to: ContractAddress, selector: felt252, calldata: Array<felt252>);
    /// Calls it, and reverts unless the call fails.
    fn fail(ref self: T, to: ContractAddress, selector: felt252, calldata: Array<felt252>);
}

#[starknet::contract]
pub mod Puppet {
    use starknet::syscalls::call_contract_syscall;
    use starknet::{ContractAddress, SyscallResultTrait};
    use super::IPuppet;

    #[storage]
    struct Storage {}

    #[abi(embed_v0)]
    impl Act of IPuppet<ContractState> {
        fn act(
            ref self: ContractState,
            to: ContractAddress,
            selector: felt252,
            calldata: Array<felt252>,
        ) {
            call_contract_syscall(to, selector, calldata.span()).unwrap_syscall();
        }

        fn fail(
            ref self: ContractState,
            to: ContractAddress,
            selector: felt252,
            calldata: Array<felt252>,
        ) {
            let result = call_contract_syscall(to, selector, calldata.span());
            assert(result.is_err(), 'the call succeeded');
        }
    }
}
