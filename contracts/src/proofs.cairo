//! Verdicts on submitted proofs.

pub mod quorum;
pub mod verifier;
