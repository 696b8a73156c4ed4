package main

import (
	"github.com/NethermindEth/juno/core/felt"
	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/operator"
)

func claimCommand(common cli.Common) *cobra.Command {
	var p passwords
	var withdraw, to string
	var yes bool
	cmd := &cobra.Command{
		Use:     "claim [--withdraw SAGE|all [--to ADDRESS]]",
		Aliases: []string{"claim-payments"},
		Short:   "Take pending payments into the private balance, and decrypt it",
		Long: `Take pending payments into the private balance, and decrypt it. With --withdraw, turn some or all of it into public
SAGE; that amount, and where it goes, can then be seen by anybody.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			units, err := withdrawal(withdraw)
			if err != nil {
				return err
			}
			if to != "" && withdraw == "" {
				return cli.Usage("--to goes with --withdraw")
			}
			var recipient felt.Felt
			if to != "" {
				if recipient, err = wire.ParseFelt(to); err != nil || !starkhash.IsAddress(recipient) {
					return cli.Usage("--to: %q is no Starknet address", to)
				}
			}
			return operate(cmd, common, &p, func(s settings, o *operator.Operator) error {
				if err := spends(o.Profile, yes); err != nil {
					return err
				}
				if to == "" {
					recipient = o.Account
				}
				return claim(cmd, s, o, withdraw != "", units, recipient)
			})
		},
	}
	p.add(cmd)
	cmd.Flags().StringVar(&withdraw, "withdraw", "", "SAGE to turn into public ones, or all")
	cmd.Flags().StringVar(&to, "to", "", "who gets them (default: this account)")
	cmd.Flags().BoolVar(&yes, "yes", false, "act on mainnet without asking")
	return cmd
}

// withdrawal reads --withdraw; nil means all.
func withdrawal(text string) (*uint64, error) {
	if text == "" || text == "all" {
		return nil, nil
	}
	wei, err := parseAmount("withdraw", text)
	if err != nil {
		return nil, err
	}
	units, err := amount.Units(wei)
	if err != nil {
		return nil, cli.Usage("--withdraw: %w", err)
	}
	return &units, nil
}

func claim(cmd *cobra.Command, s settings, o *operator.Operator, withdraw bool, units *uint64, to felt.Felt) error {
	got, err := o.Claim(cmd.Context())
	if err != nil {
		return err
	}
	result := map[string]any{
		"address": o.Account.String(), "claimed": amount.FormatUnits(got.Units), "private_balance": amount.FormatUnits(got.Balance),
		"withdrawn": "0",
	}
	lines := []row{{"claimed", amount.FormatUnits(got.Units) + " SAGE"}}
	if !got.Rollover.IsZero() {
		result["transaction_hash"] = got.Rollover.String()
		lines = append(lines, row{"transaction", got.Rollover.String()})
	}
	balance := got.Balance
	if withdraw {
		n, tx, err := o.Withdraw(cmd.Context(), to, units)
		if err != nil {
			return err
		}
		balance -= n
		result["withdrawn"], result["withdraw_transaction"], result["to"] = amount.FormatUnits(n), tx.String(), to.String()
		result["private_balance"] = amount.FormatUnits(balance)
		lines = append(lines, row{"withdrawn", amount.FormatUnits(n) + " SAGE to " + to.String()}, row{"transaction", tx.String()})
	}
	lines = append(lines, row{"private balance", amount.FormatUnits(balance) + " SAGE"})
	return cli.Result(cmd.OutOrStdout(), s.JSON, result, rows(lines...))
}
