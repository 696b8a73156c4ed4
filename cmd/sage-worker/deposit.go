package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/wire"
)

// depositResult is what deposit prints. Amounts are decimal numbers of SAGE.
type depositResult struct {
	Address     wire.Felt `json:"address"`
	Transaction wire.Felt `json:"transaction_hash"`
	Amount      string    `json:"amount"`  // out of the public balance
	Fee         string    `json:"fee"`     // of amount, burnt by the protocol
	Balance     string    `json:"balance"` // private, afterwards
}

func depositCommand(common cli.Common) *cobra.Command {
	var password func(string, io.Writer) cli.PasswordSource
	var yes bool
	cmd := &cobra.Command{
		Use:   "deposit AMOUNT",
		Short: "Move public SAGE into the private balance",
		Long: "Move public SAGE into the private balance. The amount is public; what becomes of it is not. The protocol's\n" +
			"fee is taken out of it.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := load(cmd, common)
			if err != nil {
				return err
			}
			wei, err := positive("AMOUNT", args[0])
			if err != nil {
				return err
			}
			units, err := amount.Units(wei)
			if err != nil {
				return err
			}
			o, err := unlock(cmd, s, password(s.PasswordFile, cmd.ErrOrStderr()), true, aloud(cmd))
			if err != nil {
				return err
			}
			defer o.Close()
			if err := o.fresh(); err != nil {
				return err
			}
			if err := confirm(cmd, o.profile, yes, fmt.Sprintf("deposit %s SAGE", amount.Format(wei))); err != nil {
				return err
			}
			done, err := o.account.Deposit(cmd.Context(), units)
			if err != nil {
				return err
			}
			r := depositResult{
				Address: wire.Felt(o.account.Address), Transaction: wire.Felt(done.Transaction),
				Amount: amount.FormatUnits(done.Units), Fee: amount.FormatUnits(done.Fee), Balance: amount.FormatUnits(done.Balance),
			}
			return cli.Result(cmd.OutOrStdout(), s.JSON, r, func(w io.Writer) {
				fmt.Fprintf(w, "deposited %s SAGE, of which the fee was %s: transaction %s\n", r.Amount, r.Fee, r.Transaction)
				fmt.Fprintf(w, "private balance %s SAGE\n", r.Balance)
			})
		},
	}
	password = cli.AddPassword(cmd.Flags())
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask on mainnet")
	return cmd
}
