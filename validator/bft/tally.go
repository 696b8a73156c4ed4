package bft

import (
	"math/big"

	"github.com/sage-network/sage-node/wire"
)

// roundsKept bounds how many votes of one validator on one slot are remembered: with rounds of
// half a minute, four hours. A validator that fills it pushes out only votes of its own.
const roundsKept = 512

// ballot is all that one validator said about a slot.
type ballot struct {
	votes   map[uint32]wire.Vote // the first vote of each round
	highest uint32
	valid   *wire.Vote
	invalid *wire.Vote
}

// tally counts votes on one slot. Who contradicted itself or was excluded counts nowhere: the
// chain gives a jailed signer no weight.
type tally struct {
	table    *Table
	ballots  []ballot
	excluded []bool
	self     int // whose votes are never forgotten; -1 for nobody's
}

func newTally(table *Table, self int) *tally {
	return &tally{table: table, ballots: make([]ballot, table.Len()), excluded: make([]bool, table.Len()), self: self}
}

// add counts a vote. counted is false for a second vote of the same round. The evidence is set when
// this vote is the first to contradict an earlier one.
func (t *tally) add(index int, vote wire.Vote) (counted bool, evidence *Evidence) {
	b := &t.ballots[index]
	contradicted := b.valid != nil && b.invalid != nil
	if vote.Verdict == wire.Valid && b.valid == nil {
		b.valid = &vote
	}
	if vote.Verdict == wire.Invalid && b.invalid == nil {
		b.invalid = &vote
	}
	if !contradicted && b.valid != nil && b.invalid != nil {
		t.excluded[index] = true
		evidence = &Evidence{Valid: *b.valid, Invalid: *b.invalid}
	}
	if _, again := b.votes[vote.Round]; again {
		return false, evidence
	}
	if b.votes == nil {
		b.votes = make(map[uint32]wire.Vote)
	}
	if len(b.votes) >= roundsKept && index != t.self {
		lowest := vote.Round
		for round := range b.votes {
			lowest = min(lowest, round)
		}
		if lowest == vote.Round {
			return false, evidence
		}
		delete(b.votes, lowest)
	}
	b.votes[vote.Round] = vote
	b.highest = max(b.highest, vote.Round)
	return true, evidence
}

// voted tells whether the validator has a vote in the round.
func (t *tally) voted(index int, round uint32) bool {
	_, ok := t.ballots[index].votes[round]
	return ok
}

// stake sums the stake of those, not excluded, whose ballot satisfies the condition.
func (t *tally) stake(condition func(*ballot) bool) *big.Int {
	sum := new(big.Int)
	for i := range t.ballots {
		if !t.excluded[i] && len(t.ballots[i].votes) > 0 && condition(&t.ballots[i]) {
			sum.Add(sum, t.table.members[i].Stake)
		}
	}
	return sum
}

// in is the stake that voted in a round.
func (t *tally) in(round uint32) *big.Int {
	return t.stake(func(b *ballot) bool { _, ok := b.votes[round]; return ok })
}

// frontier is the highest round such that more than a third of the stake has voted in it or in a
// later one; ok is false while less than that has voted at all.
func (t *tally) frontier() (round uint32, ok bool) {
	for i := range t.ballots {
		candidate := t.ballots[i].highest
		if t.excluded[i] || len(t.ballots[i].votes) == 0 || (ok && candidate <= round) {
			continue
		}
		if t.table.blocking(t.stake(func(b *ballot) bool { return b.highest >= candidate })) {
			round, ok = candidate, true
		}
	}
	return round, ok
}

// certificate returns the certificate for a verdict in a round, if there is a quorum.
func (t *tally) certificate(slot wire.Slot, round uint32, verdict wire.Verdict) (wire.Certificate, bool) {
	agrees := func(b *ballot) bool { v, ok := b.votes[round]; return ok && v.Verdict == verdict }
	if !t.table.quorum(t.stake(agrees)) {
		return wire.Certificate{}, false
	}
	c := wire.Certificate{Slot: slot, Round: round, Verdict: verdict}
	for i := range t.ballots {
		if !t.excluded[i] && agrees(&t.ballots[i]) {
			c.Signers.Set(i)
			c.Signatures = append(c.Signatures, t.ballots[i].votes[round].Signature)
		}
	}
	return c, true
}
