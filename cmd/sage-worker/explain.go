package main

import (
	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/cmd/internal/operator"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/privacy"
	"github.com/sage-network/sage-node/privacy/history"
	"github.com/sage-network/sage-node/worker/account"
	"github.com/sage-network/sage-node/worker/identity"
)

// advice is what a person can do about an error. The first match counts.
var advice = append([]operator.Advice{
	{Err: account.ErrFaucetDown, Code: cli.ExitEnvironment, Hint: "is the coordinator running? check faucet_url in the network profile; asking again is harmless"},
	{Err: account.ErrFaucetLimit, Code: cli.ExitFailed, Hint: "wait, or look with sage-worker balance whether the tokens of an earlier request are there"},
	{Err: account.ErrNotDeployed, Code: cli.ExitFailed, Hint: "run: sage-worker request-tokens"},
	{Err: account.ErrRegistered, Code: cli.ExitFailed, Hint: "nothing was sent; go on with: sage-worker start. A worker that is not ACTIVE stakes more first"},
	{Err: account.ErrState, Code: cli.ExitFailed, Hint: "sage-worker balance shows the worker's status and amounts"},
	{Err: account.ErrInsufficient, Code: cli.ExitFailed, Hint: "sage-worker balance shows what there is; sage-worker request-tokens gets test tokens"},
	{Err: chain.ErrInsufficientBalance, Code: cli.ExitFailed, Hint: "fees are paid in STRK; sage-worker request-tokens gets some on test networks"},
	{Err: privacy.ErrNotRegistered, Code: cli.ExitFailed, Hint: "run: sage-worker register"},
	{Err: privacy.ErrForeignKey, Code: cli.ExitFailed, Hint: "restore elgamal.json of the wallet that registered, from its 24 words"},
	{Err: elgamal.ErrNotFound, Code: cli.ExitFailed, Hint: "the hint on the chain is not true; run: sage-worker recover"},
	{Err: history.ErrReorganised, Code: cli.ExitFailed, Hint: "the node's last blocks change; wait for some minutes"},
	{Err: identity.ErrMissing, Code: cli.ExitFailed, Hint: "restore the file from a backup, or run import-wallet with the 24 words in a new --home"},
	{Err: identity.ErrKeyFile, Code: cli.ExitFailed, Hint: "restore the file from a backup"},
	{Err: job.ErrUnknownTier, Code: cli.ExitUsage, Hint: "give --gpu-tier a tier's name, a GPU model such as T4, or cpu"},
	{Err: amount.ErrBadAmount, Code: cli.ExitUsage, Hint: "amounts are decimal numbers of SAGE, such as 1000 or 0.25"},
	{Err: chain.ErrReread, Code: cli.ExitFailed, Hint: "look with sage-worker balance, then run the command again if it is still wanted"},
}, operator.CommonAdvice("sage-worker")...)

// explain attaches advice to an error that carries none.
func explain(err error) error { return operator.Explain(err, advice) }

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
