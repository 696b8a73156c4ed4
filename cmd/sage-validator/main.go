// Command sage-validator judges submitted proofs, votes on them with the other validators and takes
// their certificates to the chain.
package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sage-network/sage-node/chain/profile"
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
	cmd.PersistentFlags().String("http", defaultHTTP, "address for status and POST /validate (SAGE_HTTP)")
	cmd.AddCommand(startCommand(defaults), statusCommand(defaults))
	return cmd
}

// load layers the settings for a command.
func load(cmd *cobra.Command, common cli.Common) (settings, error) {
	defaults := settings{
		Common: common, HTTP: defaultHTTP,
		Listen:       []string{"/ip4/0.0.0.0/tcp/0"},
		Bootstrap:    []string{},
		RoundTimeout: bft.DefaultRoundTimeout, Poll: validator.DefaultPoll, Stagger: validator.DefaultStagger,
	}
	path, err := cmd.Flags().GetString("config")
	if err != nil {
		return settings{}, err
	}
	named := path != ""
	if !named {
		path = filepath.Join(homeOf(cmd.Flags(), common), role, "config.toml")
	}
	s, err := cli.Load(defaults, path, named, cmd.Flags())
	s.Listen, s.Bootstrap = split(s.Listen), split(s.Bootstrap)
	return s, err
}

// split takes lists apart that came as one text, from the environment.
func split(list []string) []string {
	return strings.FieldsFunc(strings.Join(list, ","), func(r rune) bool { return r == ',' || r == ' ' })
}

// homeOf is the home folder as far as it is known before the file in it is read.
func homeOf(flags *pflag.FlagSet, common cli.Common) string {
	if home, err := flags.GetString("home"); err == nil && flags.Changed("home") {
		return home
	}
	return common.Home
}

// network loads the network's profile from the home folder of the settings.
func network(s settings) (*profile.Profile, error) {
	path := s.Network
	if !strings.ContainsAny(path, `/\`) && !strings.HasSuffix(path, ".json") {
		path = filepath.Join(cli.Home(s.Home).Networks(), path+".json")
	}
	p, err := profile.Resolve(path)
	if err != nil {
		return nil, cli.Environment(err, "choose a network with --network or SAGE_NETWORK; its profile is %s", path)
	}
	return p, nil
}

func logger(cmd *cobra.Command, s settings) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.LogLevel)); err != nil {
		return nil, cli.Usage("log level %q; want debug, info, warn or error", s.LogLevel)
	}
	options := &slog.HandlerOptions{Level: level}
	switch s.LogFormat {
	case "text":
		return slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(cmd.ErrOrStderr(), options)), nil
	}
	return nil, cli.Usage("log format %q; want text or json", s.LogFormat)
}
