//! Tests of the contracts together, each in one small world that `world` deploys.

mod attempts;
mod certificates;
mod conservation;
mod equivocation;
mod events;
mod faucet;
mod governance;
mod hashes;
mod jobs;
mod reputation;
mod signing;
mod staking;
mod token;
mod validators;
mod world;
