package settle

import (
	"context"
	"errors"
	"fmt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/job"
)

// watch follows an attempt on-chain until it ends, and makes the calls that are due.
func (e *Engine) watch(ctx context.Context, t store.Task) (Outcome, error) {
	j, a, err := e.attempt(ctx, t)
	if err != nil {
		return again, err
	}
	if a.Settled || !a.Live() || a.State == job.Approved {
		return done, e.Store.Update(ctx, func(tx store.Tx) error {
			return tx.Enqueue(ctx, due(store.Job{ID: j.ID, Closed: job.Paid}, []store.Attempt{a})...)
		})
	}
	head, err := e.Chain.Head(ctx) // before the attempt: its deadlines are compared with an older clock
	if err != nil {
		return again, err
	}
	seen, err := e.Chain.Attempt(ctx, j.ID, a.Number)
	if err != nil {
		return again, err
	}
	if seen.State == bindings.AttemptStateNone {
		return again, fmt.Errorf("%w: there is no attempt %d", ErrConflict, a.Number)
	}
	before := a
	if a, err = e.observe(ctx, j, a, seen); err != nil {
		return again, err
	}
	switch a.State {
	case job.Approved, job.Void, job.Rejected:
		if a.State != job.Approved {
			e.Observer.Ended(a)
		}
		return done, nil
	case job.Funded:
		if before.State != job.Funded {
			e.Observer.Funded(a)
		}
	}
	action := overdue(seen, head)
	if action == "" && unwanted(j, a, seen.State) {
		action = CancelAttempt
	}
	if action == "" {
		return e.wait(), nil
	}
	hash, err := e.Chain.Act(ctx, action, j.ID, a.Number)
	if errors.Is(err, chain.ErrReverted) {
		// Somebody was faster, or the chain's clock and ours look at different blocks.
		e.Log.Info("the chain refused", "action", action, "job", j.ID, "attempt", a.Number, "error", err)
		return e.wait(), nil
	}
	if err != nil {
		return again, err
	}
	return again, e.Store.Update(ctx, func(tx store.Tx) error { return store.Note(ctx, tx, a, "called "+string(action), hash) })
}

// observe moves an attempt here to where it is on-chain, and enqueues what follows.
func (e *Engine) observe(ctx context.Context, j store.Job, a store.Attempt, seen bindings.Attempt) (store.Attempt, error) {
	to, ok := translate(seen.State, a.State)
	if !ok {
		return a, fmt.Errorf("%w: attempt %d is %s", ErrConflict, a.Number, seen.State)
	}
	steps := path(a.State, to)
	if a.State != to && steps == nil {
		return a, fmt.Errorf("%w: attempt %d is %s on-chain and %s here", ErrConflict, a.Number, seen.State, a.State)
	}
	var tuple = a.Escrow
	if len(tuple) == 0 && !seen.EscrowHash.IsZero() {
		var err error
		if tuple, err = e.Chain.Tuple(ctx, a.Job, a.Number); err != nil {
			return a, err
		}
	}
	if steps == nil && len(tuple) == len(a.Escrow) {
		return a, nil
	}
	blame := fault(j, a, seen)
	var onChain bindings.Job
	ended := to == job.Void || to == job.Rejected
	if ended {
		var err error
		if onChain, err = e.Chain.Job(ctx, a.Job); err != nil {
			return a, err
		}
	}
	err := e.Store.Update(ctx, func(tx store.Tx) (err error) {
		for _, s := range append([]job.State{a.State}, steps...) {
			if a, err = store.Advance(ctx, tx, a.Job, a.Number, s, "seen on-chain", func(a *store.Attempt) {
				a.Escrow = tuple
				a.InputCommitment = job.Hash(seen.InputCommitment)
				if s == job.Submitted {
					a.ResultCommitment, a.ResultHash = job.Hash(seen.ResultCommitment), job.Hash(seen.ResultHash)
					a.ProofCommitment, a.ProofHash = seen.ProofCommitment, job.Hash(seen.ProofHash)
				}
				if ended {
					a.Fault = blame
				}
			}); err != nil {
				return err
			}
		}
		if !seen.ProofHash.IsZero() {
			if err := tx.PublishBlobs(ctx, a.Job, a.Number, job.Hash(seen.ProofHash), job.Hash(seen.ResultHash)); err != nil {
				return err
			}
		}
		next := store.Task{Job: a.Job, Attempt: a.Number}
		switch a.State {
		case job.Approved:
			next.Kind = store.TaskRelease
		case job.Void, job.Rejected:
			next.Kind = store.TaskRefund
			if state, closed := closing[onChain.State]; closed {
				if _, err := store.Close(ctx, tx, a.Job, state, "closed on-chain"); err != nil {
					return err
				}
			}
		default:
			return nil
		}
		return tx.Enqueue(ctx, next)
	})
	return a, err
}
