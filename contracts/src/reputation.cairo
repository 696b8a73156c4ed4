//! How workers have done so far.

pub mod manager;
pub mod score;
