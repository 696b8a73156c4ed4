// Command sage-worker is a proving machine and its operator's tool: wallet, stake, registration, the
// daemon that proves jobs, and private payments.
package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/internal/cli"
)

func main() { os.Exit(run()) }

func run() int { return cli.Main(root()) }

func root() *cobra.Command {
	defaults, err := cli.CommonDefaults()
	cmd := &cobra.Command{
		Use:   "sage-worker",
		Short: "Prove jobs, get paid privately",
		Long: `Prove jobs, get paid privately.

Results go to stdout, plain or with --json; everything else goes to stderr. Exit codes: 0 done, 1 failed or the answer is
no, 2 wrong command line or configuration, 3 something is missing around this program (node, network profile,
coordinator), 130 interrupted.

First steps: create-wallet, request-tokens (test networks), stake, register, start.`,
		PersistentPreRunE: func(*cobra.Command, []string) error { return err },
	}
	cli.AddCommon(cmd.PersistentFlags(), defaults)
	cmd.AddCommand(
		createWalletCommand(defaults), importWalletCommand(defaults),
		requestTokensCommand(defaults), stakeCommand(defaults), unstakeCommand(defaults), registerCommand(defaults),
		startCommand(defaults), statusCommand(defaults), balanceCommand(defaults), claimCommand(defaults),
		configCommand(defaults),
	)
	return cmd
}
