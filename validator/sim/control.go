package sim

import (
	"math/rand/v2"
	"time"

	"github.com/sage-network/sage-node/wire"
)

// Control is what an adversary can do: sign with its own key, send what it likes to whom it likes
// when it likes.
type Control struct {
	world     *world
	behaviour Behaviour
	Self      int
	Rand      *rand.Rand
}

func (c *Control) start()              { c.behaviour.Start(c) }
func (c *Control) hear(vote wire.Vote) { c.behaviour.Hear(c, vote) }

// Validators returns how many there are.
func (c *Control) Validators() int { return len(c.world.nodes) }

// Truth is what honest validators will find.
func (c *Control) Truth() wire.Verdict { return c.world.Truth }

// RoundTimeout is the length of a round.
func (c *Control) RoundTimeout() time.Duration { return c.world.RoundTimeout }

// Slot is what everybody votes on.
func (c *Control) Slot() wire.Slot { return c.world.slot }

// Vote returns a vote with the adversary's good signature.
func (c *Control) Vote(slot wire.Slot, round uint32, verdict wire.Verdict) wire.Vote {
	vote := wire.Vote{Slot: slot, Round: round, Verdict: verdict, Validator: address(c.Self)}
	vote.Signature = scheme{}.sign(key(c.Self), vote)
	return vote
}

// Send sends a vote to one validator.
func (c *Control) Send(to int, vote wire.Vote) {
	if to != c.Self {
		c.world.send(c.Self, to, vote)
	}
}

// Broadcast sends a vote to all.
func (c *Control) Broadcast(vote wire.Vote) { c.world.broadcast(c.Self, vote) }

// After schedules a deed.
func (c *Control) After(d time.Duration, do func()) { c.world.after(d, do) }

func opposite(v wire.Verdict) wire.Verdict {
	if v == wire.Valid {
		return wire.Invalid
	}
	return wire.Valid
}
