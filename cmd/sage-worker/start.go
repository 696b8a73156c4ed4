package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/chain/upgrades"
	"github.com/sage-network/sage-node/cmd/internal/operator"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/internal/filelock"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/p2p"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker"
	"github.com/sage-network/sage-node/worker/blobs"
	"github.com/sage-network/sage-node/worker/executor"
	"github.com/sage-network/sage-node/worker/hardware"
	"github.com/sage-network/sage-node/worker/identity"
	"github.com/sage-network/sage-node/worker/journal"
	"github.com/sage-network/sage-node/worker/onchain"
	"github.com/sage-network/sage-node/worker/session"
)

func startCommand(common cli.Common) *cobra.Command {
	var password func(string, io.Writer) cli.PasswordSource
	cmd := &cobra.Command{
		Use:   "start",
		Short: "Run the worker until it is interrupted",
		Long: `Run the worker until it is interrupted: accept attempts that are within the policy, prove them, submit. A worker that
was stopped or killed goes on where it was; until it is started again, the windows of accepted attempts run.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := load(cmd, common)
			if err != nil {
				return err
			}
			return start(cmd, s, password(s.PasswordFile, cmd.ErrOrStderr()))
		},
	}
	password = cli.AddPassword(cmd.Flags())
	addSettings(cmd.Flags())
	return cmd
}

func start(cmd *cobra.Command, s settings, source cli.PasswordSource) (err error) {
	ctx := cmd.Context()
	log, err := cli.Logger(cmd.ErrOrStderr(), s.Common)
	if err != nil {
		return err
	}
	o, err := unlock(cmd, s, source, true, func(e chain.Entry, what string) {
		log.Info("transaction", "state", what, "purpose", e.Purpose, "hash", e.Hash.String())
	})
	if err != nil {
		return err
	}
	defer o.Close()
	accepts, err := s.policy(o.profile.Windows)
	if err != nil {
		return err
	}
	grace, err := s.grace()
	if err != nil {
		return err
	}
	coordinator, payer, err := s.coordinator(o.profile)
	if err != nil {
		return err
	}
	classes, err := operator.Classes(s.AcceptClass)
	if err != nil {
		return err
	}
	watch := upgrades.NewWatch(o.client, upgrades.Contracts(o.profile, classes), s.UpgradeGuard, log)
	dir := o.folder
	records, err := openJournal(ctx, filepath.Join(dir, "attempts"))
	if errors.Is(err, filelock.ErrHeld) {
		return cli.Hint(err, "stop the other one first, or give this one its own SAGE_HOME")
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, records.Close()) }()
	store, err := blobs.Open(filepath.Join(dir, "blobs"))
	if err != nil {
		return err
	}
	id, err := identity.Load(dir)
	if err != nil {
		return err
	}
	w, err := o.account.Stakes(ctx)
	if err != nil {
		return err
	}
	manifest, err := registeredManifest(ctx, filepath.Join(dir, manifestFile), s, o.account.Address, w.Tier, id)
	if err != nil {
		return err
	}
	host, err := p2p.New(p2p.Config{
		Network: o.profile.Name, Key: id.PrivateNodeKey(), Listen: s.Listen, QUIC: s.QUIC, MDNS: s.MDNS, DHT: s.DHT,
		Bootstrap: append(append([]string{}, o.profile.Bootstrap...), s.Bootstrap...), Logger: log,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, host.Close()) }()
	host.ServeBlobs(published{store})

	daemon, err := worker.New(worker.Config{
		Network: o.profile.Name, ChainID: o.profile.ChainIDFelt(), JobManager: felt.Felt(o.profile.Contracts.Jobs),
		Coordinator: coordinator, Payer: payer, Worker: o.account.Address, Identity: id, Manifest: manifest, Policy: accepts,
		Chain:    onchain.NewAttempts(o.sender, o.profile),
		Payments: onchain.NewPayments(o.client, felt.Felt(o.profile.Contracts.Privacy), o.private, o.profile.FromBlock),
		Engine:   executor.NewLocal(s.Goroutines),
		Blobs:    store, Records: records,
		Peer: func() string { return reachable(host.Addresses()) },
		Dial: func(ctx context.Context, address string) error {
			_, err := host.Connect(ctx, address)
			return err
		},
		Certificates: peerCertificates{host}, Grace: grace, Draining: func() bool { return draining(dir) }, Horizon: onchain.Horizon{Watch: watch},
		GPUs: gpus(ctx), Log: log, Poll: s.Poll,
	})
	if err != nil {
		return err
	}
	log.Info("worker started", "address", o.account.Address.String(), "network", o.profile.Name, "coordinator", coordinator.Redacted(),
		"status", w.Status, "tier", w.Tier, "gpus", len(manifest.GPU), "peers", host.Addresses())
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { watch.Run(ctx); return nil })
	group.Go(func() error { return daemon.Run(ctx) })
	err = group.Wait()
	log.Info("worker stopped")
	if errors.Is(err, session.ErrRefused) || errors.Is(err, session.ErrNetwork) || errors.Is(err, wire.ErrVersion) {
		return cli.Environment(err, "is this worker registered and staked (status), and is %s the coordinator of network %s?", coordinator.Redacted(), o.profile.Name)
	}
	return err
}

// openJournal opens the journal; a status command may hold it for an instant.
func openJournal(ctx context.Context, dir string) (*journal.Journal, error) {
	for try := 0; ; try++ {
		j, err := journal.Open(dir)
		if !errors.Is(err, filelock.ErrHeld) || try == 10 {
			return j, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// coordinator is whom the worker connects to, and which payer it insists on.
func (s settings) coordinator(p *profile.Profile) (*url.URL, felt.Felt, error) {
	text := s.Coordinator
	if text == "" {
		text = p.Coordinator
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, felt.Felt{}, cli.Usage("no coordinator: the profile %s names none; use --coordinator http://…", p.Name)
	}
	var payer felt.Felt
	if s.Payer != "" {
		if payer, err = wire.ParseFelt(s.Payer); err != nil {
			return nil, felt.Felt{}, cli.Usage("payer: %w", err)
		}
	}
	return u, payer, nil
}

// gpus are the sources for heartbeats; none where there is no GPU.
func gpus(ctx context.Context) []hardware.Source {
	sources := hardware.Sources()
	if len(hardware.Detect(ctx, sources...).Devices) == 0 {
		return nil
	}
	return sources
}

// reachable is the first address; the coordinator and validators may learn others from libp2p.
func reachable(addresses []string) string {
	if len(addresses) == 0 {
		return ""
	}
	return addresses[0]
}

// published serves to peers what the executor has published.
type published struct{ store *blobs.Store }

func (p published) Get(_ context.Context, hash job.Hash) ([]byte, error) {
	b, err := p.store.Published(hash)
	if errors.Is(err, blobs.ErrNotFound) {
		return nil, fmt.Errorf("%w: %w", p2p.ErrNotFound, err)
	}
	return b, err
}
