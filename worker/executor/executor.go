package executor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/journal"
	"github.com/sage-network/sage-node/worker/policy"
)

// Config of an executor. Everything but Log and the times is required.
type Config struct {
	Worker     felt.Felt // the worker's account
	ChainID    felt.Felt
	JobManager felt.Felt
	Policy     policy.Policy

	Chain    Chain
	Payments Payments
	Engine   Engine
	Depot    Depot
	Blobs    Blobs
	Records  Records
	Link     Link
	Identity Identity
	Log      *slog.Logger

	// Certificates are looked for where validators have decided and nobody has told the chain; nil
	// where no validator is known.
	Certificates Certificates

	// Horizon bounds what is accepted by announced upgrades of the contracts; nothing if nil.
	Horizon Horizon

	// Draining reports whether the operator wants no more attempts; never if nil. Attempts that are under
	// way go on to their end.
	Draining func() bool

	// Grace is how many seconds of block time a call that anybody may make is left to others before the
	// worker makes it; DefaultGrace if zero.
	Grace uint64
	// Poll is how often the chain is looked at while an attempt waits for others; 5 s if zero.
	Poll time.Duration
	// RetryMin and RetryMax bound the pause after a failed read or an unknown outcome; 0.5 s and
	// 30 s if zero.
	RetryMin, RetryMax time.Duration
	// FundingPatience bounds the wait for an offered attempt to be FUNDED on-chain; 30 s if zero.
	FundingPatience time.Duration
	// BreakerLimit failures in a row open the circuit breaker for BreakerPause; 3 and 10 min if zero.
	BreakerLimit int
	BreakerPause time.Duration
	// Retention is how long records of ended attempts and paid blobs are kept; 7 days if zero.
	Retention time.Duration
}

// DefaultGrace is two minutes: a coordinator that runs makes its calls within seconds.
const DefaultGrace = 120

// maxReverts bounds the failed transactions that one attempt may pay for.
const maxReverts = 3

// Executor runs attempts. Its methods may be called from any goroutine.
type Executor struct {
	worker, chainID, jobManager felt.Felt

	cfg      Config
	policy   policy.Policy
	chain    Chain
	payments Payments
	engine   Engine
	depot    Depot
	blobs    Blobs
	records  Records
	link     Link
	identity Identity
	log      *slog.Logger
	life     *lifecycle
	breaker  *breaker

	slot chan struct{} // held by the one attempt that computes

	mu      sync.Mutex
	ctx     context.Context // set by Run; nil before and after
	tasks   map[Key]*task
	running sync.WaitGroup
}

// New checks the configuration; nothing runs before [Executor.Run].
func New(cfg Config) (*Executor, error) {
	for name, missing := range map[string]bool{
		"Chain": cfg.Chain == nil, "Payments": cfg.Payments == nil, "Engine": cfg.Engine == nil, "Depot": cfg.Depot == nil,
		"Blobs": cfg.Blobs == nil, "Records": cfg.Records == nil, "Link": cfg.Link == nil, "Identity": cfg.Identity == nil,
		"Worker": cfg.Worker.IsZero(), "JobManager": cfg.JobManager.IsZero(),
	} {
		if missing {
			return nil, fmt.Errorf("executor: %s is required", name)
		}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&cfg.Poll, 5*time.Second)
	set(&cfg.RetryMin, 500*time.Millisecond)
	set(&cfg.RetryMax, 30*time.Second)
	set(&cfg.FundingPatience, 30*time.Second)
	set(&cfg.BreakerPause, 10*time.Minute)
	set(&cfg.Retention, 7*24*time.Hour)
	if cfg.Grace == 0 {
		cfg.Grace = DefaultGrace
	}
	if cfg.BreakerLimit == 0 {
		cfg.BreakerLimit = 3
	}
	return &Executor{
		worker: cfg.Worker, chainID: cfg.ChainID, jobManager: cfg.JobManager,
		cfg: cfg, policy: cfg.Policy, chain: cfg.Chain, payments: cfg.Payments, engine: guarded{faulty(cfg.Engine)},
		depot: cfg.Depot, blobs: cfg.Blobs, records: cfg.Records, link: cfg.Link, identity: cfg.Identity, log: cfg.Log,
		life:    newLifecycle(cfg.Log),
		breaker: &breaker{limit: cfg.BreakerLimit, pause: cfg.BreakerPause},
		slot:    make(chan struct{}, 1),
		tasks:   map[Key]*task{},
	}, nil
}

// Load reads the records. It must be called once, before Run and before a session says what is held.
// Bad records are reported in the error beside the good ones, which are loaded.
func (e *Executor) Load() error {
	records, err := e.records.All()
	e.mu.Lock()
	for _, r := range records {
		e.tasks[Key{r.Job, r.Attempt}] = newTask(r)
	}
	e.mu.Unlock()
	err = errors.Join(err, e.prune())
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, t := range e.tasks {
		if r := t.record(); r.Step == journal.Paid {
			e.blobs.Publish(r.ResultHash, r.ProofHash)
		}
	}
	return err
}

// offerRetention bounds the time for which offers are remembered that were never accepted: long enough
// not to take one again that is repeated, and short, for they come as often as a coordinator likes.
const offerRetention = time.Hour

// pruneEvery paces the look for old records.
const pruneEvery = 10 * time.Minute

// prune forgets attempts that ended long ago, and removes their blobs unless another attempt needs them.
func (e *Executor) prune() error {
	now := time.Now()
	old := func(r journal.Record) bool {
		keep := e.cfg.Retention
		if r.Step == journal.Dropped {
			keep = min(keep, offerRetention)
		}
		return r.Step.Final() && r.UpdatedAt < now.Add(-keep).Unix()
	}
	e.mu.Lock()
	defer e.mu.Unlock() // also while removing: no attempt begins meanwhile
	needed := map[job.Hash]bool{{}: true}
	for _, t := range e.tasks {
		if r := t.record(); !old(r) {
			needs(needed, r)
		}
	}
	var errs []error
	for key, t := range e.tasks {
		r := t.record()
		if !old(r) {
			continue
		}
		hashes := slices.DeleteFunc([]job.Hash{r.ResultHash, r.ProofHash}, func(h job.Hash) bool { return needed[h] })
		if err := errors.Join(e.blobs.Remove(hashes...), e.records.Remove(r.Job, r.Attempt)); err != nil {
			errs = append(errs, err)
			continue
		}
		delete(e.tasks, key)
	}
	return errors.Join(errs...)
}

// Run resumes what the records hold and then serves offers until ctx is done. It returns when all
// attempts have stopped at a recorded step.
func (e *Executor) Run(ctx context.Context) error {
	e.mu.Lock()
	e.ctx = ctx
	for _, t := range e.tasks {
		if t.record().Step.Final() {
			continue
		}
		e.log.Info("resuming", "attempt", t.key, "step", t.record().Step)
		e.start(t)
	}
	e.mu.Unlock()
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-tick.C:
			if err := e.prune(); err != nil {
				e.log.Warn("old records stay behind", "error", err)
			}
		}
	}
	e.mu.Lock()
	e.ctx = nil
	e.mu.Unlock()
	e.running.Wait()
	return ctx.Err()
}

// start runs a task; e.mu is held.
func (e *Executor) start(t *task) {
	ctx := e.ctx
	e.running.Go(func() { e.drive(ctx, t) })
}

// serving reports whether Run has begun and not ended.
func (e *Executor) serving() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ctx != nil
}

// Status is what the worker is doing.
func (e *Executor) Status() Status { return e.life.status() }

// Connected tells the executor whether there is a session with the coordinator.
func (e *Executor) Connected(up bool) { e.life.connection(up) }

// Unstaking tells the executor that the stake is on its way out: offers are declined.
func (e *Executor) Unstaking(is bool) { e.life.unstaking(is) }

// Offer takes an offer. Whatever it says, nothing is promised before it is checked against the chain.
func (e *Executor) Offer(o wire.Offer) {
	key := Key{o.Job, o.Attempt}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ctx == nil {
		return
	}
	if t, known := e.tasks[key]; known {
		if r := t.refence(o.Fence); r.Step.Final() {
			e.decline(o, "this attempt is "+string(r.Step)+" here")
		} else {
			e.announce(r)
		}
		return
	}
	if reason := e.unwilling(); reason != "" {
		e.decline(o, reason)
		return
	}
	t, err := e.open(o)
	if err != nil {
		e.decline(o, err.Error())
		return
	}
	e.tasks[key] = t
	e.start(t)
}

// open reads an offer's payload and makes its first record durable.
func (e *Executor) open(o wire.Offer) (*task, error) {
	if o.Attempt == 0 {
		return nil, fmt.Errorf("%w: attempts are numbered from 1", ErrPayload)
	}
	plain, err := e.identity.OpenPayload(o.Payload)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPayload, err)
	}
	p, err := DecodePayload(plain)
	if err != nil {
		return nil, err
	}
	t := newTask(journal.Record{Job: o.Job, Attempt: o.Attempt, Fence: o.Fence, Step: journal.Offered, Spec: p.Spec})
	if err := e.put(t, t.record()); err != nil {
		return nil, err
	}
	return t, nil
}

// unwilling says why no offer is taken now; e.mu is held.
func (e *Executor) unwilling() string {
	if left, open := e.breaker.open(); open {
		return fmt.Sprintf("the circuit breaker is open for another %s after failures", left.Round(time.Second))
	}
	e.life.breakerOpen(false)
	if e.cfg.Draining != nil && e.cfg.Draining() {
		return "this worker is draining"
	}
	if e.life.status() == Unstaking {
		return "this worker is unstaking"
	}
	for _, t := range e.tasks {
		if s := t.record().Step; !s.Final() && s != journal.Abandoned && !s.Reached(journal.Proven) {
			return "busy with attempt " + t.key.String()
		}
	}
	return ""
}

func (e *Executor) decline(o wire.Offer, reason string) {
	e.log.Info("offer declined", "attempt", Key{o.Job, o.Attempt}, "reason", reason)
	e.send(wire.Declined{Job: o.Job, Attempt: o.Attempt, Fence: o.Fence, Reason: clip(reason)})
}

// Withdrawn takes the coordinator's word that an attempt is over. Before accept it is; after it only
// the chain can say so.
func (e *Executor) Withdrawn(w wire.Withdrawn) {
	if t := e.task(Key{w.Job, w.Attempt}); t != nil {
		e.log.Info("the coordinator withdrew an attempt", "attempt", t.key, "reason", clip(w.Reason))
		t.withdraw()
	}
}

// Settled makes an attempt look at the chain at once.
func (e *Executor) Settled(s wire.Settled) {
	if t := e.task(Key{s.Job, s.Attempt}); t != nil {
		t.nudge()
	}
}

// Resumed takes a welcome's list of held attempts that are still the worker's: all others count as
// withdrawn, these are announced again.
func (e *Executor) Resumed(keep []wire.Holding) {
	kept := map[Key]uint64{}
	for _, h := range keep {
		kept[Key{h.Job, h.Attempt}] = h.Fence
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for key, t := range e.tasks {
		if t.record().Step.Final() {
			continue
		}
		fence, ok := kept[key]
		if !ok {
			t.withdraw()
			continue
		}
		e.announce(t.refence(fence))
		t.nudge()
	}
}

// Holding lists the attempts that this worker is at work on.
func (e *Executor) Holding() []wire.Holding {
	e.mu.Lock()
	defer e.mu.Unlock()
	var held []wire.Holding
	for key, t := range e.tasks {
		r := t.record()
		if r.Step.Final() || r.Step == journal.Abandoned {
			continue
		}
		held = append(held, wire.Holding{Job: key.Job, Attempt: key.Attempt, Fence: r.Fence, State: stateOf(r.Step)})
	}
	return held
}

// Current is the job that the worker computes, for heartbeats.
func (e *Executor) Current() (job.ID, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for key, t := range e.tasks {
		if t.computes() {
			return key.Job, true
		}
	}
	return job.ID{}, false
}

// Willing reports whether an offer would be considered now; heartbeats say busy when not.
func (e *Executor) Willing() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.unwilling() == ""
}

func (e *Executor) task(key Key) *task {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.tasks[key]
}

// stateOf is the coordinator's word for a step.
func stateOf(s journal.Step) job.State {
	switch s {
	case journal.Offered, journal.Checked:
		return job.Funded
	case journal.Accepted:
		return job.Executing
	case journal.Executed, journal.Proven, journal.Uploaded:
		return job.Proving
	case journal.Submitted:
		return job.Submitted
	case journal.Paid:
		return job.Paid
	case journal.Rejected:
		return job.Rejected
	}
	return job.Void
}

// announce tells the coordinator how far an attempt is.
func (e *Executor) announce(r journal.Record) {
	switch {
	case r.Step == journal.Submitted || r.Step == journal.Paid:
		e.send(e.result(r))
	case r.Step == journal.Dropped:
		e.send(wire.Declined{Job: r.Job, Attempt: r.Attempt, Fence: r.Fence, Reason: r.Reason})
	case r.Step == journal.Abandoned || r.Step == journal.Void || r.Step == journal.Rejected:
		e.send(wire.Failed{Job: r.Job, Attempt: r.Attempt, Fence: r.Fence, Reason: r.Reason})
	default:
		e.send(wire.Progress{Job: r.Job, Attempt: r.Attempt, Fence: r.Fence, State: stateOf(r.Step)})
	}
}

// result is the signed return of a submitted attempt.
func (e *Executor) result(r journal.Record) wire.ComputeResult {
	out := wire.ComputeResult{
		TaskID: r.Job, Attempt: r.Attempt, Fence: r.Fence, Worker: wire.Felt(e.worker),
		ResultHash: r.ResultHash, ResultCommitment: r.ResultCommitment,
		ProofHash: r.ProofHash, ProofCommitment: r.ProofCommitment,
		ProofOfExecution: r.ProofOfExecution, Transaction: r.SubmitTx,
	}
	out.Signature = e.identity.Sign(wire.ResultDigest(out))
	return out
}

// send is best effort: what matters is announced again after the next welcome.
func (e *Executor) send(m wire.WorkerMessage) {
	if err := e.link.Send(m); err != nil {
		e.log.Debug("not sent", "message", fmt.Sprintf("%T", m), "error", err)
	}
}

func (k Key) String() string { return fmt.Sprintf("%s/%d", k.Job, k.Attempt) }

// clip bounds a reason that goes over the wire or into the log.
func clip(s string) string {
	const most = 1000
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
