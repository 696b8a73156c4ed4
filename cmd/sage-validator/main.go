// Command sage-validator judges submitted proofs, votes on them with the other validators and takes
// their certificates to the chain.
package main

import (
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/validator"
	"github.com/sage-network/sage-node/validator/bft"
)

const role = "validator"

// defaultHTTP is where status and bridge are served.
const defaultHTTP = "127.0.0.1:8646"

// settings are the program's own, on top of those common to all programs.
type settings struct {
	cli.Common   `koanf:",flatten,squash"`
	HTTP         string        `koanf:"http"`
	Listen       []string      `koanf:"listen"`
	Bootstrap    []string      `koanf:"bootstrap"`
	QUIC         bool          `koanf:"quic"`
	MDNS         bool          `koanf:"mdns"`
	DHT          bool          `koanf:"dht"`
	RoundTimeout time.Duration `koanf:"round-timeout"`
	Poll         time.Duration `koanf:"poll"`
	Stagger      time.Duration `koanf:"stagger"`
	AcceptClass  []string      `koanf:"accept-class"`
}

func main() { os.Exit(cli.Main(root())) }

func root() *cobra.Command {
	defaults, err := cli.CommonDefaults()
	cmd := &cobra.Command{
		Use:   "sage-validator",
		Short: "Verify proofs, vote, and take certificates to the chain",
		PersistentPreRunE: func(*cobra.Command, []string) error {
			return err
		},
	}
	cli.AddCommon(cmd.PersistentFlags(), defaults)
	cmd.PersistentFlags().String("http", defaultHTTP, "address for status and POST /validate (SAGE_VALIDATOR_HTTP)")
	cmd.AddCommand(
		validatorWallet(defaults).CreateCommand(), validatorWallet(defaults).ImportCommand(),
		registerCommand(defaults), leaveCommand(defaults),
		startCommand(defaults), statusCommand(defaults), doctorCommand(defaults),
	)
	return cmd
}

// load layers the settings for a command.
func load(cmd *cobra.Command, common cli.Common) (settings, error) {
	defaults := settings{
		Common: common, HTTP: defaultHTTP,
		Listen:    []string{"/ip4/0.0.0.0/tcp/0"},
		Bootstrap: []string{}, AcceptClass: []string{}, DHT: true,
		RoundTimeout: bft.DefaultRoundTimeout, Poll: validator.DefaultPoll, Stagger: validator.DefaultStagger,
	}
	return cli.LoadRole(defaults, common, role, cmd.Flags())
}
