//! SAGE's contracts on Starknet: stakes, jobs, verdicts and private payments.
//!
//! `interfaces` holds what crosses contract boundaries; every other module is one contract or one
//! idea that a contract is made of.

pub mod bitmap;
pub mod erc20;
pub mod faucet;
pub mod governance;
pub mod interfaces;
pub mod jobs;
pub mod pair_hash;
pub mod payment_router;
pub mod penalties;
pub mod privacy;
pub mod proofs;
pub mod reputation;
pub mod signatures;
pub mod snip12;
pub mod staking;
#[cfg(test)]
mod tests;
pub mod token;
pub mod validators;
pub mod votes;
