package settle

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/job"
)

// Engine runs tasks. It is safe for concurrent use.
type Engine struct {
	Store    store.Store
	Chain    Chain
	Inputs   Inputs
	Observer Observer
	Log      *slog.Logger
	// Poll is the pause between two looks at the chain while an attempt is under way.
	Poll time.Duration
}

// Outcome says what becomes of a task.
type Outcome struct {
	// Done tasks are finished; others run again After a pause.
	Done  bool
	After time.Duration
}

var done = Outcome{Done: true}

// maxLooks bounds how often one step looks again at once.
const maxLooks = 16

// Step runs a task until it is finished, must wait, or fails.
func (e *Engine) Step(ctx context.Context, t store.Task) (Outcome, error) {
	step, ok := map[store.TaskKind]func(context.Context, store.Task) (Outcome, error){
		store.TaskCreate:  e.create,
		store.TaskFund:    e.fund,
		store.TaskWatch:   e.watch,
		store.TaskRelease: e.release,
		store.TaskRefund:  e.refund,
		store.TaskCancel:  e.cancel,
		store.TaskExpire:  e.expire,
	}[t.Kind]
	if !ok {
		return done, fmt.Errorf("settle: unknown task %q", t.Kind)
	}
	for range maxLooks {
		out, err := step(ctx, t)
		switch {
		case errors.Is(err, chain.ErrReread):
			continue
		case errors.Is(err, store.ErrNotFound):
			return done, nil // dropped meanwhile
		case err != nil:
			return out, fmt.Errorf("%s of job %s attempt %d: %w", t.Kind, t.Job, t.Attempt, err)
		case out.Done || out.After > 0:
			return out, nil
		}
	}
	return Outcome{After: e.Poll}, nil
}

// again looks at the new state at once.
var again = Outcome{}

func (e *Engine) wait() Outcome { return Outcome{After: e.Poll} }

func (e *Engine) job(ctx context.Context, id job.ID) (j store.Job, err error) {
	err = e.Store.View(ctx, func(r store.Reader) error { j, err = r.Job(ctx, id); return err })
	return j, err
}

func (e *Engine) attempt(ctx context.Context, t store.Task) (j store.Job, a store.Attempt, err error) {
	err = e.Store.View(ctx, func(r store.Reader) error {
		if j, err = r.Job(ctx, t.Job); err != nil {
			return err
		}
		a, err = r.Attempt(ctx, t.Job, t.Attempt)
		return err
	})
	return j, a, err
}

// closing is how a job's end on-chain is called here. An approval closes a job only when it is paid.
var closing = map[bindings.JobState]job.State{
	bindings.JobStateCancelled:   job.Cancelled,
	bindings.JobStateExpired:     job.Expired,
	bindings.JobStateQuarantined: job.Quarantined,
}

// syncJob closes the job here if it is closed on-chain.
func (e *Engine) syncJob(ctx context.Context, id job.ID, onChain bindings.Job) error {
	state, ok := closing[onChain.State]
	if !ok {
		return nil
	}
	return e.Store.Update(ctx, func(tx store.Tx) error {
		_, err := store.Close(ctx, tx, id, state, "closed on-chain")
		return err
	})
}

// Reconcile enqueues, for every job and attempt that is not finished, the task that its state calls
// for. Run it at start: it makes up for whatever was lost.
func (e *Engine) Reconcile(ctx context.Context) error {
	if err := e.Chain.Flush(ctx); err != nil {
		return fmt.Errorf("settle: finish earlier transactions: %w", err)
	}
	return e.Store.Update(ctx, func(tx store.Tx) error {
		jobs, err := tx.Unfinished(ctx)
		if err != nil {
			return err
		}
		for _, j := range jobs {
			attempts, err := tx.Attempts(ctx, j.ID)
			if err != nil {
				return err
			}
			if err := tx.Enqueue(ctx, due(j, attempts)...); err != nil {
				return err
			}
		}
		return nil
	})
}

// due lists the tasks that a job's state calls for.
func due(j store.Job, attempts []store.Attempt) (tasks []store.Task) {
	if j.Closed == "" {
		switch {
		case j.CancelAsked:
			tasks = append(tasks, store.Task{Kind: store.TaskCancel, Job: j.ID})
		case !j.OnChain:
			tasks = append(tasks, store.Task{Kind: store.TaskCreate, Job: j.ID})
		}
	}
	for _, a := range attempts {
		if a.Settled {
			continue
		}
		kind := store.TaskWatch
		switch a.State {
		case job.Assigned:
			kind = store.TaskFund
		case job.Approved:
			kind = store.TaskRelease
		case job.Void, job.Rejected:
			kind = store.TaskRefund
		}
		tasks = append(tasks, store.Task{Kind: kind, Job: j.ID, Attempt: a.Number})
	}
	return tasks
}

// Overdue enqueues the closing of jobs that wait for a worker past their deadline.
func (e *Engine) Overdue(ctx context.Context) error {
	head, err := e.Chain.Head(ctx)
	if err != nil {
		return err
	}
	var late []store.Task
	err = e.Store.View(ctx, func(r store.Reader) error {
		jobs, err := r.Wanting(ctx, store.MaxPage)
		for _, j := range jobs {
			if j.Deadline != 0 && head.Time > j.Deadline {
				late = append(late, store.Task{Kind: store.TaskExpire, Job: j.ID})
			}
		}
		return err
	})
	if err != nil || len(late) == 0 {
		return err
	}
	return e.Store.Update(ctx, func(tx store.Tx) error { return tx.Enqueue(ctx, late...) })
}
