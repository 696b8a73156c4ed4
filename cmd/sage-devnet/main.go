// Command sage-devnet runs a whole SAGE network on this machine: a Starknet devnet with the contracts,
// validators, a coordinator and workers, every part real.
//
//	sage-devnet run     shows one job from an empty wallet to a private payment, and a slashing
//	sage-devnet up      starts chain, contracts, validators and a funded coordinator wallet, for scripts
//	sage-devnet tools   finds the Starknet programs, or builds them once
//
// And for the owner of a network elsewhere:
//
//	sage-devnet create-wallet  makes the owner's keys; import-wallet restores them
//	sage-devnet deploy         deploys the contracts and writes the network's profile
package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/internal/cli"
)

func main() {
	root := &cobra.Command{
		Use:   "sage-devnet",
		Short: "A whole SAGE network on this machine",
	}
	root.AddCommand(runCommand(), upCommand(), toolsCommand(),
		ownerCommand(ownerWallet().CreateCommand()), ownerCommand(ownerWallet().ImportCommand()), deployCommand())
	os.Exit(cli.Main(root))
}
