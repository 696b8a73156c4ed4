//! One worker's record, and the status that follows from it.

use core::num::traits::Zero;
use crate::interfaces::WorkerStatus;
use super::tiers;

/// What is stored of a worker. Its status is not: it follows from the rest, so that the two cannot
/// disagree.
#[derive(Copy, Drop, PartialEq, starknet::Store)]
pub struct WorkerRecord {
    pub tier: u8,
    pub registered: bool,
    /// Left in good order; a new stake starts over.
    pub deregistered: bool,
    /// Slashed below its tier's minimum and not topped up since.
    pub jailed: bool,
    pub node_key_odd: bool,
    pub open_bonds: u32,
    pub invalid_proofs: u32,
    pub unlock_at: u64,
    pub registered_at: u64,
    pub active: u256,
    pub unstaking: u256,
    pub bonded: u256,
    pub node_key_x: u256,
    pub capability_hash: u256,
    pub attestation_hash: u256,
}

#[generate_trait]
pub impl WorkerRecordImpl of WorkerRecordTrait {
    /// Whether the active stake reaches the minimum of a tier chosen.
    fn meets_minimum(self: @WorkerRecord) -> bool {
        *self.tier != 0 && *self.active >= tiers::minimum(*self.tier)
    }

    fn status(self: @WorkerRecord) -> WorkerStatus {
        if (*self.active).is_zero() && (*self.unstaking).is_non_zero() {
            WorkerStatus::Unstaking
        } else if *self.registered {
            if *self.jailed {
                WorkerStatus::Jailed
            } else if self.meets_minimum() {
                WorkerStatus::Active
            } else {
                WorkerStatus::Registered
            }
        } else if (*self.active).is_non_zero() {
            WorkerStatus::Staked
        } else if *self.deregistered {
            WorkerStatus::Deregistered
        } else {
            WorkerStatus::None
        }
    }

    /// What may leave: stake that no open attempt holds.
    fn unbonded(self: @WorkerRecord) -> u256 {
        if *self.active > *self.bonded {
            *self.active - *self.bonded
        } else {
            0
        }
    }
}
