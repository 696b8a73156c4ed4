//! What every governed contract is made of: the owner's bounded powers, and the wiring.

pub mod exits;
pub mod governed;
pub mod wired;
