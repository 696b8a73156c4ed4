// Package votelog remembers a validator's own votes on disk, so that it never contradicts itself,
// whatever happens to its process or machine.
//
// A vote is appended and synced before it may be broadcast (write-ahead). The log is keyed by slot:
// it refuses a second vote in one round, and a decisive verdict that contradicts an earlier one.
// One process at a time holds a log (an exclusive lock beside it, <log>.lock), and a log belongs to one
// validator and one vote key.
//
// # Format, version 2
//
// Header, 76 bytes: "SAGEVOTE", u32 version, validator address, vote key (32 bytes each, big-endian).
// Then records: u32 length of the payload, u32 CRC-32C of the payload, payload (wire.Vote).
// Integers are big-endian.
//
// # Growth
//
// Prune forgets the votes of epochs that are long over, and from then on takes none of them.
//
// # Recovery
//
// Each record is durable before the next one is written, so that a crash tears at most the last.
// Open cuts off an incomplete or damaged last record: its vote was never sent. Damage with more
// than one record's length behind it is no torn write; Open refuses it with ErrCorrupt instead of
// forgetting votes that were sent.
package votelog
