package proof

import (
	"fmt"

	"github.com/sage-network/sage-node/prover/channel"
	"github.com/sage-network/sage-node/prover/m31"
)

// Interaction is what a prover sends besides the [StarkProof] for an AIR with
// lookups. It is empty for other AIRs.
type Interaction struct {
	// ProofOfWork is the nonce ground before the lookups' challenges are drawn, 0
	// if none is demanded.
	ProofOfWork uint64
	// ClaimedSums are the sums of each component's lookups.
	ClaimedSums []m31.QM31
}

// Check complains unless there are exactly so many claimed sums and their words
// are canonical.
func (i Interaction) Check(sums int) error {
	if len(i.ClaimedSums) != sums {
		return malformed("claimed sums", len(i.ClaimedSums), sums, sums)
	}
	for _, s := range i.ClaimedSums {
		if !s.Canonical() {
			return fmt.Errorf("%w: claimed sum %v, want words less than 2³¹ − 1", ErrMalformed, s)
		}
	}
	return nil
}

// Transcript returns a fresh channel into which the caller's prologue, which may
// be nil, and then the configuration are mixed. The prologue mixes all that the
// proof shall be bound to.
func (c Config) Transcript(prologue func(ch *channel.Channel)) channel.Channel {
	var ch channel.Channel
	if prologue != nil {
		prologue(&ch)
	}
	ch.MixFelts(c.Felts())
	return ch
}
