// Package bft gathers the votes of an epoch's validators on one slot until more than two thirds of
// the stake agree, and hands out the certificate.
//
// It is a pure state machine: no network, no disk, no clock. A Host supplies those; the machine
// calls it synchronously. An Instance is not safe for concurrent use: the host serialises Start,
// Conclude, Receive, Alarm and Exclude. Admission is safe for concurrent use, so that a pubsub
// validator can admit votes while instances run.
//
// # What is agreed on, and why it is simple
//
// The verdict is not negotiated. It is a pure function of committed bytes, so that all honest
// validators who see the bytes reach the same one; there is no leader and no proposal. Rounds
// exist because votes get lost, because a blob that nobody served may appear later, and because a
// certificate is counted on-chain within one round.
//
//   - A validator votes once a round. Valid and Invalid are decisive: it repeats the same verdict in
//     every later round. Unavailable leaves the next round open.
//   - A round without a decisive quorum ends by the host's alarm (30 s), and the next one begins.
//   - Catching up: when validators with more than a third of the stake are in some higher round,
//     the instance enters it at once. A decided validator also votes in any round, past or
//     future, in which more than a third of the stake voted. At least one of those is honest, so
//     that liars cannot drag rounds ahead.
//
// # Safety
//
// Two decisive certificates that contradict each other share signers of more than a third of the
// stake, each of whom signed Valid and Invalid on one slot: that is Evidence, and costs half of a
// stake. Below a third of lying stake there is no contradiction in any schedule.
//
// # Liveness
//
// Once messages arrive and honest stake of more than two thirds is decided: let x be the highest
// round that honest validators with more than a third of the stake have reached. Those below it
// enter it; those above it hold at most a third, so that more than a third votes in x itself, and
// then those above vote in it too. All honest votes meet in x, whatever the liars send.
//
// The shape (host interfaces, validated messages as a type, one instance a decision) follows
// go-f3; the amplification step is Bracha's (Asynchronous Byzantine agreement protocols, 1987).
package bft
