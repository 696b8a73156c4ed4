// Package bundle puts what many callers want of one account into few transactions.
//
// An account has one transaction under way at a time, and a block holds it. A [Line] therefore lets whoever comes
// first send, and whatever has gathered meanwhile goes into the next transaction together, all or nothing. No caller
// waits for others to come, and none is served by a goroutine of its own: each sends when its turn comes, for
// all that wait.
//
// One order that the contracts refuse must not hold up others. A refused transaction is taken apart: the first order
// with which the beginning of it fails is found by estimation, which costs nothing, the others go on without it,
// and it is tried alone, so that only an order that failed by itself is told of a refusal. When
// nothing is found, because the state has moved on since, the halves go one after the other.
//
// Orders are built anew for every transaction, one after the other, so that each may rest on what those before it
// leave: proofs over a balance stay true, whatever was left out.
package bundle
