//! Hardware tiers and the stake that each asks for.

pub const CONSUMER: u8 = 1;
pub const FRONTIER: u8 = 5;

const SAGE: u256 = 1_000_000_000_000_000_000;

/// The least stake of a tier, 1 to 5; panics for any other number.
pub fn minimum(tier: u8) -> u256 {
    match tier {
        0 => core::panic_with_felt252('unknown tier'),
        1 => 1_000 * SAGE,
        2 => 2_500 * SAGE,
        3 => 5_000 * SAGE,
        4 => 10_000 * SAGE,
        5 => 25_000 * SAGE,
        _ => core::panic_with_felt252('unknown tier'),
    }
}
