//! The arithmetic of a score, in thousandths of a point: outcomes move it, time draws it back to
//! the middle.

use core::cmp::min;
use crate::interfaces::Outcome;

/// Thousandths in a point.
pub const POINT: u32 = 1_000;
pub const START: u32 = 500 * POINT;
pub const HIGHEST: u32 = 1_000 * POINT;

/// After so many seconds the distance from the middle has halved.
pub const HALF_LIFE: u64 = 30 * 86_400;

/// An approval gains ten points for each SAGE burnt for the job, and never more than ten.
const GAIN_PER_SAGE: u256 = 10_000;
const MOST_GAIN: u256 = 10_000;
const SAGE: u256 = 1_000_000_000_000_000_000;

const REJECTED: u32 = 200 * POINT;
const TIMED_OUT: u32 = 50 * POINT;
const HANDED_BACK: u32 = 10 * POINT;

/// `score` after `elapsed` seconds without an outcome. Between whole half-lives it moves in a
/// straight line.
pub fn decayed(score: u32, elapsed: u64) -> u32 {
    if score >= START {
        START + decayed_distance(score - START, elapsed)
    } else {
        START - decayed_distance(START - score, elapsed)
    }
}

fn decayed_distance(mut distance: u32, elapsed: u64) -> u32 {
    let (mut halvings, rest) = DivRem::div_rem(elapsed, HALF_LIFE.try_into().unwrap());
    while halvings != 0 && distance != 0 {
        distance /= 2;
        halvings -= 1;
    }
    let step: u64 = distance.into() * rest / (2 * HALF_LIFE);
    distance - step.try_into().unwrap()
}

/// `score` after an outcome; `burnt` is the fee burnt for the job.
pub fn moved(score: u32, outcome: Outcome, burnt: u256) -> u32 {
    match outcome {
        Outcome::Approved => min(score + gain(burnt), HIGHEST),
        Outcome::Rejected => lowered(score, REJECTED),
        Outcome::TimedOut => lowered(score, TIMED_OUT),
        Outcome::HandedBack => lowered(score, HANDED_BACK),
    }
}

fn gain(burnt: u256) -> u32 {
    if burnt >= SAGE {
        return MOST_GAIN.try_into().unwrap();
    }
    (burnt * GAIN_PER_SAGE / SAGE).try_into().unwrap()
}

fn lowered(score: u32, loss: u32) -> u32 {
    score - min(score, loss)
}
