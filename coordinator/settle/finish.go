package settle

import (
	"context"
	"errors"
	"fmt"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/job"
)

// release credits the worker of an approved attempt.
func (e *Engine) release(ctx context.Context, t store.Task) (Outcome, error) {
	_, a, err := e.attempt(ctx, t)
	if err != nil || a.Settled {
		return done, err
	}
	status, err := e.Chain.Escrow(ctx, a.Job, a.Number)
	if err != nil {
		return again, err
	}
	switch status {
	case bindings.EscrowStatusReleased:
		return done, e.settled(ctx, a, job.Paid, "the worker's pending balance is credited")
	case bindings.EscrowStatusLocked:
		return e.move(ctx, a, e.Chain.Release)
	}
	return again, fmt.Errorf("%w: attempt %d is approved and its escrow %s", ErrConflict, a.Number, status)
}

// refund credits the payer of an attempt that ended without approval.
func (e *Engine) refund(ctx context.Context, t store.Task) (Outcome, error) {
	_, a, err := e.attempt(ctx, t)
	if err != nil || a.Settled {
		return done, err
	}
	status, err := e.Chain.Escrow(ctx, a.Job, a.Number)
	if err != nil {
		return again, err
	}
	switch status {
	case bindings.EscrowStatusRefunded:
		return done, e.settled(ctx, a, a.State, "the payer's pending balance is credited")
	case bindings.EscrowStatusNone:
		return done, e.settled(ctx, a, a.State, "nothing was paid in")
	case bindings.EscrowStatusLocked:
		return e.move(ctx, a, e.Chain.Refund)
	}
	return again, fmt.Errorf("%w: attempt %d is %s and its escrow %s", ErrConflict, a.Number, a.State, status)
}

// move sends a release or a refund.
func (e *Engine) move(ctx context.Context, a store.Attempt, send func(context.Context, []felt.Felt) (felt.Felt, error)) (Outcome, error) {
	tuple, err := e.tuple(ctx, a)
	if err != nil {
		return again, err
	}
	hash, err := send(ctx, tuple)
	if errors.Is(err, chain.ErrReverted) {
		e.Log.Info("the chain refused to move an escrow", "job", a.Job, "attempt", a.Number, "error", err)
		return e.wait(), nil
	}
	if err != nil {
		return again, err
	}
	return again, e.Store.Update(ctx, func(tx store.Tx) error {
		_, err := store.Advance(ctx, tx, a.Job, a.Number, a.State, "", func(a *store.Attempt) { a.SettleTx = hash })
		return err
	})
}

func (e *Engine) settled(ctx context.Context, a store.Attempt, to job.State, cause string) error {
	err := e.Store.Update(ctx, func(tx store.Tx) (err error) {
		a, err = store.Advance(ctx, tx, a.Job, a.Number, to, cause, func(a *store.Attempt) { a.Settled = true })
		if err != nil || to == job.Paid {
			return err
		}
		return store.Note(ctx, tx, a, cause, a.SettleTx)
	})
	if err == nil && to == job.Paid {
		e.Observer.Ended(a)
	}
	return err
}

// cancel withdraws a job at its owner's wish.
func (e *Engine) cancel(ctx context.Context, t store.Task) (Outcome, error) {
	j, err := e.job(ctx, t.Job)
	if err != nil || j.Closed != "" || !j.CancelAsked {
		return done, err
	}
	onChain, err := e.Chain.Job(ctx, j.ID)
	if err != nil {
		return again, err
	}
	switch onChain.State {
	case bindings.JobStateNone:
		// A creation may be on its way; it is brought to an end, or can never happen.
		if err := e.Chain.Flush(ctx); err != nil {
			return again, err
		}
		if onChain, err = e.Chain.Job(ctx, j.ID); err != nil || onChain.State != bindings.JobStateNone {
			return again, err
		}
		return done, e.closeJob(ctx, j.ID, job.Cancelled, "cancelled before it was created on-chain")
	case bindings.JobStateOpen:
		_, err := e.Chain.Act(ctx, CancelJob, j.ID, 0)
		if errors.Is(err, chain.ErrReverted) {
			return done, e.notCancelled(ctx, j.ID, err)
		}
		return again, err
	case bindings.JobStateDone:
		return done, e.notCancelled(ctx, j.ID, errors.New("the job is done"))
	}
	return done, e.syncJob(ctx, j.ID, onChain)
}

func (e *Engine) notCancelled(ctx context.Context, id job.ID, reason error) error {
	return e.Store.Update(ctx, func(tx store.Tx) error {
		cause := "not cancelled: " + reason.Error()
		j, err := store.Refresh(ctx, tx, id, cause, func(j *store.Job) { j.CancelAsked = false })
		if err != nil {
			return err
		}
		return tx.AppendEvent(ctx, store.Event{Job: id, From: j.State, To: j.State, Cause: cause})
	})
}

// expire closes a job that nobody took before its deadline.
func (e *Engine) expire(ctx context.Context, t store.Task) (Outcome, error) {
	j, err := e.job(ctx, t.Job)
	if err != nil || j.Closed != "" {
		return done, err
	}
	onChain, err := e.Chain.Job(ctx, j.ID)
	if err != nil {
		return again, err
	}
	if onChain.State != bindings.JobStateOpen {
		return done, e.syncJob(ctx, j.ID, onChain)
	}
	_, err = e.Chain.Act(ctx, ExpireJob, j.ID, 0)
	if errors.Is(err, chain.ErrReverted) { // an attempt lives after all
		return done, nil
	}
	return again, err
}
