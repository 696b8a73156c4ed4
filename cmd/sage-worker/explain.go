package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/internal/privatefile"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/privacy"
	"github.com/sage-network/sage-node/privacy/history"
	"github.com/sage-network/sage-node/wallet"
	"github.com/sage-network/sage-node/worker/account"
	"github.com/sage-network/sage-node/worker/identity"
)

// advice is what a person can do about an error, and the exit code that it ends with. The first match
// counts.
var advice = []struct {
	err  error
	code int
	hint string
}{
	{profile.ErrNotFound, cli.ExitEnvironment, "choose a network with --network or SAGE_NETWORK"},
	{profile.ErrInvalid, cli.ExitEnvironment, "correct the network profile, or get a good one"},
	{chain.ErrUnreachable, cli.ExitEnvironment, "is the node running? check rpc_url in the network profile, or set SAGE_RPC_URL"},
	{chain.ErrWrongChain, cli.ExitEnvironment, "choose the network of this node with --network, or a node of this network with SAGE_RPC_URL"},
	{account.ErrFaucetDown, cli.ExitEnvironment, "is the coordinator running? check faucet_url in the network profile; asking again is harmless"},
	{account.ErrFaucetLimit, cli.ExitFailed, "wait, or look with sage-worker balance whether the tokens of an earlier request are there"},
	{account.ErrNotDeployed, cli.ExitFailed, "run: sage-worker request-tokens"},
	{account.ErrRegistered, cli.ExitFailed, "nothing was sent; go on with: sage-worker start. A worker that is not ACTIVE stakes more first"},
	{account.ErrState, cli.ExitFailed, "sage-worker balance shows the worker's status and amounts"},
	{account.ErrInsufficient, cli.ExitFailed, "sage-worker balance shows what there is; sage-worker request-tokens gets test tokens"},
	{chain.ErrInsufficientBalance, cli.ExitFailed, "fees are paid in STRK; sage-worker request-tokens gets some on test networks"},
	{privacy.ErrNotRegistered, cli.ExitFailed, "run: sage-worker register"},
	{privacy.ErrForeignKey, cli.ExitFailed, "restore elgamal.json of the wallet that registered, from its 24 words"},
	{elgamal.ErrNotFound, cli.ExitFailed, "the hint on the chain is not true; run: sage-worker recover"},
	{history.ErrReorganised, cli.ExitFailed, "the node's last blocks change; wait for some minutes"},
	{wallet.ErrPassword, cli.ExitFailed, "check the password, and which file SAGE_PASSWORD_FILE names"},
	{wallet.ErrExists, cli.ExitFailed, "nothing was overwritten; use another --home, or move the wallet away"},
	{wallet.ErrNoWallet, cli.ExitFailed, "run: sage-worker create-wallet; or name the right folder with --home or SAGE_HOME"},
	{privatefile.ErrMode, cli.ExitFailed, "make it private: chmod 600 FILE; if others could read it, make new keys"},
	{wallet.ErrKeystore, cli.ExitFailed, "restore it from a backup, or move it away and run: sage-worker import-wallet"},
	{wallet.ErrMnemonic, cli.ExitUsage, "write the 24 words in their order, with blanks between them"},
	{identity.ErrMissing, cli.ExitFailed, "restore the file from a backup, or run import-wallet with the 24 words in a new --home"},
	{identity.ErrKeyFile, cli.ExitFailed, "restore the file from a backup"},
	{job.ErrUnknownTier, cli.ExitUsage, "give --gpu-tier a tier's name, a GPU model such as T4, or cpu"},
	{amount.ErrBadAmount, cli.ExitUsage, "amounts are decimal numbers of SAGE, such as 1000 or 0.25"},
	{chain.ErrReread, cli.ExitFailed, "look with sage-worker balance, then run the command again if it is still wanted"},
}

// explain attaches advice to an error that carries none.
func explain(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	if _, told := errors.AsType[*cli.Error](err); told {
		return err
	}
	for _, a := range advice {
		if errors.Is(err, a.err) {
			return &cli.Error{Code: a.code, Hint: a.hint, Err: err}
		}
	}
	return err
}

// explainAll makes the command and those below it explain their errors.
func explainAll(cmd *cobra.Command) {
	if run := cmd.RunE; run != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error { return explain(run(cmd, args)) }
	}
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return cli.Usage("%w", err)
			}
			return nil
		}
	}
	for _, c := range cmd.Commands() {
		explainAll(c)
	}
}
