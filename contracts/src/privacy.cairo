//! Private payments: encrypted balances and the proofs that move them.
//!
//! `interface` holds the values and the router's trait; `curve`, `basis`, `transcript`, `range` and
//! the statements are pure and verify proofs; `router` is the contract.

pub mod basis;
pub mod curve;
pub mod interface;
pub mod range;
pub mod router;
pub mod statements;
#[cfg(test)]
mod tests;
pub mod transcript;
