package settle

import (
	"context"
	"errors"
	"fmt"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/job"
)

// create commits to a job's input and opens the job on-chain.
func (e *Engine) create(ctx context.Context, t store.Task) (Outcome, error) {
	j, err := e.job(ctx, t.Job)
	if err != nil {
		return again, err
	}
	if j.OnChain || j.Closed != "" || j.CancelAsked {
		return done, nil
	}
	onChain, err := e.Chain.Job(ctx, j.ID)
	if err != nil {
		return again, err
	}
	if onChain.State != bindings.JobStateNone {
		return done, e.created(ctx, j.ID, felt.Felt{})
	}
	head, err := e.Chain.Head(ctx)
	if err != nil {
		return again, err
	}
	if j.Deadline != 0 && head.Time >= j.Deadline {
		return done, e.closeJob(ctx, j.ID, job.Expired, "the deadline passed before the job was created on-chain")
	}
	if j.InputCommitment.IsZero() && j.Spec.Input.Kind != job.InputSynthetic {
		input, err := e.Inputs.Commit(ctx, j.Spec, felt.Felt{})
		if errors.Is(err, ErrInput) {
			return done, e.closeJob(ctx, j.ID, job.Cancelled, err.Error())
		}
		if err != nil {
			return again, err
		}
		return again, e.Store.Update(ctx, func(tx store.Tx) error {
			_, err := store.Refresh(ctx, tx, j.ID, "input committed", func(j *store.Job) { j.InputCommitment = input })
			return err
		})
	}
	hash, err := e.Chain.Create(ctx, j)
	if err != nil {
		return again, err
	}
	if onChain, err = e.Chain.Job(ctx, j.ID); err != nil {
		return again, err
	}
	if onChain.State == bindings.JobStateNone {
		return again, fmt.Errorf("%w: transaction %s was accepted and there is no job %s", ErrConflict, hash.String(), j.ID)
	}
	return done, e.created(ctx, j.ID, hash)
}

func (e *Engine) created(ctx context.Context, id job.ID, hash felt.Felt) error {
	return e.Store.Update(ctx, func(tx store.Tx) error {
		j, err := store.Refresh(ctx, tx, id, "created on-chain", func(j *store.Job) {
			j.OnChain = true
			if !hash.IsZero() {
				j.CreateTx = hash
			}
		})
		if err != nil {
			return err
		}
		return tx.AppendEvent(ctx, store.Event{Job: id, From: j.State, To: j.State, Cause: "created on-chain", Transaction: hash})
	})
}

func (e *Engine) closeJob(ctx context.Context, id job.ID, state job.State, cause string) error {
	return e.Store.Update(ctx, func(tx store.Tx) error {
		_, err := store.Close(ctx, tx, id, state, cause)
		return err
	})
}
