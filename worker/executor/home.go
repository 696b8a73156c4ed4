package executor

import (
	"context"
	"errors"
	"fmt"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/journal"
)

// Move is a call that brings a submitted attempt nearer to its end. Anybody may make it.
type Move string

const (
	// Stay: there is nothing to do but wait.
	Stay Move = ""
	// Certify: a certificate is missing.
	Certify Move = "approve"
	// Finalize: the window is over.
	Finalize Move = "finalize"
	// Release: the attempt is approved, and its escrow still locked.
	Release Move = "release"
)

// Due is the move that the contracts would take now in the worker's interest. An appeal is left to
// others: its end is a rejection.
func (v View) Due() Move {
	over := v.Now > v.Deadline
	switch v.State {
	case StateSubmitted:
		if !over {
			return Certify
		}
		return Finalize // undecided: the bond comes back
	case StateChallenge, StateDisputed:
		if over {
			return Finalize
		}
	case StateApproved:
		if !v.Released {
			return Release
		}
	}
	return Stay
}

// ErrNoCertificate: no validator that was asked has a certificate that approves the submission.
var ErrNoCertificate = errors.New("no certificate that approves the submission was found")

// Make makes a move. It returns the transaction's hash.
func Make(ctx context.Context, c Chain, from Certificates, key Key, m Move) (felt.Felt, error) {
	switch m {
	case Certify:
		return approve(ctx, c, from, key)
	case Finalize:
		return c.Finalize(ctx, key)
	case Release:
		return c.Release(ctx, key)
	}
	return felt.Felt{}, fmt.Errorf("%q is no move", m)
}

// approve tries the certificates that are found, until one is taken.
func approve(ctx context.Context, c Chain, from Certificates, key Key) (felt.Felt, error) {
	if from == nil {
		return felt.Felt{}, fmt.Errorf("%w: no validator is known to ask", ErrNoCertificate)
	}
	found, err := from.Find(ctx, key)
	if err != nil {
		return felt.Felt{}, err
	}
	refused := []error{ErrNoCertificate}
	for _, certificate := range found {
		if certificate.Verdict != wire.Valid || certificate.Slot.Job != key.Job || certificate.Slot.Attempt != key.Attempt {
			continue
		}
		tx, err := c.Approve(ctx, key, certificate)
		if err == nil || !errors.Is(err, ErrReverted) {
			return tx, err
		}
		refused = append(refused, err)
	}
	return felt.Felt{}, errors.Join(refused...)
}

// BringHome makes every move that is due now, and returns those that it made, with where the attempt is
// then. A missing certificate is no error: the attempt waits. Neither is a refusal after which the attempt
// has moved on: somebody was faster.
func BringHome(ctx context.Context, c Chain, from Certificates, key Key) (made []Made, at View, err error) {
	refused := Stay
	for {
		if at, err = c.View(ctx, key); err != nil {
			return made, at, err
		}
		due := at.Due()
		if due == Stay {
			return made, at, nil
		}
		if n := len(made); n > 0 && made[n-1].Move == due {
			return made, at, fmt.Errorf("the attempt is %s still after %s", at.State, due)
		}
		tx, err := Make(ctx, c, from, key, due)
		if errors.Is(err, ErrNoCertificate) {
			return made, at, nil
		}
		if errors.Is(err, ErrReverted) && due != refused {
			refused = due
			continue
		}
		if err != nil {
			return made, at, fmt.Errorf("%s: %w", due, err)
		}
		made = append(made, Made{due, tx})
	}
}

// Made is a move and its transaction.
type Made struct {
	Move        Move
	Transaction felt.Felt
}

// home makes the move that is due, once it was due for the grace period, in block time, and nobody
// has made it: usually the coordinator does, and pays for it. It reports whether it made one.
//
// The record remembers since when a move is due, so that a restart does not begin to wait anew, and
// counts refusals: a worker that is refused again and again leaves the matter to others rather than
// burn fees. Before every move the chain was looked at, so that none is made twice.
func (e *Executor) home(ctx context.Context, t *task, r journal.Record, v View) (bool, error) {
	due := v.Due()
	if due != Move(r.Due) {
		r.Due, r.DueSince = string(due), v.Now
		return false, e.put(t, r)
	}
	if due == Stay || r.HomeReverts >= maxReverts {
		return false, nil
	}
	since, grace := r.DueSince, e.cfg.Grace
	switch due {
	case Finalize:
		since = v.Deadline
	case Certify:
		grace = min(grace, v.Terms.Windows.Decide/2) // after the window it is too late
	}
	if v.Now < since || v.Now-since <= grace {
		return false, nil
	}
	if due == Certify && e.cfg.Certificates == nil {
		return false, nil
	}
	e.log.Info("nobody does it: the worker brings its attempt home", "attempt", t.key, "move", due)
	tx, err := Make(ctx, e.chain, e.cfg.Certificates, t.key, due)
	switch {
	case errors.Is(err, ErrReverted) && !errors.Is(err, ErrNoCertificate):
		r.HomeReverts++
		return false, errors.Join(fmt.Errorf("%s: %w", due, err), e.put(t, r))
	case err != nil:
		return false, fmt.Errorf("%s: %w", due, err)
	}
	switch due {
	case Certify:
		r.ApproveTx = wire.Felt(tx)
	case Finalize:
		r.FinalizeTx = wire.Felt(tx)
	case Release:
		r.ReleaseTx = wire.Felt(tx)
	}
	return true, e.put(t, r)
}
