package bft

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/sage-network/sage-node/wire"
)

// DefaultRoundTimeout is the length of a round.
const DefaultRoundTimeout = 30 * time.Second

var (
	// ErrContradiction: this validator's own verdict would contradict an earlier one of its own.
	// Nothing was signed.
	ErrContradiction = errors.New("bft: own verdict contradicts an earlier one")
	// ErrWrongInstance: a message for another slot or admitted under another table.
	ErrWrongInstance = errors.New("bft: message belongs to another instance")
	// ErrRoundsExhausted: wire.MaxRound is reached.
	ErrRoundsExhausted = errors.New("bft: no rounds left")
)

// Config describes an instance.
type Config struct {
	Slot      wire.Slot
	Admission *Admission
	// Self is this validator's account. It need not be in the table: then the instance only
	// listens.
	Self felt.Felt
	// RoundTimeout is the length of a round; DefaultRoundTimeout when zero.
	RoundTimeout time.Duration
	// History holds this validator's own votes on the slot from its journal, in any order.
	History []wire.Vote
}

// Instance is the vote on one slot as one validator sees it.
type Instance struct {
	slot    wire.Slot
	table   *Table
	timeout time.Duration
	host    Host

	address felt.Felt
	self    int // position in the table, -1 for a listener
	round   uint32
	verdict wire.Verdict // of this validator; zero while it has none
	tally   *tally
	issued  map[wire.Verdict]bool
}

// NewInstance prepares the vote on a slot. History is counted, and binds: a validator that decided
// before a crash repeats itself after it.
func NewInstance(config Config, host Host) (*Instance, error) {
	if err := config.Admission.origin(config.Slot); err != nil {
		return nil, err
	}
	i := &Instance{
		slot:    config.Slot,
		table:   config.Admission.table,
		timeout: config.RoundTimeout,
		host:    host,
		address: config.Self,
		self:    -1,
		issued:  make(map[wire.Verdict]bool),
	}
	if i.timeout <= 0 {
		i.timeout = DefaultRoundTimeout
	}
	if index, ok := i.table.Index(config.Self); ok {
		i.self = index
	}
	i.tally = newTally(i.table, i.self)
	for _, vote := range config.History {
		if vote.Slot != i.slot || vote.Validator != i.address || i.self < 0 {
			return nil, fmt.Errorf("%w: history holds a vote of %s on %s", ErrWrongInstance, vote.Validator.String(), vote.Slot)
		}
		if vote.Verdict.Decisive() {
			if i.verdict.Decisive() && i.verdict != vote.Verdict {
				return nil, fmt.Errorf("%w: history holds VALID and INVALID on %s", ErrContradiction, i.slot)
			}
			i.verdict = vote.Verdict
		}
		i.round = max(i.round, vote.Round)
		i.tally.add(i.self, vote)
	}
	return i, nil
}

// Start begins the current round: it repeats the latest vote from history, or asks the host for a
// verdict.
func (i *Instance) Start() error {
	i.host.SetAlarm(i.round, i.timeout)
	if i.self >= 0 {
		if vote, ok := i.tally.ballots[i.self].votes[i.round]; ok {
			i.host.Broadcast(vote)
		} else if !i.verdict.Decisive() {
			i.host.RoundBegan(i.round)
		}
	}
	return i.advance(i.round)
}

// Slot returns the slot that is voted on.
func (i *Instance) Slot() wire.Slot { return i.slot }

// Round returns the current round.
func (i *Instance) Round() uint32 { return i.round }

// Verdict returns this validator's verdict; zero while it has none.
func (i *Instance) Verdict() wire.Verdict { return i.verdict }

// Decided tells whether a decisive certificate was handed out.
func (i *Instance) Decided() bool { return i.issued[wire.Valid] || i.issued[wire.Invalid] }

// Conclude gives this validator's own verdict, and votes it in the current round unless it has
// voted there. Unavailable holds for the current round only; a decisive verdict for good. Another
// decisive verdict than before is ErrContradiction.
func (i *Instance) Conclude(verdict wire.Verdict) error {
	switch {
	case !verdict.Known():
		return fmt.Errorf("%w: verdict %s", ErrMalformed, verdict)
	case i.verdict.Decisive() && verdict.Decisive() && verdict != i.verdict:
		return fmt.Errorf("%w: %s after %s on %s", ErrContradiction, verdict, i.verdict, i.slot)
	case i.verdict.Decisive():
		return nil
	}
	i.verdict = verdict
	if err := i.vote(i.round); err != nil {
		return err
	}
	if !verdict.Decisive() {
		return nil
	}
	// Rounds that wait for this validator.
	var rounds []uint32
	for index := range i.tally.ballots {
		for round := range i.tally.ballots[index].votes {
			rounds = append(rounds, round)
		}
	}
	slices.Sort(rounds)
	for _, round := range slices.Compact(rounds) {
		if err := i.advance(round); err != nil {
			return err
		}
	}
	return nil
}

// Receive counts a validated vote. A duplicate changes nothing.
func (i *Instance) Receive(m ValidatedMessage) error {
	if m.table != i.table || m.vote.Slot != i.slot {
		return fmt.Errorf("%w: %s", ErrWrongInstance, m.vote.Slot)
	}
	if m.index == i.self {
		return i.recall(m.vote)
	}
	counted, evidence := i.tally.add(m.index, m.vote)
	if evidence != nil {
		i.host.Equivocated(*evidence)
	}
	if !counted {
		return nil
	}
	return i.advance(m.vote.Round)
}

// recall takes in an own vote that came back from the network. One that the journal does not hold,
// because the journal was lost or the key signs elsewhere too, binds like any other.
func (i *Instance) recall(vote wire.Vote) error {
	if i.tally.voted(i.self, vote.Round) {
		return nil
	}
	if i.verdict.Decisive() && vote.Verdict.Decisive() && vote.Verdict != i.verdict {
		return fmt.Errorf("%w: received own %s after %s on %s; is the vote key in use elsewhere?",
			ErrContradiction, vote.Verdict, i.verdict, i.slot)
	}
	if err := i.host.Record(vote); err != nil {
		return fmt.Errorf("bft: record own vote on %s: %w", i.slot, err)
	}
	if vote.Verdict.Decisive() {
		i.verdict = vote.Verdict
	}
	i.tally.add(i.self, vote)
	return i.advance(vote.Round)
}

// Alarm ends a round that brought no decisive certificate. Alarms of other rounds are stale and do
// nothing.
func (i *Instance) Alarm(round uint32) error {
	if round != i.round || i.Decided() {
		return nil
	}
	if round == wire.MaxRound {
		return fmt.Errorf("%w: %s", ErrRoundsExhausted, i.slot)
	}
	return i.enter(round + 1)
}

// Exclude gives a validator no more weight, because the chain jailed it.
func (i *Instance) Exclude(address felt.Felt) {
	if index, ok := i.table.Index(address); ok {
		i.tally.excluded[index] = true
	}
}

// advance draws the consequences of new votes in a round: catch up, join it, certify it.
func (i *Instance) advance(round uint32) error {
	if round > i.round {
		if frontier, ok := i.tally.frontier(); ok && frontier > i.round {
			if err := i.enter(frontier); err != nil {
				return err
			}
		}
	}
	if i.verdict.Decisive() && i.table.blocking(i.tally.in(round)) {
		if err := i.vote(round); err != nil {
			return err
		}
	}
	i.certify(round)
	return nil
}

// enter begins a higher round.
func (i *Instance) enter(round uint32) error {
	i.round = round
	if !i.Decided() {
		i.host.SetAlarm(round, i.timeout)
	}
	if i.verdict.Decisive() {
		return i.vote(round)
	}
	i.verdict = 0
	if i.self >= 0 {
		i.host.RoundBegan(round)
	}
	i.certify(round)
	return nil
}

// vote casts this validator's verdict in a round, once: sign, make durable, count, send.
func (i *Instance) vote(round uint32) error {
	if i.self < 0 || i.tally.excluded[i.self] || i.tally.voted(i.self, round) {
		return nil
	}
	vote := wire.Vote{Slot: i.slot, Round: round, Verdict: i.verdict, Validator: i.address}
	signature, err := i.host.Sign(vote)
	if err != nil {
		return fmt.Errorf("bft: sign vote on %s: %w", i.slot, err)
	}
	vote.Signature = signature
	if err := i.host.Record(vote); err != nil {
		return fmt.Errorf("bft: record vote on %s: %w", i.slot, err)
	}
	i.tally.add(i.self, vote)
	i.host.Broadcast(vote)
	i.certify(round)
	return nil
}

// certify hands out what the votes of a round amount to.
func (i *Instance) certify(round uint32) {
	for _, verdict := range []wire.Verdict{wire.Valid, wire.Invalid, wire.Unavailable} {
		if i.issued[verdict] || (verdict == wire.Unavailable && i.Decided()) {
			continue
		}
		if c, ok := i.tally.certificate(i.slot, round, verdict); ok {
			i.issued[verdict] = true
			i.host.Certified(c)
		}
	}
}
