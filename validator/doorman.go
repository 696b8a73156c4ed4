package validator

import (
	"context"
	"sync"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/sage-network/sage-node/p2p"
	"github.com/sage-network/sage-node/validator/bft"
	"github.com/sage-network/sage-node/wire"
)

const (
	// A validator's votes beyond this rate are not relayed: a bucket of votesBurst that fills by
	// votesPerSecond. Honest ones vote once a round on each open slot.
	votesBurst     = 512
	votesPerSecond = 16
	// seenVotes bounds the memory of relayed votes.
	seenVotes = 1 << 15
)

// statement is what a vote says, whatever its signature: ECDSA signatures can be varied.
type statement struct {
	slot      wire.Slot
	round     uint32
	verdict   wire.Verdict
	validator felt.Felt
}

type bucket struct {
	tokens float64
	at     time.Time
}

// doorman admits votes from the topic before they are relayed.
type doorman struct {
	tables *tables
	now    func() time.Time

	mu      sync.Mutex
	seen    [2]map[statement]bool // the newer half, the older half
	buckets map[felt.Felt]*bucket
}

func newDoorman(tables *tables) *doorman {
	return &doorman{
		tables: tables, now: time.Now,
		seen:    [2]map[statement]bool{{}, {}},
		buckets: make(map[felt.Felt]*bucket),
	}
}

// admit implements the topic's admission. Bytes that are no vote, strangers and forgeries are held
// against the sender. Repetitions, floods and epochs that are not known here are dropped only.
func (d *doorman) admit(ctx context.Context, _ peer.ID, data []byte) (bft.ValidatedMessage, p2p.Decision) {
	var vote wire.Vote
	if err := vote.UnmarshalBinary(data); err != nil {
		return bft.ValidatedMessage{}, p2p.Reject
	}
	said := statement{vote.Slot, vote.Round, vote.Verdict, vote.Validator}
	if d.heard(said) {
		return bft.ValidatedMessage{}, p2p.Ignore
	}
	if !d.tables.plausible(vote.Slot.VoteEpoch) {
		return bft.ValidatedMessage{}, p2p.Ignore
	}
	admission, err := d.tables.get(ctx, vote.Slot.VoteEpoch)
	if err != nil {
		return bft.ValidatedMessage{}, p2p.Ignore
	}
	message, err := admission.Validate(vote)
	if err != nil {
		return bft.ValidatedMessage{}, p2p.Reject
	}
	if !d.remember(said) {
		return bft.ValidatedMessage{}, p2p.Ignore
	}
	return message, p2p.Accept
}

func (d *doorman) heard(s statement) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.seen[0][s] || d.seen[1][s]
}

// remember notes a vote with a good signature; false when it is a repetition or one too many.
func (d *doorman) remember(s statement) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.seen[0][s] || d.seen[1][s] {
		return false
	}
	now := d.now()
	b, ok := d.buckets[s.validator]
	if !ok {
		b = &bucket{tokens: votesBurst, at: now}
		d.buckets[s.validator] = b
	}
	b.tokens = min(votesBurst, b.tokens+votesPerSecond*now.Sub(b.at).Seconds())
	b.at = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	if len(d.seen[0]) >= seenVotes/2 {
		d.seen[1], d.seen[0] = d.seen[0], make(map[statement]bool)
	}
	d.seen[0][s] = true
	return true
}
