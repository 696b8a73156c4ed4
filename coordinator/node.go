package coordinator

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/riverqueue/river/riverdriver"
	"golang.org/x/sync/errgroup"

	"github.com/sage-network/sage-node/coordinator/api"
	"github.com/sage-network/sage-node/coordinator/blob"
	"github.com/sage-network/sage-node/coordinator/commit"
	"github.com/sage-network/sage-node/coordinator/dispatch"
	"github.com/sage-network/sage-node/coordinator/faucet"
	"github.com/sage-network/sage-node/coordinator/hub"
	"github.com/sage-network/sage-node/coordinator/lease"
	"github.com/sage-network/sage-node/coordinator/match"
	"github.com/sage-network/sage-node/coordinator/metrics"
	"github.com/sage-network/sage-node/coordinator/settle"
	"github.com/sage-network/sage-node/coordinator/source"
	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/p2p"
)

// Chain is all that a coordinator needs of Starknet; package onchain has it.
type Chain interface {
	settle.Chain
	commit.Blocks
	hub.Registry
	faucet.Bank
	// Payer is the account that owns the jobs.
	Payer() felt.Felt
	// Funds are the payer's.
	Funds(ctx context.Context) (settle.Funds, error)
	// Replenish fills the payer's private balance up when it is low and public SAGE covers it.
	Replenish(ctx context.Context) error
}

// Store is a store whose database also holds the task queue.
type Store interface {
	store.Store
	Driver() riverdriver.Driver[*sql.Tx]
}

// BlobHost serves blobs to validators; p2p.Host is one.
type BlobHost interface {
	ServeBlobs(p2p.Blobs)
	Addresses() []string
}

// Config of a node.
type Config struct {
	// Network is the profile's name, ChainID Starknet's.
	Network string
	ChainID felt.Felt
	Store   Store
	Chain   Chain
	// Blobs is the folder of inputs, results and proofs.
	Blobs *blob.Folder
	// Host serves blobs over libp2p; nil: over HTTP alone.
	Host BlobHost
	Key  api.Key
	// FaucetLimits bound the faucet; nil: there is none.
	FaucetLimits *faucet.Limits
	DefaultPrice store.Price
	MaxHedges    uint8
	Rules        match.Rules
	// Proxies are believed on who asks through them; SessionsPerSource bounds the workers' connections
	// from one network address (0: the hub's default).
	Proxies           source.Proxies
	SessionsPerSource int
	// Hold returns an error that wraps settle.ErrUpgrade while no attempt may be begun and nothing be deposited; nil: always
	// may. Upgrades are the announced upgrades of contracts, in words.
	Hold     func(ctx context.Context) error
	Upgrades func() []string
	// Retention is how long blobs are kept after their job is final; 0: for ever.
	Retention time.Duration
	// Poll is the pause between looks at the chain. Default 1 s.
	Poll time.Duration
	// Tasks tunes the task queue; the zero value is fine.
	Tasks settle.RunnerConfig
	// Metrics of the payer's funds; nil: none.
	Metrics *metrics.Payments
	Log     *slog.Logger
}

// Node is a coordinator.
type Node struct {
	config     Config
	keeper     *lease.Keeper
	dispatcher *dispatch.Dispatcher
	engine     *settle.Engine
	runner     *settle.Runner[*sql.Tx]
	hub        *hub.Hub
	blobs      *blob.Desk
	handler    http.Handler
	level      atomic.Value // settle.Level, as of the last look
	held       atomic.Bool  // by an upgrade, likewise
}

// New puts a node together. Nothing runs yet.
func New(c Config) (*Node, error) {
	if c.Poll == 0 {
		c.Poll = time.Second
	}
	if c.Rules == (match.Rules{}) {
		c.Rules = match.DefaultRules
	}
	committer := commit.New(c.Blobs, c.Chain)
	n := &Node{config: c, keeper: lease.New(c.Store, c.Log)}
	n.dispatcher = dispatch.New(dispatch.Config{
		Store: c.Store, Keeper: n.keeper, Inputs: committer, Registry: c.Chain, Owner: c.Chain.Payer(), Rules: c.Rules, Hold: c.Hold, Log: c.Log,
	})
	peers := func() []string { return nil }
	if c.Host != nil {
		peers = c.Host.Addresses
	}
	n.hub = hub.New(hub.Config{
		Network: c.Network, ChainID: c.ChainID, Coordinator: c.Chain.Payer(), Peers: peers, Offline: c.Rules.Offline, Log: c.Log,
		SourceOf: c.Proxies.Of, PerSource: c.SessionsPerSource,
	}, c.Chain, n.dispatcher)
	n.dispatcher.Connect(n.hub)
	n.engine = &settle.Engine{Store: c.Store, Chain: c.Chain, Inputs: committer, Observer: n.dispatcher, Log: c.Log, Poll: c.Poll}
	c.Tasks.Log = c.Log
	var err error
	if n.runner, err = settle.NewRunner(c.Store.Driver(), n.engine, c.Tasks); err != nil {
		return nil, err
	}
	desk := &blob.Desk{Folder: c.Blobs, Store: c.Store, Roots: committer, Chain: c.Chain}
	n.blobs = desk
	if c.Host != nil {
		c.Host.ServeBlobs(published{desk})
	}
	var tap *faucet.Faucet
	if c.FaucetLimits != nil {
		tap = &faucet.Faucet{Store: c.Store, Bank: c.Chain, Limits: *c.FaucetLimits, Log: c.Log}
	}
	n.handler = api.New(api.Config{
		Network: c.Network, Payer: c.Chain.Payer(), Key: c.Key, Store: c.Store, Chain: c.Chain, Blobs: desk, Sessions: n.hub,
		Explainer: n.dispatcher, Faucet: tap, DefaultPrice: c.DefaultPrice, MaxHedges: c.MaxHedges, Offline: c.Rules.Offline,
		Peers: peers, Proxies: c.Proxies, Log: c.Log, Level: n.fundsLevel, Upgrades: c.Upgrades, Held: n.held.Load,
	})
	return n, nil
}

// published serves blobs to peers: those whose submission is on L2.
type published struct{ desk *blob.Desk }

var _ p2p.Blobs = published{}

func (p published) Get(ctx context.Context, hash job.Hash) ([]byte, error) {
	content, err := p.desk.Public(ctx, hash)
	if errors.Is(err, blob.ErrNotFound) {
		return nil, fmt.Errorf("%w: %w", p2p.ErrNotFound, err)
	}
	return content, err
}

// overdueEvery paces the look for jobs past their deadline.
const overdueEvery = 10 * time.Second

// shutdown bounds the time to answer open requests at the end.
const shutdown = 5 * time.Second

// Run reconciles the store with the chain, then serves on the listener until the context ends or
// something fails for good. It closes the listener.
func (n *Node) Run(ctx context.Context, listener net.Listener) error {
	defer listener.Close()
	if err := n.keeper.Grace(ctx); err != nil {
		return err
	}
	if err := n.engine.Reconcile(ctx); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	// The queue lives longer than the context: it is stopped in order.
	if err := n.runner.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("coordinator: start tasks: %w", err)
	}
	server := &http.Server{
		Handler:           n.handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(n.config.Log.Handler(), slog.LevelDebug),
	}
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("coordinator: serve HTTP: %w", err)
		}
		return nil
	})
	group.Go(func() error { n.keeper.Run(ctx, n.dispatcher.Lost); return nil })
	group.Go(func() error { n.dispatcher.Run(ctx); return nil })
	group.Go(func() error { n.overdue(ctx); return nil })
	group.Go(func() error { n.replenish(ctx); return nil })
	if n.config.Retention > 0 {
		group.Go(func() error { n.sweep(ctx); return nil })
	}
	group.Go(func() error {
		<-ctx.Done()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdown)
		defer cancel()
		n.hub.Close()
		err := n.runner.Stop(last)
		if server.Shutdown(last) != nil {
			err = errors.Join(err, server.Close())
		}
		return err
	})
	n.config.Log.Info("coordinator serves", "address", listener.Addr().String(), "network", n.config.Network)
	return group.Wait()
}

// sweepEvery paces the removal of old blobs.
const sweepEvery = time.Hour

func (n *Node) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		switch gone, err := n.blobs.Sweep(ctx, n.config.Retention); {
		case err != nil && ctx.Err() == nil:
			n.config.Log.Warn("old blobs", "error", err)
		case gone > 0:
			n.config.Log.Info("old blobs removed", "files", gone)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// replenishEvery paces the look at the payer's funds.
const replenishEvery = 15 * time.Second

// replenish keeps the payer's private balance above its low mark, and notes what there is for readiness.
func (n *Node) replenish(ctx context.Context) {
	tick := time.NewTicker(replenishEvery)
	defer tick.Stop()
	for {
		if err := n.lookAtFunds(ctx); err != nil && ctx.Err() == nil {
			n.config.Log.Warn("the payer's funds", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (n *Node) lookAtFunds(ctx context.Context) error {
	var err error
	if n.config.Hold != nil {
		err = n.config.Hold(ctx)
		n.held.Store(errors.Is(err, settle.ErrUpgrade))
	}
	if n.held.Load() {
		err = nil // said where it was found
	} else if err == nil {
		err = n.config.Chain.Replenish(ctx)
	}
	f, fundsErr := n.config.Chain.Funds(ctx)
	if fundsErr != nil {
		return errors.Join(err, fundsErr)
	}
	level := f.Level(uint64(n.config.DefaultPrice))
	n.level.Store(level)
	n.config.Metrics.Funds(f, level)
	return err
}

// fundsLevel is the level as of the last look.
func (n *Node) fundsLevel() settle.Level {
	if level, ok := n.level.Load().(settle.Level); ok {
		return level
	}
	return settle.LevelOK
}

func (n *Node) overdue(ctx context.Context) {
	tick := time.NewTicker(overdueEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := n.engine.Overdue(ctx); err != nil && ctx.Err() == nil {
				n.config.Log.Warn("deadlines", "error", err)
			}
		}
	}
}
