package settle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/job"
)

// fund assigns an attempt on-chain and locks its payment, in one transaction.
func (e *Engine) fund(ctx context.Context, t store.Task) (Outcome, error) {
	j, a, err := e.attempt(ctx, t)
	if err != nil {
		return again, err
	}
	watch := store.Task{Kind: store.TaskWatch, Job: t.Job, Attempt: t.Attempt}
	if a.State != job.Assigned {
		return done, e.Store.Update(ctx, func(tx store.Tx) error { return tx.Enqueue(ctx, watch) })
	}
	onChain, err := e.Chain.Job(ctx, j.ID)
	if err != nil {
		return again, err
	}
	if onChain.Attempts < a.Number {
		return e.fundNew(ctx, j, a, onChain)
	}
	seen, err := e.Chain.Attempt(ctx, j.ID, a.Number)
	if err != nil {
		return again, err
	}
	if !seen.Worker.Equal(&a.Worker) {
		return again, fmt.Errorf("%w: attempt %d is assigned to %s, here to %s", ErrConflict, a.Number, seen.Worker.String(), a.Worker.String())
	}
	if seen.State == bindings.AttemptStateAssigned && !a.Lost && !j.CancelAsked {
		_, err := e.Chain.Fund(ctx, Funding{Job: j.ID, Attempt: a.Number, Worker: a.Worker, Input: a.InputCommitment, Price: j.Price, Assigned: true})
		if errors.Is(err, chain.ErrReverted) || errors.Is(err, ErrPayee) || errors.Is(err, ErrUpgrade) { // it can only lapse: watch sees to that
			e.Log.Warn("an attempt cannot be funded", "job", j.ID, "attempt", a.Number, "error", err)
			return done, e.Store.Update(ctx, func(tx store.Tx) error { return tx.Enqueue(ctx, watch) })
		}
		return again, err
	}
	return done, e.Store.Update(ctx, func(tx store.Tx) error { return tx.Enqueue(ctx, watch) })
}

// fundNew funds an attempt that the chain does not know yet, or gives it up.
func (e *Engine) fundNew(ctx context.Context, j store.Job, a store.Attempt, onChain bindings.Job) (Outcome, error) {
	cause, err := e.hopeless(ctx, j, a, onChain)
	if err != nil {
		return again, err
	}
	if cause != "" {
		return e.drop(ctx, a, cause, false)
	}
	hash, err := e.Chain.Fund(ctx, Funding{Job: j.ID, Attempt: a.Number, Worker: a.Worker, Input: a.InputCommitment, Price: j.Price})
	switch {
	case errors.Is(err, ErrFunds):
		e.Log.Warn("a payment waits for funds", "job", j.ID, "attempt", a.Number)
	case errors.Is(err, ErrPayee):
		return e.drop(ctx, a, err.Error(), true)
	case errors.Is(err, ErrUpgrade):
		return e.drop(ctx, a, err.Error(), false)
	case errors.Is(err, chain.ErrReverted):
		waited, unknown := e.waited(ctx, a)
		if unknown != nil {
			return again, errors.Join(err, unknown)
		}
		if waited > fundPatience {
			e.Log.Warn("an attempt cannot be funded", "job", j.ID, "attempt", a.Number, "error", err)
			return e.drop(ctx, a, "the chain refuses to fund the attempt", false)
		}
	}
	if err != nil {
		return again, err
	}
	return again, e.Store.Update(ctx, func(tx store.Tx) error { // the state itself comes from the chain
		_, err := store.Advance(ctx, tx, j.ID, a.Number, job.Assigned, "", func(a *store.Attempt) { a.FundTx = hash })
		return err
	})
}

// fundPatience is how long an attempt that the chain refuses to fund keeps its job and its worker
// waiting: what stands in the way may pass.
const fundPatience = time.Minute

// waited is the time since an attempt was leased, by the database's clock.
func (e *Engine) waited(ctx context.Context, a store.Attempt) (d time.Duration, err error) {
	err = e.Store.View(ctx, func(r store.Reader) error { d = r.Now().Sub(a.CreatedAt); return nil })
	return d, err
}

// hopeless says why an attempt that is not on-chain should not get there any more; empty: it should.
func (e *Engine) hopeless(ctx context.Context, j store.Job, a store.Attempt, onChain bindings.Job) (string, error) {
	switch {
	case onChain.State != bindings.JobStateOpen:
		return "the job is " + onChain.State.String() + " on-chain", nil
	case j.CancelAsked:
		return "the job is being cancelled", nil
	case a.Lost:
		return "the worker went silent or declined before the attempt was funded", nil
	}
	if j.Deadline != 0 {
		head, err := e.Chain.Head(ctx)
		if err != nil {
			return "", err
		}
		if head.Time > j.Deadline {
			return "the job's deadline has passed", nil
		}
	}
	eligible, err := e.Chain.Eligible(ctx, a.Worker, j.Spec.MinTier)
	if err != nil || eligible {
		return "", err
	}
	return "the worker is not eligible on-chain", nil
}

// drop forgets an attempt once it is certain that no transaction on its way can still bring it about.
// A worker that is to blame loses health: the job would come back to it otherwise.
func (e *Engine) drop(ctx context.Context, a store.Attempt, cause string, blame bool) (Outcome, error) {
	if err := e.Chain.Flush(ctx); err != nil {
		return again, err
	}
	onChain, err := e.Chain.Job(ctx, a.Job)
	if err != nil {
		return again, err
	}
	if onChain.Attempts >= a.Number {
		return again, nil // it came about
	}
	err = e.Store.Update(ctx, func(tx store.Tx) error { return store.Drop(ctx, tx, a, cause) })
	if err != nil {
		return again, err
	}
	a.State, a.Fault = job.Void, blame
	e.Observer.Ended(a)
	return done, e.syncJob(ctx, a.Job, onChain)
}

// tuple is the attempt's escrow tuple.
func (e *Engine) tuple(ctx context.Context, a store.Attempt) ([]felt.Felt, error) {
	if len(a.Escrow) > 0 {
		return a.Escrow, nil
	}
	return e.Chain.Tuple(ctx, a.Job, a.Number)
}
