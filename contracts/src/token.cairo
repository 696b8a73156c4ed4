//! SAGE, the token that pays, stakes and burns.

use starknet::ContractAddress;

/// The camelCase names that older tools call.
#[starknet::interface]
pub trait ISageTokenCamel<T> {
    fn totalSupply(self: @T) -> u256;
    fn balanceOf(self: @T, account: ContractAddress) -> u256;
    fn transferFrom(
        ref self: T, sender: ContractAddress, recipient: ContractAddress, amount: u256,
    ) -> bool;
}

/// An ERC-20 with a fixed supply, no owner and no upgrade. A transfer from or to the zero address
/// in an event is a mint (in the constructor only) or a burn.
#[starknet::contract]
pub mod SageToken {
    use core::num::traits::Zero;
    use starknet::storage::{
        Map, StorageMapReadAccess, StorageMapWriteAccess, StoragePointerReadAccess,
        StoragePointerWriteAccess,
    };
    use starknet::{ContractAddress, get_caller_address};
    use crate::interfaces::ISageToken;
    use super::ISageTokenCamel;

    #[storage]
    struct Storage {
        supply: u256,
        balances: Map<ContractAddress, u256>,
        allowances: Map<(ContractAddress, ContractAddress), u256>,
    }

    #[event]
    #[derive(Drop, PartialEq, starknet::Event)]
    pub enum Event {
        Transfer: Transfer,
        Approval: Approval,
    }

    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct Transfer {
        #[key]
        pub from: ContractAddress,
        #[key]
        pub to: ContractAddress,
        pub value: u256,
    }

    #[derive(Drop, PartialEq, starknet::Event)]
    pub struct Approval {
        #[key]
        pub owner: ContractAddress,
        #[key]
        pub spender: ContractAddress,
        pub value: u256,
    }

    #[constructor]
    fn constructor(ref self: ContractState, recipient: ContractAddress, supply: u256) {
        assert(recipient.is_non_zero(), 'recipient is zero');
        self.supply.write(supply);
        self.balances.write(recipient, supply);
        self.emit(Transfer { from: Zero::zero(), to: recipient, value: supply });
    }

    #[abi(embed_v0)]
    impl Token of ISageToken<ContractState> {
        fn name(self: @ContractState) -> ByteArray {
            "SAGE"
        }

        fn symbol(self: @ContractState) -> ByteArray {
            "SAGE"
        }

        fn decimals(self: @ContractState) -> u8 {
            18
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
            self.allowances.read((owner, spender))
        }

        fn transfer(ref self: ContractState, recipient: ContractAddress, amount: u256) -> bool {
            self.move(get_caller_address(), recipient, amount);
            true
        }

        fn transfer_from(
            ref self: ContractState,
            sender: ContractAddress,
            recipient: ContractAddress,
            amount: u256,
        ) -> bool {
            let spender = get_caller_address();
            let allowed = self.allowances.read((sender, spender));
            assert(allowed >= amount, 'allowance too low');
            self.allowances.write((sender, spender), allowed - amount);
            self.move(sender, recipient, amount);
            true
        }

        fn approve(ref self: ContractState, spender: ContractAddress, amount: u256) -> bool {
            assert(spender.is_non_zero(), 'spender is zero');
            let owner = get_caller_address();
            self.allowances.write((owner, spender), amount);
            self.emit(Approval { owner, spender, value: amount });
            true
        }

        fn burn(ref self: ContractState, amount: u256) {
            let holder = get_caller_address();
            let balance = self.balances.read(holder);
            assert(balance >= amount, 'balance too low');
            self.balances.write(holder, balance - amount);
            self.supply.write(self.supply.read() - amount);
            self.emit(Transfer { from: holder, to: Zero::zero(), value: amount });
        }
    }

    #[abi(embed_v0)]
    impl Camel of ISageTokenCamel<ContractState> {
        fn totalSupply(self: @ContractState) -> u256 {
            self.total_supply()
        }

        fn balanceOf(self: @ContractState, account: ContractAddress) -> u256 {
            self.balance_of(account)
        }

        fn transferFrom(
            ref self: ContractState,
            sender: ContractAddress,
            recipient: ContractAddress,
            amount: u256,
        ) -> bool {
            self.transfer_from(sender, recipient, amount)
        }
    }

    #[generate_trait]
    impl Balances of BalancesTrait {
        fn move(ref self: ContractState, from: ContractAddress, to: ContractAddress, amount: u256) {
            assert(from.is_non_zero(), 'sender is zero');
            assert(to.is_non_zero(), 'recipient is zero');
            let balance = self.balances.read(from);
            assert(balance >= amount, 'balance too low');
            self.balances.write(from, balance - amount);
            self.balances.write(to, self.balances.read(to) + amount);
            self.emit(Transfer { from, to, value: amount });
        }
    }
}
