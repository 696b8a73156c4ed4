// Package validator follows the chain for submitted attempts, judges their proofs, votes on them with
// the other validators, and takes the certificate to the chain.
//
// # How it is put together
//
// A [Service] polls a [Chain] and opens a contest for every attempt that waits for a verdict. A
// contest runs one [github.com/sage-network/sage-node/validator/bft] instance in one goroutine and
// is its host: it fetches the committed bytes through [Blobs], lets the [Judge] say what they are,
// signs with the vote key, records in the vote log before it sends, and submits what comes out.
//
// # What a verdict rests on
//
// On committed bytes and on the chain's statement, and on nothing else: no stake, no attestation,
// no clock, no header of a proof file. See [Judge].
//
// # Security
//
// The node behind Chain is trusted to tell the truth about the chain. Peers are not trusted with
// anything: votes are admitted by signature against the epoch's table, rate-limited for each
// validator, and counted only for slots that the chain knows. The vote key signs votes alone; the
// vote log keeps it from ever signing a contradiction. Losing the log while keeping the key is the
// one way to be slashed for an honest crash: move both or neither.
package validator
