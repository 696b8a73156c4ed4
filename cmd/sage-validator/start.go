package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/sync/errgroup"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/chain/upgrades"
	"github.com/sage-network/sage-node/cmd/internal/operator"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/internal/privatefile"
	"github.com/sage-network/sage-node/p2p"
	"github.com/sage-network/sage-node/validator"
	"github.com/sage-network/sage-node/validator/votelog"
)

// addressFile holds, while the validator runs, where its HTTP is served.
const addressFile = "http.address"

func startCommand(common cli.Common) *cobra.Command {
	var password func(string, io.Writer) cli.PasswordSource
	cmd := &cobra.Command{
		Use:   "start",
		Short: "Run the validator until it is interrupted",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := load(cmd, common)
			if err != nil {
				return err
			}
			return start(cmd, s, password(s.PasswordFile, cmd.ErrOrStderr()))
		},
	}
	addSettings(cmd.Flags())
	password = cli.AddPassword(cmd.Flags())
	return cmd
}

// addSettings adds flags for the settings of start.
func addSettings(flags *pflag.FlagSet) {
	operator.AddClasses(flags)
	flags.StringSlice("listen", []string{"/ip4/0.0.0.0/tcp/0"}, "libp2p multiaddresses to listen on")
	flags.StringSlice("bootstrap", nil, "multiaddresses of peers to stay connected to, besides the network profile's")
	flags.Bool("quic", false, "speak QUIC besides TCP")
	flags.Bool("mdns", false, "find peers on the local network")
	flags.Bool("dht", true, "find peers, workers above all, through the network's Kademlia table")
	flags.Duration("round-timeout", 30*time.Second, "length of a voting round")
	flags.Duration("poll", validator.DefaultPoll, "pause between looks at the chain")
	flags.Duration("stagger", validator.DefaultStagger, "how long a validator waits for the one before it to submit a certificate")
}

func start(cmd *cobra.Command, s settings, source cli.PasswordSource) (err error) {
	ctx := cmd.Context()
	log, err := cli.Logger(cmd.ErrOrStderr(), s.Common)
	if err != nil {
		return err
	}
	p, err := operator.Network(s.Common)
	if err != nil {
		return err
	}
	folder, err := cli.Home(s.Home).Role(role)
	if err != nil {
		return err
	}
	classes, err := operator.Classes(s.AcceptClass)
	if err != nil {
		return err
	}
	keys, err := openKeys(folder, source)
	if err != nil {
		return err
	}
	client, onChain, err := connect(ctx, p, folder, keys)
	if err != nil {
		return err
	}
	defer client.Close()
	votes, err := votelog.Open(filepath.Join(folder, "votes.log"), keys.address, keys.vote.PublicKey().X())
	if err != nil {
		return cli.Hint(err, "the vote log keeps this validator from contradicting itself: do not delete it while its vote key is registered")
	}
	defer func() { err = errors.Join(err, votes.Close()) }()
	node, err := p2p.LoadOrCreateKey(filepath.Join(folder, "node.key"))
	if err != nil {
		return err
	}
	host, err := p2p.New(p2p.Config{
		Network: p.Name, Key: node, Listen: s.Listen, QUIC: s.QUIC, MDNS: s.MDNS, DHT: s.DHT,
		Bootstrap: append(p.Bootstrap, s.Bootstrap...), Logger: log,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, host.Close()) }()
	// A validator warns, and votes on: what is open must be decided under whatever class.
	watch := upgrades.NewWatch(client, upgrades.Contracts(p, classes), false, log)
	service, err := validator.NewService(validator.Config{
		Network: p.Name, ChainID: p.ChainIDFelt(), ProofVerifier: felt.Felt(p.Contracts.Proofs),
		Address: keys.address, VoteKey: keys.vote, Chain: onChain, Host: host, Verifier: validator.Stark{},
		Log: votes, Cursor: validator.NewFileCursor(filepath.Join(folder, "cursor")),
		RoundTimeout: s.RoundTimeout, Poll: s.Poll, Stagger: s.Stagger, Upgrades: watch.Told, Logger: log,
	})
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	address, err := serve(ctx, group, s.HTTP, service.Handler())
	if err != nil {
		return err
	}
	group.Go(func() error { return announce(ctx, filepath.Join(folder, addressFile), address) })
	group.Go(func() error { return service.Run(ctx) })
	group.Go(func() error { watch.Run(ctx); return nil })
	log.Info("validator started", "address", keys.address.String(), "network", p.Name, "http", address, "peers", host.Addresses())
	err = group.Wait()
	log.Info("validator stopped")
	return err
}

// announce keeps the address in a file, for the status command, until ctx ends.
func announce(ctx context.Context, path, address string) error {
	if err := privatefile.Write(path, []byte(address+"\n")); err != nil {
		return err
	}
	<-ctx.Done()
	return os.Remove(path)
}

// serve starts the HTTP server; it ends with ctx. It returns the address it listens on.
func serve(ctx context.Context, group *errgroup.Group, address string, handler http.Handler) (string, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return "", cli.Environment(err, "choose another address with --http; port 0 takes a free one")
	}
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve HTTP: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := server.Shutdown(grace); err != nil {
			return server.Close()
		}
		return nil
	})
	return listener.Addr().String(), nil
}

// connect reaches the chain and checks that it knows this validator by this vote key.
func connect(ctx context.Context, p *profile.Profile, folder string, keys keys) (*chain.Client, *validator.OnChain, error) {
	client, err := chain.Dial(ctx, p.RPC, p.ChainID)
	if err != nil {
		return nil, nil, cli.Environment(err, "check rpc_url in the network profile, or set SAGE_RPC_URL")
	}
	journal, err := chain.NewFileJournal(filepath.Join(folder, "transactions"))
	if err != nil {
		client.Close()
		return nil, nil, err
	}
	sender, err := chain.NewSender(client, chain.SenderConfig{Address: keys.address, Signer: keys.account, Journal: journal})
	if err != nil {
		client.Close()
		return nil, nil, err
	}
	onChain := validator.NewOnChain(client, sender, validator.Contracts{
		JobManager: felt.Felt(p.Contracts.Jobs), ProofVerifier: felt.Felt(p.Contracts.Proofs),
		ValidatorRegistry: felt.Felt(p.Contracts.Validators), StakingManager: felt.Felt(p.Contracts.Staking), FromBlock: p.FromBlock,
	})
	if err := onChain.CheckRegistration(ctx, keys.vote.PublicKey()); err != nil {
		client.Close()
		return nil, nil, cli.Hint(err, "register the validator with this vote key, or use the keystore that it was registered with")
	}
	return client, onChain, nil
}
