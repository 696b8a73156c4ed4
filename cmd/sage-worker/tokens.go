package main

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/account"
)

// faucetPatience is how long a coordinator that is being started is waited for.
const faucetPatience = 30 * time.Second

// tokensResult is what request-tokens prints. Amounts are decimal numbers of SAGE and STRK.
type tokensResult struct {
	Address     wire.Felt  `json:"address"`
	Asked       bool       `json:"asked"`            // the faucet was asked; false when there was enough
	Transaction *wire.Felt `json:"transaction_hash"` // the faucet's; null when it was not asked
	Deployment  *wire.Felt `json:"deployment_hash"`  // the account's; null when it was deployed already
	SAGE        string     `json:"sage"`             // balance now
	FeeTokens   string     `json:"fee_tokens"`       // balance now
}

func requestTokensCommand(common cli.Common) *cobra.Command {
	var password func(string, io.Writer) cli.PasswordSource
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "request-tokens",
		Short: "Get test tokens from the network's faucet and deploy the account",
		Long: "Get test tokens from the network's faucet, wait until they are there, and deploy the account.\n" +
			"With 1000 SAGE and 1 STRK the faucet is not asked. Repeating the command is harmless.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := load(cmd, common)
			if err != nil {
				return err
			}
			p, err := network(s)
			if err != nil {
				return err
			}
			if p.Mainnet() || p.Faucet == "" {
				return cli.Hint(fmt.Errorf("network %s has no faucet", p.Name), "send STRK for fees and SAGE to the address that sage-worker balance shows")
			}
			o, err := unlock(cmd, s, password(s.PasswordFile, cmd.ErrOrStderr()), false, aloud(cmd))
			if err != nil {
				return err
			}
			defer o.Close()
			faucet := &account.HTTPFaucet{
				URL: p.Faucet, Client: &http.Client{Timeout: wait}, Patience: faucetPatience,
				Waiting: func(error) {
					fmt.Fprintf(cmd.ErrOrStderr(), "the faucet does not answer yet; asking again for %s\n", faucetPatience)
				},
			}
			got, err := o.account.RequestTokens(cmd.Context(), faucet, felt.Felt(p.AccountClass), wait)
			if err != nil {
				return err
			}
			return printTokens(cmd, o, got)
		},
	}
	password = cli.AddPassword(cmd.Flags())
	cmd.Flags().DurationVar(&wait, "wait", time.Minute, "how long to wait for the tokens")
	return cmd
}

func printTokens(cmd *cobra.Command, o *opened, got account.Received) error {
	r := tokensResult{
		Address: wire.Felt(o.account.Address), Asked: got.Asked,
		SAGE: amount.Format(got.Now.SAGE), FeeTokens: amount.Format(got.Now.Fees),
	}
	if got.Asked {
		r.Transaction = hashOf(got.Transaction)
	}
	if got.Deployed && len(o.sent) > 0 {
		r.Deployment = hashOf(o.sent[len(o.sent)-1].Hash)
	}
	return cli.Result(cmd.OutOrStdout(), o.JSON, r, func(w io.Writer) {
		if got.Asked {
			fmt.Fprintf(w, "received %s SAGE and %s STRK\n", amount.Format(minus(got.Now.SAGE, got.Before.SAGE)), amount.Format(minus(got.Now.Fees, got.Before.Fees)))
		} else {
			fmt.Fprintln(w, "there are tokens enough; the faucet was not asked")
		}
		fmt.Fprintf(w, "%s has %s SAGE and %s STRK\n", r.Address, r.SAGE, r.FeeTokens)
		if got.Deployed {
			fmt.Fprintln(w, "the account is deployed")
		}
	})
}
