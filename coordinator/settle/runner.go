package settle

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"

	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/job"
)

// RunnerConfig says how tasks are run.
type RunnerConfig struct {
	// Workers is how many tasks run at a time. Default 32. Most wait for the chain, and what they
	// send meanwhile goes into one transaction; input commitments are computed one at a time.
	Workers int
	// Look is the pause between looks for new tasks. Default 250 ms.
	Look time.Duration
	// Limit bounds one run of a task; it is then cancelled and retried. Default 5 minutes: the
	// commitment to a large input is the longest.
	Limit time.Duration
	// MaxBackoff bounds the pause after failures. Default 30 s.
	MaxBackoff time.Duration
	Log        *slog.Logger
}

// Runner runs tasks as River jobs.
type Runner[TTx any] struct {
	client *river.Client[TTx]
}

// NewRunner makes a runner on the store's database.
func NewRunner[TTx any](driver riverdriver.Driver[TTx], e *Engine, c RunnerConfig) (*Runner[TTx], error) {
	c.Workers = max(c.Workers, 0)
	if c.Workers == 0 {
		c.Workers = 32
	}
	if c.Look == 0 {
		c.Look = 250 * time.Millisecond
	}
	if c.Limit == 0 {
		c.Limit = 5 * time.Minute
	}
	if c.MaxBackoff == 0 {
		c.MaxBackoff = 30 * time.Second
	}
	workers := river.NewWorkers()
	for _, add := range []func() error{
		func() error { return addWorker[createArgs](workers, e) },
		func() error { return addWorker[fundArgs](workers, e) },
		func() error { return addWorker[watchArgs](workers, e) },
		func() error { return addWorker[releaseArgs](workers, e) },
		func() error { return addWorker[refundArgs](workers, e) },
		func() error { return addWorker[cancelArgs](workers, e) },
		func() error { return addWorker[expireArgs](workers, e) },
	} {
		if err := add(); err != nil {
			return nil, fmt.Errorf("settle: %w", err)
		}
	}
	client, err := river.NewClient(driver, &river.Config{
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: c.Workers}},
		Workers:           workers,
		FetchCooldown:     min(c.Look, river.FetchCooldownDefault),
		FetchPollInterval: c.Look,
		JobTimeout:        c.Limit,
		RetryPolicy:       backoff{c.MaxBackoff},
		Logger:            quiet(c.Log),
	})
	if err != nil {
		return nil, fmt.Errorf("settle: %w", err)
	}
	return &Runner[TTx]{client}, nil
}

// quiet keeps the queue's own chatter out of the log: an operator's log tells of jobs, not of polls.
func quiet(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(levelAt{log.Handler(), slog.LevelWarn})
}

type levelAt struct {
	slog.Handler
	level slog.Level
}

func (h levelAt) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= h.level && h.Handler.Enabled(ctx, l)
}

// Start begins to run tasks; it returns at once.
func (r *Runner[TTx]) Start(ctx context.Context) error { return r.client.Start(ctx) }

// Stop lets no task begin, cancels those that run, and waits for them. They run again after the next
// start.
func (r *Runner[TTx]) Stop(ctx context.Context) error { return r.client.StopAndCancel(ctx) }

// target is what tasks are about, in the queue's encoding.
type target struct {
	Job     job.ID `json:"job"`
	Attempt uint32 `json:"attempt"`
}

func (t target) about() target { return t }

// One type a kind: the queue tells them apart by the zero value's kind.
type (
	createArgs  struct{ target }
	fundArgs    struct{ target }
	watchArgs   struct{ target }
	releaseArgs struct{ target }
	refundArgs  struct{ target }
	cancelArgs  struct{ target }
	expireArgs  struct{ target }
)

func (createArgs) Kind() string  { return string(store.TaskCreate) }
func (fundArgs) Kind() string    { return string(store.TaskFund) }
func (watchArgs) Kind() string   { return string(store.TaskWatch) }
func (releaseArgs) Kind() string { return string(store.TaskRelease) }
func (refundArgs) Kind() string  { return string(store.TaskRefund) }
func (cancelArgs) Kind() string  { return string(store.TaskCancel) }
func (expireArgs) Kind() string  { return string(store.TaskExpire) }

type args interface {
	river.JobArgs
	about() target
}

func addWorker[A args](workers *river.Workers, e *Engine) error {
	return river.AddWorkerSafely(workers, &worker[A]{engine: e})
}

type worker[A args] struct {
	river.WorkerDefaults[A]
	engine *Engine
}

// Work implements river.Worker.
func (w *worker[A]) Work(ctx context.Context, j *river.Job[A]) error {
	t := j.Args.about()
	out, err := w.engine.Step(ctx, store.Task{Kind: store.TaskKind(j.Args.Kind()), Job: t.Job, Attempt: t.Attempt})
	if err != nil {
		w.engine.Log.Warn("task failed, it will be retried", "task", j.Args.Kind(), "job", t.Job, "attempt", t.Attempt, "tries", j.Attempt, "error", err)
		return err
	}
	if !out.Done {
		return river.JobSnooze(out.After)
	}
	return nil
}

// backoff doubles from half a second up to a bound, with jitter: after an outage of the chain not all
// tasks come back at once.
type backoff struct{ most time.Duration }

// NextRetry implements river.ClientRetryPolicy.
func (b backoff) NextRetry(j *rivertype.JobRow) time.Time {
	pause := b.most
	if n := len(j.Errors); n < 8 {
		pause = min(b.most, 500*time.Millisecond<<n)
	}
	return time.Now().Add(pause/2 + rand.N(pause/2+1))
}
