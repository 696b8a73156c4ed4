//! When the signers of a certificate are enough.

use crate::bitmap;
use crate::interfaces::TableEntry;

/// Who signed, and with what weight.
#[derive(Drop)]
pub struct Signers {
    pub entries: Array<TableEntry>,
    /// Stake of the signers who are not jailed.
    pub stake: u256,
    /// Stake of the whole table, jailed validators included.
    pub total: u256,
}

/// The signers that `bitmap` names in `table`, in its order. Panics on a bit beyond the table.
pub fn signers(table: Span<TableEntry>, bitmap: u256) -> Signers {
    let mut total: u256 = 0;
    for entry in table {
        total += *entry.stake;
    }
    let mut entries = array![];
    let mut stake: u256 = 0;
    for position in bitmap::members(bitmap) {
        let entry = *table.get(position).expect('bitmap beyond the table').unbox();
        if !entry.jailed {
            stake += entry.stake;
        }
        entries.append(entry);
    }
    Signers { entries, stake, total }
}

/// More than two thirds of the total.
pub fn is_quorum(stake: u256, total: u256) -> bool {
    stake * 3 > total * 2
}
