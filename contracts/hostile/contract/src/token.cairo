//! An ERC-20 that behaves as it is told to.

use starknet::ContractAddress;

/// What happens to a transfer.
#[derive(Copy, Drop, Serde, PartialEq, Default, starknet::Store)]
pub enum Mode {
    #[default]
    Honest,
    /// A hundredth is lost on the way, and the token says that all has arrived.
    TakesFee,
    /// Nothing moves, and the token says so.
    ReturnsFalse,
    /// Nothing moves, and the token says that it has.
    Lies,
    /// All moves, and the token denies it.
    Denies,
}

#[starknet::interface]
pub trait IHostileToken<T> {
    fn mint(ref self: T, to: ContractAddress, amount: u256);
    fn set_mode(ref self: T, mode: Mode);
    /// During the next transfer the token calls `selector` of `to`.
    fn arm(ref self: T, to: ContractAddress, selector: felt252, calldata: Array<felt252>);
    /// The token itself calls `selector` of `to`, as an account would.
    fn act(ref self: T, to: ContractAddress, selector: felt252, calldata: Array<felt252>);

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

#[starknet::contract]
pub mod HostileToken {
    use core::num::traits::Zero;
    use starknet::storage::{
        Map, MutableVecTrait, StorageMapReadAccess, StorageMapWriteAccess, StoragePointerReadAccess,
        StoragePointerWriteAccess, Vec,
    };
    use starknet::syscalls::call_contract_syscall;
    use starknet::{ContractAddress, SyscallResultTrait, get_caller_address};
    use super::{IHostileToken, Mode};

    #[storage]
    struct Storage {
        supply: u256,
        balances: Map<ContractAddress, u256>,
        mode: Mode,
        armed_to: ContractAddress,
        armed_selector: felt252,
        armed_calldata: Vec<felt252>,
    }

    #[abi(embed_v0)]
    impl Token of IHostileToken<ContractState> {
        fn mint(ref self: ContractState, to: ContractAddress, amount: u256) {
            self.balances.write(to, self.balances.read(to) + amount);
            self.supply.write(self.supply.read() + amount);
        }

        fn set_mode(ref self: ContractState, mode: Mode) {
            self.mode.write(mode);
        }

        fn arm(
            ref self: ContractState,
            to: ContractAddress,
            selector: felt252,
            calldata: Array<felt252>,
        ) {
            self.armed_to.write(to);
            self.armed_selector.write(selector);
            while self.armed_calldata.pop().is_some() {}
            for felt in calldata {
                self.armed_calldata.push(felt);
            }
        }

        fn act(
            ref self: ContractState,
            to: ContractAddress,
            selector: felt252,
            calldata: Array<felt252>,
        ) {
            call_contract_syscall(to, selector, calldata.span()).unwrap_syscall();
        }

        fn total_supply(self: @ContractState) -> u256 {
            self.supply.read()
        }

        fn balance_of(self: @ContractState, account: ContractAddress) -> u256 {
            self.balances.read(account)
        }

        fn allowance(
            self: @ContractState, owner: ContractAddress, spender: ContractAddress,
        ) -> u256 {
            self.balances.read(owner)
        }

        fn transfer(ref self: ContractState, recipient: ContractAddress, amount: u256) -> bool {
            self.move(get_caller_address(), recipient, amount)
        }

        fn transfer_from(
            ref self: ContractState,
            sender: ContractAddress,
            recipient: ContractAddress,
            amount: u256,
        ) -> bool {
            self.move(sender, recipient, amount)
        }

        fn approve(ref self: ContractState, spender: ContractAddress, amount: u256) -> bool {
            true
        }

        fn burn(ref self: ContractState, amount: u256) {
            let caller = get_caller_address();
            self.balances.write(caller, self.balances.read(caller) - amount);
            self.supply.write(self.supply.read() - amount);
        }
    }

    #[generate_trait]
    impl Internal of InternalTrait {
        fn move(
            ref self: ContractState, from: ContractAddress, to: ContractAddress, amount: u256,
        ) -> bool {
            self.strike();
            let mode = self.mode.read();
            if mode == Mode::ReturnsFalse || mode == Mode::Lies {
                return mode == Mode::Lies;
            }
            let lost = if mode == Mode::TakesFee {
                amount / 100
            } else {
                0
            };
            self.balances.write(from, self.balances.read(from) - amount);
            self.balances.write(to, self.balances.read(to) + amount - lost);
            self.supply.write(self.supply.read() - lost);
            mode != Mode::Denies
        }

        /// Makes the armed call, once.
        fn strike(ref self: ContractState) {
            let to = self.armed_to.read();
            if to.is_zero() {
                return;
            }
            self.armed_to.write(Zero::zero());
            let mut calldata = array![];
            for i in 0..self.armed_calldata.len() {
                calldata.append(self.armed_calldata.at(i).read());
            }
            call_contract_syscall(to, self.armed_selector.read(), calldata.span()).unwrap_syscall();
        }
    }
}
