//! A table of validators as a list of seats in ascending order of address.

use starknet::ContractAddress;
use starknet::storage_access::StorePacking;

/// One validator's place in one epoch. `id` names a registration: who leaves and registers anew,
/// with another key, gets another.
#[derive(Copy, Drop, PartialEq, Debug)]
pub struct Seat {
    pub validator: ContractAddress,
    pub id: u32,
    pub stake: u128,
}

/// What is stored of a seat; the id leads to the rest.
#[derive(Copy, Drop, PartialEq, Debug)]
pub struct Weight {
    pub id: u32,
    pub stake: u128,
}

const TWO_POW_128: felt252 = 0x100000000000000000000000000000000;

/// Id and stake share one storage slot.
pub impl WeightPacking of StorePacking<Weight, felt252> {
    fn pack(value: Weight) -> felt252 {
        value.id.into() * TWO_POW_128 + value.stake.into()
    }

    fn unpack(value: felt252) -> Weight {
        let packed: u256 = value.into();
        Weight { id: packed.high.try_into().unwrap(), stake: packed.low }
    }
}

/// `seats` with `seat` in its place; it must not be there yet.
pub fn inserted(seats: Span<Seat>, seat: Seat) -> Array<Seat> {
    let address = number(seat.validator);
    let mut result = array![];
    let mut placed = false;
    for other in seats {
        if !placed && address < number(*other.validator) {
            result.append(seat);
            placed = true;
        }
        result.append(*other);
    }
    if !placed {
        result.append(seat);
    }
    result
}

/// `seats` with another stake for the registration `id`.
pub fn weighed(seats: Span<Seat>, id: u32, stake: u128) -> Array<Seat> {
    let mut result = array![];
    for seat in seats {
        if *seat.id == id {
            result.append(Seat { stake, ..*seat });
        } else {
            result.append(*seat);
        }
    }
    result
}

/// `seats` without the registrations `ids`.
pub fn removed(seats: Span<Seat>, ids: Span<u32>) -> Array<Seat> {
    let mut result = array![];
    for seat in seats {
        if !contains(ids, *seat.id) {
            result.append(*seat);
        }
    }
    result
}

/// The seat of `validator`.
pub fn find(seats: Span<Seat>, validator: ContractAddress) -> Option<Seat> {
    for seat in seats {
        if *seat.validator == validator {
            return Some(*seat);
        }
    }
    None
}

fn contains(ids: Span<u32>, id: u32) -> bool {
    for other in ids {
        if *other == id {
            return true;
        }
    }
    false
}

fn number(address: ContractAddress) -> u256 {
    let value: felt252 = address.into();
    value.into()
}
