//! Workers: what they stake, how they register, and what an offence costs them.

pub mod accounts;
pub mod manager;
pub mod record;
pub mod tiers;
