package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/job"
)

// progress orders the states of live attempts: a job is as far as its most advanced one.
var progress = map[job.State]int{
	job.Assigned: 1, job.Funded: 2, job.Accepted: 3, job.Executing: 4, job.Proving: 5, job.Submitted: 6,
	job.Voting: 7, job.Appeal: 8, job.Challenge: 9, job.Approved: 10, job.Paid: 11,
}

// Derive is a job's state: the one it was closed in, else that of its most advanced live attempt,
// else QUEUED.
func Derive(j Job, attempts []Attempt) job.State {
	if j.Closed != "" {
		return j.Closed
	}
	state, rank := job.Queued, 0
	for _, a := range attempts {
		if r := progress[a.State]; r > rank {
			state, rank = a.State, r
		}
	}
	return state
}

// wantsWorker says whether a job's next attempt should start: it is open on-chain, and no attempt
// lives, or all that live were lost before they submitted and a hedge is left.
func wantsWorker(j Job, attempts []Attempt) bool {
	if !j.OnChain || j.Closed != "" || j.CancelAsked {
		return false
	}
	live := false
	for _, a := range attempts {
		if !a.Live() {
			if a.State == job.Paid {
				return false
			}
			continue
		}
		live = true
		if !a.Lost || !a.accepted() {
			return false
		}
	}
	return !live || j.Hedges < j.MaxHedges
}

// accepted reports whether the worker is liable and has not submitted.
func (a Attempt) accepted() bool {
	return a.State == job.Accepted || a.State == job.Executing || a.State == job.Proving
}

// Refresh recomputes a job's state from its attempts after change, and writes an event if it moved.
func Refresh(ctx context.Context, tx Tx, id job.ID, cause string, change func(*Job)) (Job, error) {
	j, err := tx.Job(ctx, id)
	if err != nil {
		return Job{}, err
	}
	attempts, err := tx.Attempts(ctx, id)
	if err != nil {
		return Job{}, err
	}
	from := j.State
	if change != nil {
		change(&j)
	}
	if j.Closed == "" {
		for _, a := range attempts {
			if a.State == job.Paid {
				j.Closed = job.Paid
			}
		}
	}
	j.State, j.WantsWorker = Derive(j, attempts), wantsWorker(j, attempts)
	j.UpdatedAt = tx.Now()
	if err := tx.UpdateJob(ctx, j); err != nil {
		return Job{}, err
	}
	if j.State != from {
		err = tx.AppendEvent(ctx, Event{Job: id, From: from, To: j.State, Cause: cause})
	}
	return j, err
}

// Submit stores a new job and the task that creates it on-chain. A job with the same idempotency
// key is returned instead, with ErrExists.
func Submit(ctx context.Context, tx Tx, j Job) (Job, error) {
	if j.IdempotencyKey != "" {
		switch known, err := tx.JobByKey(ctx, j.IdempotencyKey); {
		case err == nil:
			return known, fmt.Errorf("%w: job %s has this idempotency key", ErrExists, known.ID)
		case !errors.Is(err, ErrNotFound):
			return Job{}, err
		}
	}
	j.State = job.Queued
	j.CreatedAt, j.UpdatedAt = tx.Now(), tx.Now()
	if err := tx.InsertJob(ctx, j); err != nil {
		return Job{}, err
	}
	if err := tx.AppendEvent(ctx, Event{Job: j.ID, From: job.Queued, To: job.Queued, Cause: "submitted"}); err != nil {
		return Job{}, err
	}
	return j, tx.Enqueue(ctx, Task{Kind: TaskCreate, Job: j.ID})
}

// Claim leases a job's next attempt to a worker for lease since beat, its last heartbeat, and
// enqueues its funding. The token is above all that the job has given out.
func Claim(ctx context.Context, tx Tx, id job.ID, worker felt.Felt, input job.Hash, beat time.Time, lease time.Duration) (Attempt, error) {
	j, err := tx.Job(ctx, id)
	if err != nil {
		return Attempt{}, err
	}
	if !j.WantsWorker {
		return Attempt{}, fmt.Errorf("%w: job %s is %s", ErrNotWanted, id, j.State)
	}
	held, err := tx.AttemptsOf(ctx, worker)
	if err != nil {
		return Attempt{}, err
	}
	for _, a := range held {
		if a.Working() {
			return Attempt{}, fmt.Errorf("%w: worker %s works on job %s", ErrNotWanted, worker.String(), a.Job)
		}
	}
	attempts, err := tx.Attempts(ctx, id)
	if err != nil {
		return Attempt{}, err
	}
	a := Attempt{
		Job: id, Number: 1, Worker: worker, State: job.Assigned, Fence: j.Fence + 1,
		LeaseUntil: beat.Add(lease), InputCommitment: input, CreatedAt: tx.Now(), UpdatedAt: tx.Now(),
	}
	hedge := false
	for _, other := range attempts {
		a.Number = max(a.Number, other.Number+1)
		hedge = hedge || other.Live()
	}
	if err := tx.InsertAttempt(ctx, a); err != nil {
		return Attempt{}, err
	}
	cause := "assigned to " + worker.String()
	if hedge {
		cause = "hedge assigned to " + worker.String()
	}
	if err := tx.AppendEvent(ctx, Event{Job: id, Attempt: a.Number, From: job.Queued, To: job.Assigned, Cause: cause}); err != nil {
		return Attempt{}, err
	}
	if _, err := Refresh(ctx, tx, id, cause, func(j *Job) {
		j.Fence = a.Fence
		if hedge {
			j.Hedges++
		}
	}); err != nil {
		return Attempt{}, err
	}
	return a, tx.Enqueue(ctx, Task{Kind: TaskFund, Job: id, Attempt: a.Number})
}

// Advance moves an attempt to a state that the transition table allows (its own included), applies
// change, and moves the job with it.
func Advance(ctx context.Context, tx Tx, id job.ID, number uint32, to job.State, cause string, change func(*Attempt)) (Attempt, error) {
	a, err := tx.Attempt(ctx, id, number)
	if err != nil {
		return Attempt{}, err
	}
	if err := a.State.Next(to); err != nil {
		return Attempt{}, fmt.Errorf("job %s attempt %d: %w", id, number, err)
	}
	from := a.State
	a.State = to
	if change != nil {
		change(&a)
	}
	a.UpdatedAt = tx.Now()
	if err := tx.UpdateAttempt(ctx, a); err != nil {
		return Attempt{}, err
	}
	if from != to {
		e := Event{Job: id, Attempt: number, From: from, To: to, Cause: cause}
		switch to {
		case job.Funded:
			e.Transaction = a.FundTx
		case job.Submitted:
			e.Transaction = a.SubmitTx
		case job.Paid:
			e.Transaction = a.SettleTx
		}
		if err := tx.AppendEvent(ctx, e); err != nil {
			return Attempt{}, err
		}
	}
	_, err = Refresh(ctx, tx, id, cause, nil)
	return a, err
}

// Note writes an event that changes no state.
func Note(ctx context.Context, tx Tx, a Attempt, cause string, transaction felt.Felt) error {
	return tx.AppendEvent(ctx, Event{Job: a.Job, Attempt: a.Number, From: a.State, To: a.State, Cause: cause, Transaction: transaction})
}

// Drop forgets an attempt that never reached the chain, so that its number is free again.
func Drop(ctx context.Context, tx Tx, a Attempt, cause string) error {
	if err := tx.AppendEvent(ctx, Event{Job: a.Job, Attempt: a.Number, From: a.State, To: job.Void, Cause: cause}); err != nil {
		return err
	}
	if err := tx.DeleteAttempt(ctx, a.Job, a.Number); err != nil {
		return err
	}
	others, err := tx.Attempts(ctx, a.Job)
	if err != nil {
		return err
	}
	_, err = Refresh(ctx, tx, a.Job, cause, func(j *Job) {
		if j.Hedges > 0 && slices.ContainsFunc(others, Attempt.Live) {
			j.Hedges-- // it was a hedge, and took none of the chain's
		}
	})
	return err
}

// Close ends a job in one of the final states.
func Close(ctx context.Context, tx Tx, id job.ID, state job.State, cause string) (Job, error) {
	if !state.Final() {
		return Job{}, fmt.Errorf("%w: a job does not end in %s", job.ErrTransition, state)
	}
	return Refresh(ctx, tx, id, cause, func(j *Job) {
		if j.Closed == "" {
			j.Closed = state
		}
	})
}

// Relet gives a lost lease back to its returning worker, under a new token.
func Relet(ctx context.Context, tx Tx, a Attempt, until time.Time) (Attempt, error) {
	j, err := tx.Job(ctx, a.Job)
	if err != nil {
		return Attempt{}, err
	}
	j.Fence++
	if err := tx.UpdateJob(ctx, j); err != nil {
		return Attempt{}, err
	}
	return Advance(ctx, tx, a.Job, a.Number, a.State, "worker is back", func(a *Attempt) {
		a.Lost, a.Fence, a.LeaseUntil = false, j.Fence, until
	})
}

// Fenced reads an attempt for a message that carries a lease token. ErrFence means that the lease
// was given to another, or anew.
func Fenced(ctx context.Context, r Reader, id job.ID, number uint32, worker felt.Felt, fence uint64) (Attempt, error) {
	a, err := r.Attempt(ctx, id, number)
	if err != nil {
		return Attempt{}, err
	}
	if !a.Worker.Equal(&worker) {
		return Attempt{}, fmt.Errorf("%w: job %s attempt %d is another worker's", ErrFence, id, number)
	}
	if a.Fence != fence || a.Lost {
		return Attempt{}, fmt.Errorf("%w: job %s attempt %d: token %d, the current one is %d", ErrFence, id, number, fence, a.Fence)
	}
	return a, nil
}
