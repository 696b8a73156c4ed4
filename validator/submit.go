package validator

import (
	"context"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/validator/bft"
	"github.com/sage-network/sage-node/wire"
)

const (
	firstRetry = time.Second
	lastRetry  = 30 * time.Second
)

// turn is how many others go first in taking a slot's matter to the chain. Which validator begins
// follows from the slot, so that the fees spread.
func (s *Service) turn(ctx context.Context, slot wire.Slot) int {
	admission, err := s.tables.get(ctx, slot.VoteEpoch)
	if err != nil {
		return 0
	}
	n := admission.Table().Len()
	index, ok := admission.Table().Index(s.config.Address)
	if !ok {
		return n
	}
	first := int(slot.ProofHash[0])<<8 | int(slot.ProofHash[1])
	return ((index-first)%n + n) % n
}

// submit takes a certificate to the chain, in turn, until the chain has it or wants it no more.
func (s *Service) submit(ctx context.Context, c wire.Certificate) {
	log := s.log.With("job", c.Slot.Job, "attempt", c.Slot.Attempt, "verdict", c.Verdict)
	if !rest(ctx, time.Duration(s.turn(ctx, c.Slot))*s.config.Stagger) {
		return
	}
	for pause := firstRetry; ; pause = min(2*pause, lastRetry) {
		attempt, err := s.config.Chain.Attempt(ctx, c.Slot.Job, c.Slot.Attempt)
		if err == nil && attempt.Slot != c.Slot {
			log.Warn("certificate not submitted: the chain has another submission in its place", "terms", attempt.Slot.TermsHash.String())
			return
		}
		if err == nil && !attempt.Takes(c.Verdict) {
			log.Debug("certificate not needed on-chain", "recorded", attempt.Recorded)
			return
		}
		if err == nil {
			err = s.config.Chain.Approve(ctx, c)
		}
		if err == nil {
			s.mu.Lock()
			s.submits++
			s.mu.Unlock()
			log.Info("certificate accepted on-chain")
			return
		}
		if ctx.Err() == nil {
			log.Warn("certificate not submitted; trying again", "error", err)
		}
		if !rest(ctx, pause) {
			return
		}
	}
}

// offence is one validator's contradiction on one submission, in whatever rounds; each is punished by itself.
type offence struct {
	validator felt.Felt
	slot      wire.Slot
}

func offenceOf(e bft.Evidence) offence { return offence{e.Validator(), e.Valid.Slot} }

// accuse queues evidence, once for each offence.
func (s *Service) accuse(e bft.Evidence) {
	s.mu.Lock()
	known := s.accused[offenceOf(e)]
	s.accused[offenceOf(e)] = true
	s.mu.Unlock()
	if known {
		return
	}
	select {
	case s.found <- e:
	default:
		s.mu.Lock()
		delete(s.accused, offenceOf(e))
		s.mu.Unlock()
	}
}

// report takes evidence to the chain.
func (s *Service) report(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-s.found:
			s.reportOne(ctx, e)
		}
	}
}

func (s *Service) reportOne(ctx context.Context, e bft.Evidence) {
	validator := e.Validator()
	log := s.log.With("validator", validator.String(), "job", e.Valid.Slot.Job, "attempt", e.Valid.Slot.Attempt)
	if !rest(ctx, time.Duration(s.turn(ctx, e.Valid.Slot))*s.config.Stagger) {
		return
	}
	const tries = 8
	pause := firstRetry
	for range tries {
		err := s.config.Chain.ReportEquivocation(ctx, e)
		if err == nil {
			log.Info("equivocation reported")
			return
		}
		if ctx.Err() == nil {
			log.Warn("equivocation not reported; trying again", "error", err)
		}
		if !rest(ctx, pause) {
			return
		}
		pause = min(2*pause, lastRetry)
	}
	s.mu.Lock()
	delete(s.accused, offenceOf(e))
	s.mu.Unlock()
}

// attend checks in once an epoch. A validator that was dropped for absence comes back by it.
func (s *Service) attend(ctx context.Context) error {
	var last uint64
	done := false
	for rest(ctx, s.config.Poll) {
		s.mu.Lock()
		epoch, begun := s.epoch, s.begun
		s.mu.Unlock()
		if !begun || (done && epoch == last) {
			continue
		}
		if err := s.config.Chain.CheckIn(ctx); err != nil {
			if ctx.Err() == nil {
				s.log.Warn("check-in failed; trying again", "epoch", epoch, "error", err)
			}
			continue
		}
		last, done = epoch, true
	}
	return nil
}
