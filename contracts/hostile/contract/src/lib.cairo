//! Contracts that the tests of SAGE's contracts need and nobody should deploy.

pub mod account;
pub mod puppet;
pub mod token;
