package operator

import (
	"github.com/NethermindEth/juno/core/felt"
	"github.com/spf13/pflag"

	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/wire"
)

// AddClasses adds the flag by which an operator accepts contract classes that the program does not know.
func AddClasses(flags *pflag.FlagSet) {
	flags.StringSlice("accept-class", nil, "hashes of contract classes to work with, besides those that the program and the network profile name")
}

// AddUpgradeGuard adds AddClasses' flag, and the one that switches the guard off.
func AddUpgradeGuard(flags *pflag.FlagSet) {
	AddClasses(flags)
	flags.Bool("upgrade-guard", true, "begin nothing that could be open when a contract gets a class that is not known")
}

// Classes reads the hashes of accept-class.
func Classes(hashes []string) ([]felt.Felt, error) {
	classes := make([]felt.Felt, len(hashes))
	for i, text := range hashes {
		var err error
		if classes[i], err = wire.ParseFelt(text); err != nil {
			return nil, cli.Usage("accept-class: %w", err)
		}
	}
	return classes, nil
}
