// Command sage-coordinator runs a coordinator: it takes its owner's jobs, gives them to workers, and
// settles them on-chain. Its other commands talk to a running one.
package main

import (
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/internal/cli"
)

const role = "coordinator"

// Files in the role's folder.
const (
	keyFile     = "api.key"         // the owner's API key
	addressFile = "http.address"    // where a running coordinator serves
	peerFile    = "peer.addr"       // its libp2p addresses, one a line
	metricsFile = "metrics.address" // where it serves metrics
)

// settings are the program's own, on top of those common to all programs.
type settings struct {
	cli.Common `koanf:",flatten,squash"`
	Listen     string        `koanf:"listen"`
	P2PListen  []string      `koanf:"p2p-listen"`
	Bootstrap  []string      `koanf:"bootstrap"`
	MDNS       bool          `koanf:"mdns"`
	DHT        bool          `koanf:"dht"`
	Server     string        `koanf:"server"`
	Deposit    string        `koanf:"deposit"`
	Low        string        `koanf:"balance-low"`
	High       string        `koanf:"balance-high"`
	Price      string        `koanf:"default-price"`
	MaxHedges  uint8         `koanf:"max-hedges"`
	PenaltyCap string        `koanf:"penalty-cap"`
	Poll       time.Duration `koanf:"poll"`
	Retention  time.Duration `koanf:"blob-retention"`
	Proxies    []string      `koanf:"trusted-proxies"`
	PerSource  int           `koanf:"sessions-per-source"`
	Metrics    string        `koanf:"metrics"`
	MinHealth  float64       `koanf:"min-health"`
	Guard      bool          `koanf:"upgrade-guard"`
	Classes    []string      `koanf:"accept-class"`

	FaucetFees       string        `koanf:"faucet-fees"`
	FaucetWindow     time.Duration `koanf:"faucet-window"`
	FaucetPerAddress int           `koanf:"faucet-per-address"`
	FaucetPerSource  int           `koanf:"faucet-per-source"`
}

// Where a coordinator listens when neither its settings nor the network's profile say.
const (
	defaultListen    = "127.0.0.1:8645"
	defaultP2PListen = "/ip4/127.0.0.1/tcp/0"
)

func defaults(common cli.Common) settings {
	return settings{
		Common: common, P2PListen: []string{}, Bootstrap: []string{}, Proxies: []string{}, PerSource: 256, DHT: true,
		Deposit: "1000", Low: "250", High: "900", MaxHedges: 1, PenaltyCap: "50", Poll: time.Second, MinHealth: 0.2, Guard: true, Classes: []string{}, Retention: 14 * 24 * time.Hour,
		FaucetFees: "100", FaucetWindow: 24 * time.Hour, FaucetPerAddress: 1, FaucetPerSource: 20,
	}
}

func main() { os.Exit(cli.Main(root())) }

func root() *cobra.Command {
	common, err := cli.CommonDefaults()
	cmd := &cobra.Command{
		Use:               "sage-coordinator",
		Short:             "Submit jobs, give them to workers, and settle them on-chain",
		PersistentPreRunE: func(*cobra.Command, []string) error { return err },
	}
	flags := cmd.PersistentFlags()
	cli.AddCommon(flags, common)
	flags.String("server", "", "URL of the coordinator to talk to (default: the one that runs in this home, else the network's)")
	cmd.AddCommand(
		startCommand(common), payerWallet(common).CreateCommand(), payerWallet(common).ImportCommand(), submitCommand(common), waitCommand(common), verifyCommand(common),
		jobCommand(common), workersCommand(common), fundsCommand(common), configCommand(common), doctorCommand(common),
	)
	return cmd
}

// load layers the settings for a command.
func load(cmd *cobra.Command, common cli.Common) (settings, error) {
	return cli.LoadRole(defaults(common), common, role, cmd.Flags())
}
