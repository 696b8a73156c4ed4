package dispatch

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/coordinator/lease"
	"github.com/sage-network/sage-node/coordinator/match"
	"github.com/sage-network/sage-node/coordinator/settle"
	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
)

// Registry reads workers on-chain.
type Registry interface {
	Worker(ctx context.Context, address felt.Felt) (bindings.WorkerInfo, error)
}

// Line sends messages to connected workers.
type Line interface {
	Send(worker felt.Felt, m wire.WorkerMessage) bool
}

// Config of a dispatcher.
type Config struct {
	Store    store.Store
	Keeper   *lease.Keeper
	Inputs   settle.Inputs
	Registry Registry
	// Owner is the payer's account, which must not work for itself.
	Owner felt.Felt
	Rules match.Rules
	// Hold returns an error while no attempt may be begun; nil: attempts always may.
	Hold func(ctx context.Context) error
	Log  *slog.Logger
}

// Dispatcher assigns jobs. It is safe for concurrent use.
type Dispatcher struct {
	Config
	line    atomic.Pointer[Line]
	waiting atomic.Int64 // jobs that want a worker
	inputs  *inputs

	mu    sync.Mutex
	known map[felt.Felt]record
}

// record is what the chain said of a worker, and when.
type record struct {
	info bindings.WorkerInfo
	at   time.Time
}

// fresh is how long a worker's record is used without asking the chain again. A stale one does no
// harm: assign checks eligibility on-chain.
const fresh = 5 * time.Second

// New makes a dispatcher.
func New(c Config) *Dispatcher {
	return &Dispatcher{Config: c, inputs: newInputs(), known: map[felt.Felt]record{}}
}

// Connect gives the dispatcher its line to the workers.
func (d *Dispatcher) Connect(l Line) { d.line.Store(&l) }

func (d *Dispatcher) send(worker felt.Felt, m wire.WorkerMessage) bool {
	l := d.line.Load()
	return l != nil && (*l).Send(worker, m)
}

// Run assigns jobs until the context ends: whenever the store changes, and every second.
func (d *Dispatcher) Run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	defer d.inputs.tasks.Wait()
	for {
		changed := d.Store.Changed()
		if _, err := d.Round(ctx); err != nil && ctx.Err() == nil {
			d.Log.Error("dispatch", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-d.inputs.ready:
		case <-tick.C:
		}
	}
}

// perRound bounds the jobs that one round looks at.
const perRound = 200

// pool is what a round knows.
type pool struct {
	now      time.Time
	jobs     []store.Job
	attempts map[job.ID][]store.Attempt
	workers  []store.Worker
	busy     map[felt.Felt]job.ID
}

func (d *Dispatcher) pool(ctx context.Context, r store.Reader, jobs []store.Job, window time.Duration) (p pool, err error) {
	p = pool{now: r.Now(), jobs: jobs, attempts: map[job.ID][]store.Attempt{}, busy: map[felt.Felt]job.ID{}}
	if p.workers, err = r.Alive(ctx, window); err != nil {
		return p, err
	}
	working, err := r.Working(ctx)
	if err != nil {
		return p, err
	}
	for _, a := range working {
		p.busy[a.Worker] = a.Job
	}
	for _, j := range jobs {
		if p.attempts[j.ID], err = r.Attempts(ctx, j.ID); err != nil {
			return p, err
		}
	}
	return p, nil
}

// Round gives every job that wants a worker one that fits, the oldest job first; a job that finds none
// does not hold up those behind it. It returns how many were assigned.
func (d *Dispatcher) Round(ctx context.Context) (assigned int, err error) {
	var p pool
	err = d.Store.View(ctx, func(r store.Reader) error {
		n, err := r.CountWanting(ctx)
		if d.waiting.Store(int64(n)); err != nil || n == 0 {
			return err
		}
		jobs, err := r.Wanting(ctx, perRound)
		if err != nil {
			return err
		}
		p, err = d.pool(ctx, r, jobs, d.Rules.Offline)
		return err
	})
	if err != nil {
		return 0, err
	}
	d.inputs.retain(p.jobs)
	if len(p.jobs) == 0 || len(p.workers) == 0 {
		return 0, nil
	}
	if d.Hold != nil {
		switch err := d.Hold(ctx); {
		case errors.Is(err, settle.ErrUpgrade):
			return 0, nil // the jobs wait; whoever holds them has said why
		case err != nil:
			return 0, err
		}
	}
	for _, j := range p.jobs {
		if one, ok := d.inputs.of(j.ID); ok && p.busy[one.worker] == (job.ID{}) {
			p.busy[one.worker] = j.ID // reserved
		}
	}
	for _, j := range p.jobs {
		ok, err := d.assign(ctx, j, p)
		switch {
		case errors.Is(err, store.ErrNotWanted) || errors.Is(err, store.ErrNotFound):
			continue // the state has moved on
		case errors.Is(err, settle.ErrInput):
			d.Log.Error("unusable input", "job", j.ID, "error", err)
			continue
		case err != nil:
			return assigned, err
		}
		if ok {
			assigned++
		}
	}
	return assigned, nil
}

// assign gives a job a worker that fits, if there is one.
func (d *Dispatcher) assign(ctx context.Context, j store.Job, p pool) (bool, error) {
	if j.Spec.Input.Kind == job.InputSynthetic {
		return d.synthetic(ctx, j, p)
	}
	chosen, ok, _ := d.choose(ctx, j, p)
	if !ok {
		return false, nil
	}
	return true, d.claim(ctx, j, chosen, job.Hash{}, p)
}

func (d *Dispatcher) choose(ctx context.Context, j store.Job, p pool) (felt.Felt, bool, []match.Verdict) {
	asked := match.Job{ID: j.ID, MinTier: j.Spec.MinTier, Owner: d.Owner}
	for _, a := range p.attempts[j.ID] {
		if a.Fault || a.Live() {
			asked.Tried = append(asked.Tried, a.Worker)
		}
	}
	workers := make([]match.Worker, len(p.workers))
	for i, w := range p.workers {
		workers[i] = d.describe(ctx, w, p)
	}
	return match.Choose(asked, workers, d.Rules)
}

func (d *Dispatcher) describe(ctx context.Context, w store.Worker, p pool) match.Worker {
	out := match.Worker{
		Address: w.Address, Tier: w.Tier, Silence: p.now.Sub(w.LastHeartbeat), Idle: w.Status == statusIdle, Gone: w.Status == statusGone,
		Health: match.Recovered(w.Health, p.now.Sub(w.LastAssigned)), LastAssigned: w.LastAssigned,
	}
	if id, busy := p.busy[w.Address]; busy {
		out.Busy = &id
	}
	if out.Busy != nil || out.Gone || !out.Idle || out.Silence > d.Rules.Offline {
		out.Active = true // it does not matter: it gets nothing now, and the chain need not be asked
		return out
	}
	info, err := d.record(ctx, w.Address)
	if err != nil {
		out.Inactive = "the chain does not answer"
		return out
	}
	out.Active, out.Tier = info.Status == bindings.WorkerStatusActive, job.Tier(info.Tier)
	out.Inactive = info.Status.String()
	return out
}

func (d *Dispatcher) record(ctx context.Context, worker felt.Felt) (bindings.WorkerInfo, error) {
	d.mu.Lock()
	r, ok := d.known[worker]
	d.mu.Unlock()
	if ok && time.Since(r.at) < fresh {
		return r.info, nil
	}
	info, err := d.Registry.Worker(ctx, worker)
	if err != nil {
		return info, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.known) > maxKnown {
		clear(d.known)
	}
	d.known[worker] = record{info, time.Now()}
	return info, nil
}

const maxKnown = 20_000

func (d *Dispatcher) claim(ctx context.Context, j store.Job, worker felt.Felt, input job.Hash, p pool) error {
	i := slices.IndexFunc(p.workers, func(w store.Worker) bool { return w.Address == worker })
	err := d.Store.Update(ctx, func(tx store.Tx) error {
		if _, err := store.Claim(ctx, tx, j.ID, worker, input, p.workers[i].LastHeartbeat, lease.Length); err != nil {
			return err
		}
		w, err := tx.Worker(ctx, worker)
		if err != nil {
			return err
		}
		w.LastAssigned = tx.Now()
		return tx.PutWorker(ctx, w)
	})
	if err == nil {
		p.busy[worker] = j.ID
		d.Log.Info("assigned", "job", j.ID, "worker", worker.String())
	}
	return err
}

// Explain says of every worker that ever connected why it does not get a job now. The chosen one has no
// reason.
func (d *Dispatcher) Explain(ctx context.Context, id job.ID) ([]match.Verdict, error) {
	const ever = 365 * 24 * time.Hour
	var (
		j store.Job
		p pool
	)
	err := d.Store.View(ctx, func(r store.Reader) (err error) {
		if j, err = r.Job(ctx, id); err != nil {
			return err
		}
		p, err = d.pool(ctx, r, []store.Job{j}, ever)
		return err
	})
	if err != nil {
		return nil, err
	}
	_, _, verdicts := d.choose(ctx, j, p)
	return verdicts, nil
}
