package sim

import (
	"github.com/NethermindEth/juno/core/felt"
	"github.com/sage-network/sage-node/wire"
)

// Spamming floods with forged, replayed and foreign votes, and with own votes of far rounds that
// are to drag the others along.
type Spamming struct {
	heard []wire.Vote
	sent  int
}

const spamLimit = 400

func (s *Spamming) Start(c *Control) {
	var burst func()
	burst = func() {
		for range 5 {
			s.sent++
			c.Broadcast(s.junk(c))
		}
		if s.sent < spamLimit {
			c.After(c.RoundTimeout()/10, burst)
		}
	}
	burst()
}

func (s *Spamming) Hear(_ *Control, vote wire.Vote) {
	if len(s.heard) < spamLimit {
		s.heard = append(s.heard, vote)
	}
}

func (s *Spamming) junk(c *Control) wire.Vote {
	verdict := opposite(c.Truth())
	victim := c.Rand.IntN(c.Validators())
	round := c.Rand.Uint32N(64)
	switch c.Rand.IntN(7) {
	case 0: // another's name under the own signature
		vote := c.Vote(c.Slot(), round, verdict)
		vote.Validator = address(victim)
		return vote
	case 1: // a good vote with its verdict turned
		if len(s.heard) > 0 {
			vote := s.heard[c.Rand.IntN(len(s.heard))]
			vote.Verdict = opposite(vote.Verdict)
			return vote
		}
	case 2: // a replay, into another round
		if len(s.heard) > 0 {
			vote := s.heard[c.Rand.IntN(len(s.heard))]
			vote.Round = round
			return vote
		}
	case 3: // another epoch's vote
		slot := c.Slot()
		slot.VoteEpoch++
		return c.Vote(slot, round, verdict)
	case 4: // another chain's vote
		slot := c.Slot()
		slot.ChainID = *new(felt.Felt).SetUint64(1)
		return c.Vote(slot, round, verdict)
	case 5: // another attempt's vote, moved here
		slot := c.Slot()
		slot.Attempt++
		vote := c.Vote(slot, round, verdict)
		vote.Slot = c.Slot()
		return vote
	}
	return c.Vote(c.Slot(), c.Rand.Uint32N(wire.MaxRound+1), verdict)
}
