//! The states of an attempt: which follow which, and what an end costs its worker.

use crate::interfaces::{AttemptState, Offence, Outcome, Verdict};

/// An offer that nobody is liable for yet.
pub fn is_offer(state: AttemptState) -> bool {
    match state {
        AttemptState::Assigned | AttemptState::Funded => true,
        _ => false,
    }
}

/// Accepted and not ended: the worker's bond is held.
pub fn is_liable(state: AttemptState) -> bool {
    match state {
        AttemptState::Accepted | AttemptState::Submitted | AttemptState::Challenge |
        AttemptState::Appeal | AttemptState::Disputed => true,
        _ => false,
    }
}

pub fn is_final(state: AttemptState) -> bool {
    match state {
        AttemptState::Approved | AttemptState::Rejected | AttemptState::Void => true,
        _ => false,
    }
}

/// The window that a state opens.
#[derive(Copy, Drop, PartialEq, Debug)]
pub enum Window {
    Challenge,
    Appeal,
}

/// What a certificate does.
#[derive(Copy, Drop, PartialEq, Debug)]
pub struct Ruling {
    pub state: AttemptState,
    pub window: Window,
    /// The certificate contradicts the recorded one: who signed both lied.
    pub contradiction: bool,
}

/// Where a certificate for `verdict` leads from `state`, whose last certificate said `recorded`.
/// None: it counts for nothing there.
pub fn on_certificate(state: AttemptState, recorded: Verdict, verdict: Verdict) -> Option<Ruling> {
    match state {
        AttemptState::Submitted => first_ruling(verdict),
        AttemptState::Challenge => match verdict {
            Verdict::Invalid => Some(dispute()),
            _ => None,
        },
        AttemptState::Appeal => match recorded {
            Verdict::Invalid => match verdict {
                Verdict::Valid => Some(dispute()),
                _ => None,
            },
            Verdict::Unavailable => match verdict {
                Verdict::Unavailable => None,
                _ => first_ruling(verdict),
            },
            _ => None,
        },
        _ => None,
    }
}

fn first_ruling(verdict: Verdict) -> Option<Ruling> {
    match verdict {
        Verdict::None => None,
        Verdict::Valid => Some(
            Ruling {
                state: AttemptState::Challenge, window: Window::Challenge, contradiction: false,
            },
        ),
        Verdict::Invalid |
        Verdict::Unavailable => Some(
            Ruling { state: AttemptState::Appeal, window: Window::Appeal, contradiction: false },
        ),
    }
}

fn dispute() -> Ruling {
    Ruling { state: AttemptState::Disputed, window: Window::Appeal, contradiction: true }
}

/// How an attempt ends.
#[derive(Copy, Drop, PartialEq, Debug)]
pub struct Ending {
    pub state: AttemptState,
    /// A short string for followers.
    pub cause: felt252,
    pub offence: Option<Offence>,
    pub outcome: Option<Outcome>,
    /// Counts towards the job's quarantine.
    pub failure: bool,
}

/// How the end of its window ends an attempt that a result was submitted for. None: this state
/// ends otherwise.
pub fn on_window_over(state: AttemptState, recorded: Verdict) -> Option<Ending> {
    match state {
        AttemptState::Submitted => Some(without_blame('undecided')),
        AttemptState::Challenge => Some(
            Ending {
                state: AttemptState::Approved,
                cause: 'approved',
                offence: None,
                outcome: Some(Outcome::Approved),
                failure: false,
            },
        ),
        AttemptState::Appeal => match recorded {
            Verdict::Invalid => Some(
                Ending {
                    state: AttemptState::Rejected,
                    cause: 'invalid',
                    offence: Some(Offence::InvalidProof),
                    outcome: Some(Outcome::Rejected),
                    failure: true,
                },
            ),
            Verdict::Unavailable => Some(
                Ending {
                    state: AttemptState::Rejected,
                    cause: 'unavailable',
                    offence: Some(Offence::Unavailable),
                    outcome: Some(Outcome::TimedOut),
                    failure: true,
                },
            ),
            _ => None,
        },
        AttemptState::Disputed => Some(without_blame('disputed')),
        _ => None,
    }
}

/// VOID, with nothing held against the worker.
pub fn without_blame(cause: felt252) -> Ending {
    Ending { state: AttemptState::Void, cause, offence: None, outcome: None, failure: false }
}

pub fn handed_back() -> Ending {
    Ending {
        state: AttemptState::Void,
        cause: 'handed back',
        offence: Some(Offence::HandBack),
        outcome: Some(Outcome::HandedBack),
        failure: true,
    }
}

pub fn timed_out() -> Ending {
    Ending {
        state: AttemptState::Void,
        cause: 'timed out',
        offence: Some(Offence::Timeout),
        outcome: Some(Outcome::TimedOut),
        failure: true,
    }
}
