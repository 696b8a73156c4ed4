//! Tests of the contracts together, each in one small world that `world` deploys.

#[cfg(or(not(part), part: 'attempts'))]
mod attempts;
#[cfg(or(not(part), part: 'judging'))]
mod certificates;
#[cfg(or(not(part), part: 'judging'))]
mod conservation;
#[cfg(or(not(part), part: 'judging'))]
mod equivocation;
#[cfg(or(not(part), part: 'attempts'))]
mod events;
#[cfg(or(not(part), part: 'membership'))]
mod faucet;
#[cfg(or(not(part), part: 'membership'))]
mod governance;
#[cfg(or(not(part), part: 'membership'))]
mod hashes;
#[cfg(or(not(part), part: 'membership'))]
mod jobs;
#[cfg(or(not(part), part: 'membership'))]
mod reputation;
mod signing;
#[cfg(or(not(part), part: 'membership'))]
mod staking;
#[cfg(or(not(part), part: 'membership'))]
mod token;
#[cfg(or(not(part), part: 'membership'))]
mod validators;
#[cfg(not(part: 'privacy'))]
mod world;
