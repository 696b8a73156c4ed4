//! SAGE's contracts on Starknet: stakes, jobs, verdicts and private payments.
//!
//! `interfaces` holds what crosses contract boundaries; every other module is one contract or one
//! idea that a contract is made of.

pub mod governance;
pub mod interfaces;
pub mod payment_router;
pub mod privacy;
pub mod token;
