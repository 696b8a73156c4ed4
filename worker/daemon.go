package worker

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"golang.org/x/sync/errgroup"

	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/blobs"
	"github.com/sage-network/sage-node/worker/depot"
	"github.com/sage-network/sage-node/worker/executor"
	"github.com/sage-network/sage-node/worker/hardware"
	"github.com/sage-network/sage-node/worker/identity"
	"github.com/sage-network/sage-node/worker/policy"
	"github.com/sage-network/sage-node/worker/session"
)

// Config of a daemon. All fields but those of the last two groups are required.
type Config struct {
	Network     string // the profile's name
	ChainID     felt.Felt
	JobManager  felt.Felt
	Coordinator *url.URL
	Worker      felt.Felt
	Identity    *identity.Identity
	Manifest    wire.Manifest
	Policy      policy.Policy
	Chain       executor.Chain
	Payments    executor.Payments
	Engine      executor.Engine
	Blobs       *blobs.Store
	Records     executor.Records

	// Payer pins the coordinator's account; zero accepts any.
	Payer felt.Felt
	// Peer gives the worker's libp2p address; Dial connects to a coordinator's.
	Peer func() string
	Dial func(ctx context.Context, address string) error
	// Certificates are asked for where the chain lacks one; nil without peers to ask. Grace is how many
	// seconds of block time calls that anybody may make are left to others; executor.DefaultGrace if zero.
	Certificates executor.Certificates
	Grace        uint64
	// Horizon and Draining: see executor.Config.
	Horizon  executor.Horizon
	Draining func() bool
	// GPUs read the load of the GPUs for heartbeats; none if nil.
	GPUs []hardware.Source
	Log  *slog.Logger
	HTTP *http.Client

	// Poll, and the session's MinBackoff and MaxBackoff; defaults if zero.
	Poll                   time.Duration
	MinBackoff, MaxBackoff time.Duration
}

// Times of the daemon's own watches.
const (
	loadEvery  = 10 * time.Second
	stakeEvery = time.Minute
	dialLimit  = 20 * time.Second
)

// Daemon is a running worker.
type Daemon struct {
	cfg      Config
	log      *slog.Logger
	executor *executor.Executor
	session  *session.Client
	resumes  bool // there were open attempts at the start

	load  atomic.Pointer[load]
	ctx   context.Context // of Run
	dials sync.WaitGroup
}

type load struct{ utilization, celsius, usedMB int }

// lateLink lets the executor send through a session that is made after it.
type lateLink struct{ d *Daemon }

func (l lateLink) Send(m wire.WorkerMessage) error { return l.d.session.Send(m) }

// New builds a daemon and loads its records. Records that cannot be read are logged and set aside.
func New(cfg Config) (*Daemon, error) {
	if cfg.Identity == nil || cfg.Blobs == nil {
		return nil, errors.New("worker: identity and blobs are required")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Peer == nil {
		cfg.Peer = func() string { return "" }
	}
	d := &Daemon{cfg: cfg, log: cfg.Log}
	d.load.Store(&load{})
	var err error
	if d.session, err = session.New(session.Config{
		Coordinator: cfg.Coordinator, Network: cfg.Network, ChainID: cfg.ChainID, Payer: cfg.Payer, Worker: cfg.Worker,
		Key: cfg.Identity, Handler: handler{d}, Log: cfg.Log, HTTP: cfg.HTTP, MinBackoff: cfg.MinBackoff, MaxBackoff: cfg.MaxBackoff,
		FailFast: true,
	}); err != nil {
		return nil, err
	}
	if d.executor, err = executor.New(executor.Config{
		Worker: cfg.Worker, ChainID: cfg.ChainID, JobManager: cfg.JobManager, Policy: cfg.Policy,
		Chain: cfg.Chain, Payments: cfg.Payments, Engine: cfg.Engine, Depot: depot.New(cfg.Coordinator, cfg.HTTP, d.session),
		Blobs: cfg.Blobs, Records: cfg.Records, Link: lateLink{d}, Identity: cfg.Identity, Log: cfg.Log, Poll: cfg.Poll,
		Certificates: cfg.Certificates, Grace: cfg.Grace, Draining: cfg.Draining, Horizon: cfg.Horizon,
	}); err != nil {
		return nil, err
	}
	if err := d.executor.Load(); err != nil {
		d.log.Error("some records cannot be read", "error", err)
	}
	d.resumes = len(d.executor.Holding()) > 0
	return d, nil
}

// Run serves until ctx is done. A coordinator that refuses this worker ends it with the reason, unless
// attempts are open: those are seen through without a coordinator.
func (d *Daemon) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	d.ctx = ctx
	group.Go(func() error { return d.executor.Run(ctx) })
	group.Go(func() error { return d.connect(ctx) })
	group.Go(func() error { return d.watchStake(ctx) })
	if len(d.cfg.GPUs) > 0 {
		group.Go(func() error { return d.watchLoad(ctx) })
	}
	err := group.Wait()
	d.dials.Wait()
	return err
}

func (d *Daemon) connect(ctx context.Context) error {
	err := d.session.Run(ctx)
	if ctx.Err() == nil && d.resumes {
		d.log.Error("the coordinator refuses this worker; its open attempts are seen through all the same", "error", err)
		<-ctx.Done()
		return ctx.Err()
	}
	return err
}

// watchStake notices when the operator has asked the stake back.
func (d *Daemon) watchStake(ctx context.Context) error {
	tick := time.NewTicker(stakeEvery)
	defer tick.Stop()
	for {
		if s, err := d.cfg.Chain.Standing(ctx, job.TierConsumer, false); err == nil {
			d.executor.Unstaking(s.Unstaking())
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// watchLoad reads how busy the GPUs are, outside of the heartbeat's goroutine.
func (d *Daemon) watchLoad(ctx context.Context) error {
	tick := time.NewTicker(loadEvery)
	defer tick.Stop()
	for {
		u, c, m := hardware.Load(hardware.Detect(ctx, d.cfg.GPUs...).Devices)
		d.load.Store(&load{u, c, m})
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// dial connects to the coordinator's libp2p addresses, so that whoever knows it finds this worker.
func (d *Daemon) dial(addresses []string) {
	if d.cfg.Dial == nil {
		return
	}
	const most = 8
	for _, a := range addresses[:min(len(addresses), most)] {
		d.dials.Go(func() {
			ctx, cancel := context.WithTimeout(d.ctx, dialLimit)
			defer cancel()
			if err := d.cfg.Dial(ctx, a); err != nil {
				d.log.Debug("peer not reached", "address", a, "error", err)
			}
		})
	}
}

// handler is what the session tells the daemon.
type handler struct{ d *Daemon }

func (h handler) Hello() session.Hello {
	return session.Hello{Manifest: h.d.cfg.Manifest, Peer: h.d.cfg.Peer(), Holding: h.d.executor.Holding()}
}

func (h handler) Welcomed(w wire.Welcome) {
	h.d.log.Info("session with the coordinator", "coordinator", h.d.cfg.Coordinator.Redacted(), "kept", len(w.Keep))
	h.d.executor.Connected(true)
	h.d.executor.Resumed(w.Keep)
	h.d.dial(w.Peers)
}

func (h handler) Lost(err error) {
	h.d.executor.Connected(false)
	if h.d.ctx.Err() == nil {
		h.d.log.Warn("session lost", "error", err)
	}
}

func (h handler) Receive(m wire.WorkerMessage) {
	switch m := m.(type) {
	case wire.Offer:
		h.d.executor.Offer(m)
	case wire.Withdrawn:
		h.d.executor.Withdrawn(m)
	case wire.Settled:
		h.d.executor.Settled(m)
	}
}

func (h handler) Heartbeat() wire.Heartbeat {
	l := h.d.load.Load()
	out := wire.Heartbeat{
		Status: "idle", GPUUtilization: l.utilization, GPUTempCelsius: l.celsius, GPUMemoryUsedMB: l.usedMB, ModelsLoaded: []string{},
	}
	if id, ok := h.d.executor.Current(); ok {
		out.CurrentJob = &id
	}
	if !h.d.executor.Willing() {
		out.Status = "busy"
	}
	return out
}
