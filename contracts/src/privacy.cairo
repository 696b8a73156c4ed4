//! Private payments: encrypted balances and the proofs that move them.
//!
//! `interface` holds the values and the router's trait; `curve`, `basis`, `digits`, `transcript`,
//! `range` and the statements are pure and verify proofs; `router` is the contract, which
//! keeps accounts as `record` says.

pub mod basis;
pub mod curve;
pub mod digits;
pub mod interface;
pub mod range;
pub mod record;
pub mod router;
pub mod statements;
#[cfg(test)]
mod tests;
pub mod transcript;
