//! A contract that uses every shape the bindings generator knows.

use starknet::ContractAddress;

#[derive(Drop, Serde)]
pub struct Inner {
    pub id: u128,
    pub label: ByteArray,
    pub pair: (u64, felt252),
}

#[derive(Drop, Serde)]
pub enum Shape {
    Empty,
    Circle: u32,
    Named: Inner,
    Pair: (u8, bool),
}

#[derive(Copy, Drop, Serde, PartialEq, Default, starknet::Store)]
pub enum Colour {
    #[default]
    Red,
    Green,
}

#[derive(Drop, Serde)]
pub struct Everything {
    pub small: u8,
    pub medium: u16,
    pub large: u256,
    pub flag: bool,
    pub owner: ContractAddress,
    pub class: starknet::ClassHash,
    pub list: Array<Inner>,
    pub maybe: Option<u64>,
    pub shape: Shape,
    pub colour: Colour,
    pub matrix: Array<Array<felt252>>,
}

#[starknet::interface]
pub trait ISample<T> {
    fn set(ref self: T, value: u256, note: felt252);
    fn value(self: @T) -> u256;
    fn echo(self: @T, value: Everything) -> Everything;
    fn echo_span(self: @T, values: Span<felt252>, colours: Span<Colour>) -> (u64, Array<Colour>);
    fn maybe(self: @T, give: bool) -> Option<Inner>;
    fn emit_all(ref self: T, worker: ContractAddress, amount: u256, label: ByteArray);
    fn fail(ref self: T, code: u64);
    fn caller(self: @T) -> ContractAddress;
    fn balance_of(self: @T, who: ContractAddress) -> u256;
    fn balanceOf(self: @T, who: ContractAddress) -> u256;
    fn nothing(self: @T);
}

#[starknet::component]
pub mod switch {
    #[storage]
    pub struct Storage {}

    #[event]
    #[derive(Drop, starknet::Event)]
    pub enum Event {
        Flipped: Flipped,
    }

    #[derive(Drop, starknet::Event)]
    pub struct Flipped {
        pub on: bool,
    }

    #[generate_trait]
    pub impl InternalImpl<TState, +HasComponent<TState>> of InternalTrait<TState> {
        fn flip(ref self: ComponentState<TState>, on: bool) {
            self.emit(Flipped { on });
        }
    }
}

#[starknet::contract]
pub mod Sample {
    use starknet::storage::{StoragePointerReadAccess, StoragePointerWriteAccess};
    use starknet::{ContractAddress, get_caller_address};
    use super::{Colour, Everything, Inner, switch};

    component!(path: switch, storage: flat_switch, event: FlatSwitch);

    #[storage]
    struct Storage {
        value: u256,
        #[substorage(v0)]
        flat_switch: switch::Storage,
    }

    #[event]
    #[derive(Drop, starknet::Event)]
    enum Event {
        ValueSet: ValueSet,
        Paid: Paid,
        #[flat]
        FlatSwitch: switch::Event,
    }

    #[derive(Drop, starknet::Event)]
    struct ValueSet {
        value: u256,
        note: felt252,
    }

    #[derive(Drop, starknet::Event)]
    struct Paid {
        #[key]
        worker: ContractAddress,
        #[key]
        amount: u256,
        label: ByteArray,
        hints: Array<felt252>,
    }

    impl SwitchInternal = switch::InternalImpl<ContractState>;

    #[constructor]
    fn constructor(ref self: ContractState, value: u256, owner: ContractAddress) {
        assert(owner != 0.try_into().unwrap(), 'owner is zero');
        self.value.write(value);
    }

    #[abi(embed_v0)]
    impl SampleImpl of super::ISample<ContractState> {
        fn set(ref self: ContractState, value: u256, note: felt252) {
            self.value.write(value);
            self.emit(ValueSet { value, note });
        }
        fn value(self: @ContractState) -> u256 {
            self.value.read()
        }
        fn echo(self: @ContractState, value: Everything) -> Everything {
            value
        }
        fn echo_span(
            self: @ContractState, values: Span<felt252>, colours: Span<Colour>,
        ) -> (u64, Array<Colour>) {
            (values.len().into(), colours.into())
        }
        fn maybe(self: @ContractState, give: bool) -> Option<Inner> {
            if give {
                Option::Some(Inner { id: 7, label: "seven", pair: (1, 2) })
            } else {
                Option::None
            }
        }
        fn emit_all(ref self: ContractState, worker: ContractAddress, amount: u256, label: ByteArray) {
            self.emit(Paid { worker, amount, label, hints: array![1, 2, 3] });
            self.flat_switch.flip(true);
        }
        fn fail(ref self: ContractState, code: u64) {
            assert(code == 0, 'code is not zero');
        }
        fn caller(self: @ContractState) -> ContractAddress {
            get_caller_address()
        }
        fn balance_of(self: @ContractState, who: ContractAddress) -> u256 {
            self.value.read()
        }
        fn balanceOf(self: @ContractState, who: ContractAddress) -> u256 {
            self.value.read()
        }
        fn nothing(self: @ContractState) {}
    }
}
