//! The table of an attempt: what each state allows, and what each call does.

use crate::interfaces::{
    AttemptState, IJobManagerDispatcherTrait, IJobManagerSafeDispatcher,
    IJobManagerSafeDispatcherTrait, JobState,
};
use super::world::{WorldTrait, act_as, client, network, refused, worker};

#[test]
fn the_way_to_approval() {
    let world = network();
    let job = world.approved(1);
    assert!(world.jobs.attempt(job, 1).state == AttemptState::Approved);
    assert!(world.jobs.job(job).state == JobState::Done);
}

#[test]
#[feature("safe_dispatcher")]
fn a_failed_call_changes_nothing() {
    let world = network();
    let job = world.assigned(1);
    let safe = IJobManagerSafeDispatcher { contract_address: world.wiring.jobs };
    act_as(client());
    refused(safe.decline(job, 1), 'caller is not the worker');
    refused(safe.assign(job, worker(), 0), 'no hedges left');
}
