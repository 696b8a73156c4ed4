package sim

import "github.com/sage-network/sage-node/wire"

// Equivocating tells each validator something else: VALID to some, INVALID to others, in the round
// that they are in, and then changes its mind about whom to tell what.
type Equivocating struct {
	spoken map[uint32]int
}

// changesOfMind bounds how often it speaks in one round.
const changesOfMind = 3

func (e *Equivocating) Start(c *Control) { e.speak(c, 0) }

func (e *Equivocating) Hear(c *Control, vote wire.Vote) { e.speak(c, vote.Round) }

func (e *Equivocating) speak(c *Control, round uint32) {
	if e.spoken == nil {
		e.spoken = make(map[uint32]int)
	}
	if e.spoken[round] >= changesOfMind {
		return
	}
	e.spoken[round]++
	for to := range c.Validators() {
		verdict := wire.Valid
		if c.Rand.IntN(2) == 0 {
			verdict = wire.Invalid
		}
		c.Send(to, c.Vote(c.Slot(), round, verdict))
	}
}
