// Command sage-worker keeps a worker's account and runs the worker.
//
//	sage-worker create-wallet     makes keys and shows the 24 words that restore them
//	sage-worker import-wallet     restores keys from 24 words
//	sage-worker request-tokens    gets test tokens and deploys the account
//	sage-worker stake             moves SAGE into the worker's stake
//	sage-worker register          opens the private account and registers the worker
//	sage-worker start             runs the worker
//	sage-worker status            shows the worker on-chain, whether it runs, and its attempts
//	sage-worker balance           shows public, staked and private SAGE
//	sage-worker earnings          shows what each attempt brought, with its proof, and penalties
//	sage-worker claim             takes payments into the private balance
//	sage-worker deposit           moves public SAGE into the private balance
//	sage-worker recover           finds balance and history on the chain, from the 24 words alone
//	sage-worker settle            makes the calls that pay for finished work, where nobody else does
//	sage-worker unstake           takes the stake back
//	sage-worker drain             lets the running worker finish, and take nothing more
//	sage-worker deregister        takes the worker off the registry, once its stake is out
//	sage-worker doctor            looks for what is missing
//	sage-worker config show       prints the settings in effect
package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/internal/cli"
)

func main() { os.Exit(cli.Main(root())) }

func root() *cobra.Command {
	common, err := cli.CommonDefaults()
	cmd := &cobra.Command{
		Use:               "sage-worker",
		Short:             "Keep a worker's account and run the worker",
		PersistentPreRunE: func(*cobra.Command, []string) error { return err },
	}
	cli.AddCommon(cmd.PersistentFlags(), common)
	cmd.AddCommand(
		workerWallet(common).CreateCommand(), workerWallet(common).ImportCommand(),
		requestTokensCommand(common), stakeCommand(common), unstakeCommand(common), registerCommand(common), deregisterCommand(common),
		startCommand(common), drainCommand(common), statusCommand(common), balanceCommand(common), earningsCommand(common),
		claimCommand(common), depositCommand(common), recoverCommand(common), settleCommand(common),
		configCommand(common), doctorCommand(common),
	)
	explainAll(cmd)
	return cmd
}
