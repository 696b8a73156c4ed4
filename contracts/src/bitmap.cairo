//! Sets of validators as bits: bit i is entry i of an epoch's table.

/// The positions of the set bits, ascending.
pub fn members(bitmap: u256) -> Array<u32> {
    let mut positions = array![];
    push_members(bitmap.low, 0, ref positions);
    push_members(bitmap.high, 128, ref positions);
    positions
}

fn push_members(mut bits: u128, mut position: u32, ref positions: Array<u32>) {
    while bits != 0 {
        let (rest, bit) = DivRem::div_rem(bits, 2);
        if bit == 1 {
            positions.append(position);
        }
        bits = rest;
        position += 1;
    }
}
