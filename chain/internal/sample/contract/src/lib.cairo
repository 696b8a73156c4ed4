//! The contract that the tests of the bindings and of the client use.

pub mod sample;
