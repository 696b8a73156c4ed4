//! SAGE's contracts on Starknet: stakes, jobs, verdicts and private payments.
//!
//! `interfaces` holds what crosses contract boundaries; every other module is one contract or one
//! idea that a contract is made of.
//!
//! A part is a smaller program for some of the tests, in which every call costs less; without one,
//! all is compiled.

pub mod bitmap;
pub mod erc20;
#[cfg(or(not(part), part: 'membership'))]
pub mod faucet;
pub mod governance;
pub mod interfaces;
#[cfg(not(part: 'privacy'))]
pub mod jobs;
pub mod pair_hash;
#[cfg(or(not(part), part: 'privacy'))]
pub mod payment_router;
pub mod penalties;
#[cfg(or(not(part), part: 'privacy'))]
pub mod privacy;
#[cfg(not(part: 'privacy'))]
pub mod proofs;
#[cfg(not(part: 'privacy'))]
pub mod reputation;
pub mod signatures;
pub mod snip12;
#[cfg(not(part: 'privacy'))]
pub mod staking;
#[cfg(test)]
mod tests;
pub mod token;
#[cfg(not(part: 'privacy'))]
pub mod validators;
pub mod votes;
