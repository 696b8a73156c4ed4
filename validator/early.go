package validator

import (
	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/validator/bft"
	"github.com/sage-network/sage-node/wire"
)

// earlyFromOne bounds the early votes of one validator that wait.
const earlyFromOne = 256

// earlyVotes holds votes on slots that the chain has not shown to this validator yet: others may
// poll faster.
type earlyVotes struct {
	bySlot map[wire.Slot][]bft.ValidatedMessage
	from   map[felt.Felt]int
}

func newEarlyVotes() earlyVotes {
	return earlyVotes{bySlot: make(map[wire.Slot][]bft.ValidatedMessage), from: make(map[felt.Felt]int)}
}

func (e *earlyVotes) add(m bft.ValidatedMessage) {
	vote := m.Vote()
	if e.from[vote.Validator] < earlyFromOne {
		e.from[vote.Validator]++
		e.bySlot[vote.Slot] = append(e.bySlot[vote.Slot], m)
	}
}

// take removes and returns the votes on a slot.
func (e *earlyVotes) take(slot wire.Slot) []bft.ValidatedMessage {
	messages := e.bySlot[slot]
	delete(e.bySlot, slot)
	for _, m := range messages {
		voter := m.Vote().Validator
		if e.from[voter]--; e.from[voter] == 0 {
			delete(e.from, voter)
		}
	}
	return messages
}

// forget drops votes of past epochs: nobody will ask for their slots.
func (e *earlyVotes) forget(epoch uint64) {
	for slot := range e.bySlot {
		if slot.VoteEpoch+1 < epoch {
			e.take(slot)
		}
	}
}
