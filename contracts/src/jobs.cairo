//! Jobs and their attempts: terms, states, results.

pub mod events;
pub mod manager;
pub mod result_tree;
pub mod submissions;
pub mod terms;
pub mod transitions;
