//! ReputationManager: how a score moves.

use crate::interfaces::{
    IReputationManagerDispatcherTrait, IReputationManagerSafeDispatcher,
    IReputationManagerSafeDispatcherTrait, Outcome,
};
use crate::reputation::score;
use crate::reputation::score::{HALF_LIFE, HIGHEST, POINT, START};
use super::world::{SAGE, act_as, bare, deployer, refused, wait, worker};

#[test]
fn outcomes_move_a_score_within_its_bounds() {
    assert!(score::moved(START, Outcome::Approved, 0) == START, "wash jobs buy nothing");
    assert!(score::moved(START, Outcome::Approved, SAGE / 2) == START + 5 * POINT);
    assert!(score::moved(START, Outcome::Approved, SAGE) == START + 10 * POINT);
    assert!(score::moved(START, Outcome::Approved, 1_000_000 * SAGE) == START + 10 * POINT);
    assert!(score::moved(HIGHEST - 1, Outcome::Approved, SAGE) == HIGHEST);
    assert!(score::moved(START, Outcome::Rejected, SAGE) == START - 200 * POINT);
    assert!(score::moved(START, Outcome::TimedOut, SAGE) == START - 50 * POINT);
    assert!(score::moved(START, Outcome::HandedBack, SAGE) == START - 10 * POINT);
    assert!(score::moved(199 * POINT, Outcome::Rejected, 0) == 0);
}

#[test]
fn time_draws_a_score_to_the_middle() {
    assert!(score::decayed(HIGHEST, 0) == HIGHEST);
    assert!(score::decayed(HIGHEST, HALF_LIFE) == 750 * POINT);
    assert!(score::decayed(HIGHEST, 2 * HALF_LIFE) == 625 * POINT);
    assert!(score::decayed(HIGHEST, HALF_LIFE / 2) == 875 * POINT);
    assert!(score::decayed(0, HALF_LIFE) == 250 * POINT);
    assert!(score::decayed(0, 3 * HALF_LIFE / 2) == 312_500);
    assert!(score::decayed(START, 12_345) == START);
    assert!(score::decayed(HIGHEST, 0xffffffffffffffff) == START);
    assert!(score::decayed(0, 0xffffffffffffffff) == START);
}

#[test]
#[feature("safe_dispatcher")]
fn only_job_manager_records() {
    let world = bare();
    let safe = IReputationManagerSafeDispatcher { contract_address: world.wiring.reputation };
    for caller in [deployer(), worker(), world.wiring.proofs].span() {
        act_as(*caller);
        refused(safe.record(worker(), Outcome::Approved, SAGE), 'caller is not JobManager');
    }
    act_as(world.wiring.jobs);
    assert!(world.reputation.score(worker()) == 500);
    world.reputation.record(worker(), Outcome::Rejected, SAGE);
    world.reputation.record(worker(), Outcome::HandedBack, SAGE);
    world.reputation.record(worker(), Outcome::TimedOut, SAGE);
    world.reputation.record(worker(), Outcome::Approved, SAGE);
    assert!(world.reputation.score(worker()) == 250);
    assert!(world.reputation.counts(worker()) == (1, 1, 1, 1));
    wait(HALF_LIFE);
    assert!(world.reputation.score(worker()) == 375);
}
