package main

import (
	"math/big"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sage-network/sage-node/cmd/internal/operator"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/worker/executor"
	"github.com/sage-network/sage-node/worker/policy"
)

const role = "worker"

// settings are this program's own, on top of those common to all programs.
type settings struct {
	cli.Common      `koanf:",flatten,squash"`
	Coordinator     string        `koanf:"coordinator"`       // URL; the profile's if empty
	Payer           string        `koanf:"payer"`             // account that the coordinator must pay from; any if empty
	MinPrice        string        `koanf:"min-price"`         // SAGE that an attempt must pay
	MinSubmitWindow time.Duration `koanf:"min-submit-window"` // least time for a proof; 0: half of the network's
	MaxSettleWindow time.Duration `koanf:"max-settle-window"` // longest decide + challenge + appeal; 0: any
	MaxPenalty      string        `koanf:"max-penalty"`       // most SAGE that a timeout may cost; empty: 5 % of the stake
	MaxSize         uint32        `koanf:"max-size"`          // largest matrices; 0: what the protocol allows
	SettleGrace     time.Duration `koanf:"settle-grace"`      // block time that the last calls are left to the coordinator
	UpgradeGuard    bool          `koanf:"upgrade-guard"`     // accept nothing that could be open under a class that is not known
	AcceptClass     []string      `koanf:"accept-class"`      // contract classes to work with besides
	Region          string        `koanf:"region"`            // for the manifest
	Listen          []string      `koanf:"listen"`            // libp2p
	Bootstrap       []string      `koanf:"bootstrap"`         // libp2p, beside the profile's
	QUIC            bool          `koanf:"quic"`
	MDNS            bool          `koanf:"mdns"`
	DHT             bool          `koanf:"dht"`
	Goroutines      int           `koanf:"goroutines"` // for proving; 0: all processors
	Poll            time.Duration `koanf:"poll"`       // how often the chain is looked at while waiting
}

func defaultSettings(common cli.Common) settings {
	return settings{
		Common: common, MinPrice: "0", Listen: []string{"/ip4/0.0.0.0/tcp/0"}, Bootstrap: []string{}, DHT: true, Poll: 2 * time.Second,
		SettleGrace: executor.DefaultGrace * time.Second, UpgradeGuard: true, AcceptClass: []string{},
	}
}

// addSettings adds flags for the settings that the daemon uses.
func addSettings(flags *pflag.FlagSet) {
	d := defaultSettings(cli.Common{})
	flags.String("coordinator", d.Coordinator, "coordinator's URL (default: the network profile's)")
	flags.String("payer", d.Payer, "refuse coordinators that pay from another account")
	flags.String("min-price", d.MinPrice, "least SAGE that an attempt must pay")
	flags.Duration("min-submit-window", d.MinSubmitWindow, "least time from accepting to submitting (0: half of the network's)")
	flags.Duration("max-settle-window", d.MaxSettleWindow, "longest time from submission to payment (0: any)")
	flags.String("max-penalty", d.MaxPenalty, "most SAGE that a missed submission may cost (default: 5 % of the stake)")
	flags.Uint32("max-size", d.MaxSize, "largest matrices to accept (0: 1024)")
	flags.Duration("settle-grace", d.SettleGrace, "how long, in block time, approve, finalize and release are left to others before the worker pays for them")
	operator.AddUpgradeGuard(flags)
	flags.String("region", d.Region, "region to announce")
	flags.StringSlice("listen", d.Listen, "libp2p addresses to listen on")
	flags.StringSlice("bootstrap", d.Bootstrap, "libp2p peers to join by, beside the profile's")
	flags.Bool("quic", d.QUIC, "offer QUIC to peers")
	flags.Bool("mdns", d.MDNS, "find peers on the local network")
	flags.Bool("dht", d.DHT, "find peers, and be found by validators, through the network's Kademlia table")
	flags.Int("goroutines", d.Goroutines, "goroutines that prove (0: one per processor)")
	flags.Duration("poll", d.Poll, "how often to look at the chain while waiting")
}

// load layers the settings for a command.
func load(cmd *cobra.Command, common cli.Common) (settings, error) {
	return cli.LoadRole(defaultSettings(common), common, role, cmd.Flags())
}

// grace is settle-grace in seconds of block time.
func (s settings) grace() (uint64, error) {
	if s.SettleGrace < time.Second {
		return 0, cli.Usage("settle-grace is at least 1s, not %s", s.SettleGrace)
	}
	return uint64(s.SettleGrace / time.Second), nil
}

// policy is what the operator accepts, on a network with these default windows: terms may leave validators, and
// if nothing else is set the worker, no less than half of their time.
func (s settings) policy(windows job.Windows) (policy.Policy, error) {
	p := policy.Default()
	price, err := amount.Parse(s.MinPrice)
	if err != nil {
		return p, cli.Usage("min-price: %w", err)
	}
	if p.MinPriceUnits, err = amount.Units(price); err != nil {
		return p, cli.Usage("min-price: %w", err)
	}
	if s.MinSubmitWindow < 0 || s.MaxSettleWindow < 0 {
		return p, cli.Usage("windows are not negative")
	}
	p.MinPriceUnits = max(p.MinPriceUnits, policy.Default().MinPriceUnits) // nobody works for nothing
	p.MinSubmitSeconds = uint64(s.MinSubmitWindow / time.Second)
	p.MinDecideSeconds, p.MinAppealSeconds = windows.Decide/2, windows.Appeal/2
	if p.MinSubmitSeconds == 0 {
		p.MinSubmitSeconds = windows.Submit / 2
	}
	p.MaxSettleSeconds = uint64(s.MaxSettleWindow / time.Second)
	if s.MaxPenalty != "" {
		var wei *big.Int
		if wei, err = amount.Parse(s.MaxPenalty); err != nil {
			return p, cli.Usage("max-penalty: %w", err)
		}
		p.MaxPenaltyWei = wei
	}
	if s.MaxSize != 0 {
		p.MaxSize = s.MaxSize
	}
	return p, nil
}

func configCommand(common cli.Common) *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "The configuration"}
	show := &cobra.Command{
		Use:   "show",
		Short: "Print the effective settings, secrets hidden",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := load(cmd, common)
			if err != nil {
				return err
			}
			effective, err := cli.Effective(s)
			if err != nil {
				return err
			}
			return cli.Result(cmd.OutOrStdout(), s.JSON, effective, table(effective))
		},
	}
	addSettings(show.Flags())
	cmd.AddCommand(show)
	return cmd
}
