package sim

import "github.com/sage-network/sage-node/wire"

// Lying votes the opposite of the truth in every round it hears of, and never contradicts itself.
type Lying struct {
	voted map[uint32]bool
}

func (l *Lying) Start(c *Control) { l.vote(c, 0) }

func (l *Lying) Hear(c *Control, vote wire.Vote) { l.vote(c, vote.Round) }

func (l *Lying) vote(c *Control, round uint32) {
	if l.voted == nil {
		l.voted = make(map[uint32]bool)
	}
	if !l.voted[round] {
		l.voted[round] = true
		c.Broadcast(c.Vote(c.Slot(), round, opposite(c.Truth())))
	}
}
