package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/chain/upgrades"
	"github.com/sage-network/sage-node/cmd/internal/operator"
	"github.com/sage-network/sage-node/coordinator"
	"github.com/sage-network/sage-node/coordinator/api"
	"github.com/sage-network/sage-node/coordinator/blob"
	"github.com/sage-network/sage-node/coordinator/faucet"
	"github.com/sage-network/sage-node/coordinator/lease"
	"github.com/sage-network/sage-node/coordinator/match"
	"github.com/sage-network/sage-node/coordinator/onchain"
	"github.com/sage-network/sage-node/coordinator/settle"
	"github.com/sage-network/sage-node/coordinator/source"
	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/coordinator/store/sqlite"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/internal/privatefile"
	"github.com/sage-network/sage-node/p2p"
)

func startCommand(common cli.Common) *cobra.Command {
	d := defaults(common)
	var password func(string, io.Writer) cli.PasswordSource
	cmd := &cobra.Command{
		Use:   "start",
		Short: "Run the coordinator until it is interrupted",
		Long: "Run the coordinator until it is interrupted.\n" +
			"The first start deploys the payer's account, registers its private account and deposits into it.",
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
	addSettings(cmd.Flags(), d)
	return cmd
}

// addSettings adds flags for the settings of start.
func addSettings(flags *pflag.FlagSet, d settings) {
	operator.AddUpgradeGuard(flags)
	flags.String("listen", "", "address of the HTTP interface (default: the network's coordinator_url if that is on this machine, else "+defaultListen+")")
	flags.StringSlice("p2p-listen", nil, "libp2p multiaddresses to serve blobs on (default: where the network's bootstrap peers name this node, else "+defaultP2PListen+")")
	flags.StringSlice("bootstrap", nil, "multiaddresses of peers to stay connected to, besides the network profile's")
	flags.Bool("mdns", false, "find peers on the local network")
	flags.Bool("dht", d.DHT, "find peers, and be found, through the network's Kademlia table")
	flags.String("deposit", d.Deposit, "deposits into the private account are multiples of so much SAGE; public on-chain")
	flags.String("balance-low", d.Low, "SAGE below which the private balance is filled up (0: when a payment calls for it)")
	flags.String("balance-high", d.High, "SAGE that it is filled up to")
	flags.String("default-price", "", "price in SAGE of a job that names none (default: the network's)")
	flags.Uint8("max-hedges", d.MaxHedges, "attempts of a job that may start while another one lives")
	flags.String("penalty-cap", d.PenaltyCap, "most SAGE that a timeout may cost a worker")
	flags.Duration("poll", d.Poll, "pause between looks at the chain")
	flags.Duration("blob-retention", d.Retention, "how long inputs, results and proofs are kept after their job is final (0: for ever)")
	flags.StringSlice("trusted-proxies", nil, "networks of proxies whose X-Forwarded-For is believed, such as 10.0.0.0/8 (default: none)")
	flags.Int("sessions-per-source", d.PerSource, "workers that may be connected from one network address")
	flags.String("metrics", "", "loopback address to serve metrics for Prometheus on, such as 127.0.0.1:9645 (default: none)")
	flags.Float64("min-health", d.MinHealth, "least health of a worker that gets jobs, 0 to 1")
	flags.String("faucet-fees", d.FaucetFees, "STRK that the faucet sends with its SAGE")
	flags.Duration("faucet-window", d.FaucetWindow, "time in which the faucet counts requests")
	flags.Int("faucet-per-address", d.FaucetPerAddress, "requests served per account within the window")
	flags.Int("faucet-per-source", d.FaucetPerSource, "requests served per network address within the window")
}

// amounts are the settings that are amounts of a token.
type amounts struct {
	deposit, low, high  uint64 // private units
	price               store.Price
	penaltyCap, faucets *big.Int
}

func parseAmounts(s settings, p *profile.Profile) (a amounts, err error) {
	parse := func(flag, text string) *big.Int {
		wei, parseErr := amount.Parse(text)
		if parseErr != nil {
			err = errors.Join(err, cli.Usage("--%s: %w", flag, parseErr))
			return new(big.Int)
		}
		return wei
	}
	units := func(flag, text string) uint64 {
		u, unitsErr := amount.Units(parse(flag, text))
		if unitsErr != nil {
			err = errors.Join(err, cli.Usage("--%s: %w", flag, unitsErr))
		}
		return u
	}
	a.deposit, a.low, a.high = units("deposit", s.Deposit), units("balance-low", s.Low), units("balance-high", s.High)
	if a.low > a.high {
		err = errors.Join(err, cli.Usage("balance-low is above balance-high"))
	}
	a.price = store.Price(p.DefaultPrice)
	if s.Price != "" {
		a.price = store.Price(units("default-price", s.Price))
	}
	a.penaltyCap, a.faucets = parse("penalty-cap", s.PenaltyCap), parse("faucet-fees", s.FaucetFees)
	return a, err
}

// parsed are the settings that are more than text.
type parsed struct {
	amounts
	proxies source.Proxies
	classes []felt.Felt
}

// parse reads and checks the settings for a network.
func (s settings) parse(p *profile.Profile) (out parsed, err error) {
	if out.proxies, err = source.ParseProxies(s.Proxies); err != nil {
		return out, cli.Usage("trusted-proxies: %w", err)
	}
	if s.PerSource < 1 {
		return out, cli.Usage("sessions-per-source is at least 1")
	}
	if s.Retention < 0 {
		return out, cli.Usage("blob-retention is not negative")
	}
	if out.amounts, err = parseAmounts(s, p); err != nil {
		return out, err
	}
	out.classes, err = operator.Classes(s.Classes)
	return out, err
}

func start(cmd *cobra.Command, s settings, password cli.PasswordSource) (err error) {
	ctx := cmd.Context()
	log, err := cli.Logger(cmd.ErrOrStderr(), s.Common)
	if err != nil {
		return err
	}
	p, err := operator.Network(s.Common)
	if err != nil {
		return err
	}
	parsed, err := s.parse(p)
	if err != nil {
		return err
	}
	sums := parsed.amounts
	folder, err := cli.Home(s.Home).Role(role)
	if err != nil {
		return err
	}
	meter := newMeter()
	if err := meter.start(ctx, s.Metrics, folder, log); err != nil {
		return err
	}
	defer meter.stop()
	keys, err := openKeys(folder, password)
	if err != nil {
		return err
	}
	client, err := chain.Dial(ctx, p.RPC, p.ChainID)
	if err != nil {
		return cli.Environment(err, "check rpc_url in the network profile, or set SAGE_RPC_URL")
	}
	defer client.Close()
	db, err := sqlite.Open(ctx, filepath.Join(folder, "coordinator.db"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	sender, err := chain.NewSender(client, chain.SenderConfig{
		Address: keys.address, Signer: keys.account, Journal: onchain.NewJournal(db, keys.address),
	})
	if err != nil {
		return err
	}
	watch := upgrades.NewWatch(client, upgrades.Contracts(p, parsed.classes), s.Guard, log)
	starknet, err := onchain.New(onchain.Config{
		Profile: p, Client: client, Sender: sender, Secret: keys.elgamal,
		Deposit: sums.deposit, Low: sums.low, High: sums.high, PenaltyCap: sums.penaltyCap, FaucetFee: sums.faucets, Metrics: meter.payments, Upgrades: watch, Log: log,
	})
	if err != nil {
		return err
	}
	log.Info("preparing the payer's account", "address", keys.address.String())
	if err := starknet.Prepare(ctx); err != nil {
		return prepareHint(err)
	}
	blobs, err := blob.OpenFolder(filepath.Join(folder, "blobs"))
	if err != nil {
		return err
	}
	key, err := api.LoadOrCreateKey(filepath.Join(folder, keyFile))
	if err != nil {
		return err
	}
	host, err := openHost(s, p, folder, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, host.Close()) }()
	var limits *faucet.Limits
	if p.Faucet != "" && !p.Mainnet() {
		limits = &faucet.Limits{Window: s.FaucetWindow, PerAddress: s.FaucetPerAddress, PerSource: s.FaucetPerSource}
	}
	node, err := coordinator.New(coordinator.Config{
		Network: p.Name, ChainID: p.ChainIDFelt(), Store: db, Chain: starknet, Blobs: blobs, Host: host, Key: key,
		FaucetLimits: limits, DefaultPrice: sums.price, MaxHedges: s.MaxHedges,
		Rules: match.Rules{Offline: lease.Length, MinHealth: s.MinHealth}, Poll: s.Poll, Retention: s.Retention, Proxies: parsed.proxies, SessionsPerSource: s.PerSource,
		Hold: starknet.Hold, Upgrades: watch.Told, Metrics: meter.payments, Log: log,
	})
	if err != nil {
		return err
	}
	return serve(ctx, listenAddress(s, p), folder, host, node)
}

// serve listens, says where, and runs the node.
func serve(ctx context.Context, listen, folder string, host *p2p.Host, node *coordinator.Node) error {
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return cli.Environment(err, "choose another address with --listen; port 0 takes a free one")
	}
	for file, content := range map[string]string{
		addressFile: listener.Addr().String() + "\n", peerFile: strings.Join(host.Addresses(), "\n") + "\n",
	} {
		if err := privatefile.Write(filepath.Join(folder, file), []byte(content)); err != nil {
			listener.Close()
			return err
		}
	}
	defer os.Remove(filepath.Join(folder, addressFile))
	return node.Run(ctx, listener)
}

func openHost(s settings, p *profile.Profile, folder string, log *slog.Logger) (*p2p.Host, error) {
	key, err := p2p.LoadOrCreateKey(filepath.Join(folder, "node.key"))
	if err != nil {
		return nil, err
	}
	id, err := p2p.PeerID(key.PubKey())
	if err != nil {
		return nil, err
	}
	return p2p.New(p2p.Config{
		Network: p.Name, Key: key, Listen: p2pListen(s, p, id.String()), MDNS: s.MDNS, DHT: s.DHT, Bootstrap: append(p.Bootstrap, s.Bootstrap...), Logger: log,
	})
}

// prepareHint adds advice to what keeps the payer from being ready.
func prepareHint(err error) error {
	switch {
	case errors.Is(err, settle.ErrFunds):
		return cli.Hint(err, "send SAGE to the account, or deposit less with --deposit")
	case errors.Is(err, chain.ErrInsufficientBalance):
		return cli.Hint(err, "send STRK to the account for fees")
	case errors.Is(err, chain.ErrUnreachable):
		return cli.Environment(err, "check rpc_url in the network profile, or set SAGE_RPC_URL")
	}
	return fmt.Errorf("prepare the payer: %w", err)
}
