package bft

import (
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/sage-network/sage-node/wire"
)

// Host is what an Instance asks of the world around it. All calls are made synchronously from
// within the Instance's own methods, and must not call back into it.
type Host interface {
	Network
	Clock
	Signer
	Journal
	Observer
}

// Network spreads votes.
type Network interface {
	// Broadcast sends a vote to the other validators, best effort.
	Broadcast(wire.Vote)
}

// Clock wakes the instance.
type Clock interface {
	// SetAlarm asks for one call of Instance.Alarm(round) when d has passed. A new alarm replaces
	// the one before.
	SetAlarm(round uint32, d time.Duration)
}

// Signer holds the vote key.
type Signer interface {
	// Sign signs the vote's hash; the vote's Signature field is ignored.
	Sign(wire.Vote) (wire.Signature, error)
}

// Journal remembers the validator's own votes across crashes.
type Journal interface {
	// Record returns nil once the vote is durable. It refuses a vote that contradicts an earlier
	// one; the vote is then neither counted nor sent.
	Record(wire.Vote) error
}

// Observer learns what the votes amount to.
type Observer interface {
	// RoundBegan says that a round began in which this validator has no verdict yet. The host
	// looks for the bytes again and calls Conclude.
	RoundBegan(round uint32)
	// Certified hands out a certificate, at most one for each verdict.
	Certified(wire.Certificate)
	// Equivocated hands out evidence, at most once for each validator.
	Equivocated(Evidence)
}

// Verifier checks vote signatures. It must be safe for concurrent use.
type Verifier interface {
	// Verify returns nil when the vote's signature is by key over the vote's hash.
	Verify(key felt.Felt, vote wire.Vote) error
}

// Evidence is two signed votes of one validator on one slot, one Valid and one Invalid, in
// whatever rounds.
type Evidence struct {
	Valid, Invalid wire.Vote
}

// Validator returns the account of the validator that contradicted itself.
func (e Evidence) Validator() felt.Felt { return e.Valid.Validator }
