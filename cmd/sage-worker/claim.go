package main

import (
	"fmt"
	"io"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/wire"
)

// claimResult is what claim prints. Amounts are decimal numbers of SAGE.
type claimResult struct {
	Address     wire.Felt         `json:"address"`
	Claimed     string            `json:"claimed"`          // "0" when nothing was pending
	Credits     uint64            `json:"credits"`          // payments and refunds that it was made of
	Transaction *wire.Felt        `json:"transaction_hash"` // null when nothing was pending
	Balance     string            `json:"balance"`          // private, at the end
	Withdrawal  *withdrawalResult `json:"withdrawal"`       // null without --withdraw
}

type withdrawalResult struct {
	Amount      string    `json:"amount"`
	To          wire.Felt `json:"to"`
	Transaction wire.Felt `json:"transaction_hash"`
}

// withdrawal is what the flags ask for.
type withdrawal struct {
	wanted bool
	units  *uint64 // nil is all
	text   string
	to     felt.Felt // zero is the worker's own account
}

func parseWithdrawal(text, to string, args []string) (w withdrawal, err error) {
	if len(args) == 1 {
		if text != everything {
			return w, cli.Usage("an amount goes with --withdraw, once")
		}
		text = args[0]
	}
	if text == "" && to != "" {
		return w, cli.Usage("--to goes with --withdraw")
	}
	if text == "" {
		return w, nil
	}
	w.wanted, w.text = true, text
	if text != everything {
		wei, err := positive("--withdraw", text)
		if err != nil {
			return w, err
		}
		units, err := amount.Units(wei)
		if err != nil {
			return w, err
		}
		w.units, w.text = &units, text+" SAGE"
	}
	if to == "" {
		return w, nil
	}
	if w.to, err = wire.ParseFelt(to); err != nil || !starkhash.IsAddress(w.to) {
		return w, cli.Usage("--to %q is no account address", to)
	}
	return w, nil
}

// everything is the amount that is all there is.
const everything = "all"

func claimCommand(common cli.Common) *cobra.Command {
	var password func(string, io.Writer) cli.PasswordSource
	var text, to string
	var yes bool
	cmd := &cobra.Command{
		Use:     "claim [--withdraw [AMOUNT|all]]",
		Aliases: []string{"claim-payments"},
		Short:   "Take pending payments into the private balance, and perhaps make a part public",
		Long: "Take pending payments into the private balance. With nothing pending nothing is sent, which is no error.\n" +
			"With --withdraw an amount of the balance is then paid to an account; the amount and the account become public.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := load(cmd, common)
			if err != nil {
				return err
			}
			w, err := parseWithdrawal(text, to, args)
			if err != nil {
				return err
			}
			o, err := unlock(cmd, s, password(s.PasswordFile, cmd.ErrOrStderr()), true, aloud(cmd))
			if err != nil {
				return err
			}
			defer o.Close()
			if w.to.IsZero() {
				w.to = o.account.Address
			}
			if w.wanted {
				if err := o.fresh(); err != nil {
					return err
				}
				if err := confirm(cmd, o.profile, yes, fmt.Sprintf("withdraw %s to %s", w.text, w.to.String())); err != nil {
					return err
				}
			}
			r, err := o.claim(cmd, w)
			if err != nil {
				return err
			}
			return cli.Result(cmd.OutOrStdout(), s.JSON, r, func(out io.Writer) { printClaim(out, r) })
		},
	}
	password = cli.AddPassword(cmd.Flags())
	cmd.Flags().StringVar(&text, "withdraw", "", "SAGE to pay out of the private balance, or all (the default)")
	cmd.Flags().Lookup("withdraw").NoOptDefVal = everything
	cmd.Flags().StringVar(&to, "to", "", "account to pay it to (default: the worker's own)")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask on mainnet")
	return cmd
}

func (o *opened) claim(cmd *cobra.Command, w withdrawal) (claimResult, error) {
	claimed, err := o.account.Claim(cmd.Context())
	if err != nil {
		return claimResult{}, err
	}
	r := claimResult{
		Address: wire.Felt(o.account.Address), Claimed: amount.FormatUnits(claimed.Units), Credits: claimed.Credits,
		Transaction: hashOf(claimed.Transaction), Balance: amount.FormatUnits(claimed.Balance),
	}
	if !w.wanted {
		return r, nil
	}
	if !claimed.Transaction.IsZero() {
		fmt.Fprintf(cmd.ErrOrStderr(), "claimed %s SAGE\n", r.Claimed)
	}
	paid, err := o.account.Withdraw(cmd.Context(), w.to, w.units)
	if err != nil {
		return claimResult{}, err
	}
	r.Balance = amount.FormatUnits(paid.Balance)
	r.Withdrawal = &withdrawalResult{Amount: amount.FormatUnits(paid.Units), To: wire.Felt(w.to), Transaction: wire.Felt(paid.Transaction)}
	return r, nil
}

func printClaim(w io.Writer, r claimResult) {
	if r.Transaction == nil {
		fmt.Fprintln(w, "nothing is pending")
	} else {
		fmt.Fprintf(w, "claimed %s SAGE in %d payments: transaction %s\n", r.Claimed, r.Credits, *r.Transaction)
	}
	if out := r.Withdrawal; out != nil {
		fmt.Fprintf(w, "withdrew %s SAGE to %s: transaction %s\n", out.Amount, out.To, out.Transaction)
	}
	fmt.Fprintf(w, "private balance %s SAGE\n", r.Balance)
}
