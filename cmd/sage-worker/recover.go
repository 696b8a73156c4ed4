package main

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/cmd/internal/operator"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/privacy/history"
	"github.com/sage-network/sage-node/wallet"
	"github.com/sage-network/sage-node/wire"
)

// recoverResult is what recover prints. Amounts are decimal numbers of SAGE.
type recoverResult struct {
	Address   wire.Felt       `json:"address"`
	Imported  bool            `json:"imported"` // the wallet was made from the words now
	Balance   string          `json:"balance"`
	Pending   string          `json:"pending"`
	Credits   uint64          `json:"credits"`
	Found     string          `json:"found"` // how the balance was found: hint, history or search
	Escrowed  *escrowedResult `json:"escrowed"`
	Earned    string          `json:"earned"`    // all payments ever
	Deposited string          `json:"deposited"` // before fees
	Withdrawn string          `json:"withdrawn"`
	Payments  int             `json:"payments"` // locked for this worker, or by it
	Whole     bool            `json:"whole"`    // history and balance agree
}

func recoverCommand(common cli.Common) *cobra.Command {
	var password func(string, io.Writer) cli.PasswordSource
	var path string
	cmd := &cobra.Command{
		Use:   "recover",
		Short: "Find the private balance and its history on the chain, from the 24 words alone",
		Long: "Find the private balance and its history on the chain. Without a wallet in this home, the 24 words are asked for\n" +
			"and the wallet is made first. Nothing is sent. Hints are tried first; where one is not true, amounts are searched\n" +
			"for, which takes time and changes nothing else. Interrupted, it goes on where it ended.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := load(cmd, common)
			if err != nil {
				return err
			}
			if _, err := network(s); err != nil {
				return err
			}
			secret, imported, err := walletOrWords(cmd, common, s, path, password(s.PasswordFile, cmd.ErrOrStderr()))
			if err != nil {
				return err
			}
			o, err := look(cmd, s)
			if err != nil {
				return err
			}
			defer o.Close()
			if err := o.openPrivate(secret); err != nil {
				return err
			}
			r, err := o.recover(cmd)
			if err != nil {
				return err
			}
			r.Imported = imported
			return cli.Result(cmd.OutOrStdout(), s.JSON, r, func(w io.Writer) { printRecovered(w, r) })
		},
	}
	password = cli.AddPassword(cmd.Flags())
	cmd.Flags().StringVar(&path, "mnemonic-file", "", "file with the 24 words, mode 0600 (default: prompt or standard input); only without a wallet")
	return cmd
}

// walletOrWords opens the ElGamal key of the wallet that there is, or makes the wallet from its words.
func walletOrWords(cmd *cobra.Command, common cli.Common, s settings, path string, source cli.PasswordSource) (secret [32]byte, imported bool, err error) {
	of := workerWallet(common)
	if err := operator.In(filepath.Join(s.Home, role)).Vacant(of.Purposes...); err != nil {
		if path != "" {
			return secret, false, err
		}
		key, err := privateKey(s, source)
		if err != nil {
			return secret, false, err
		}
		return key.Secret(), false, nil
	}
	made, words, err := of.Import(s.Common, path, source, cmd.ErrOrStderr())
	if err != nil {
		return secret, false, err
	}
	of.Tell(cmd, made, of.Next)
	key, err := words.Key(wallet.ElGamal)
	if err != nil {
		return secret, false, err
	}
	return key.Secret(), true, nil
}

func (o *opened) recover(cmd *cobra.Command) (recoverResult, error) {
	ctx := cmd.Context()
	r := recoverResult{Address: wire.Felt(o.account.Address)}
	state, err := o.private.Pending(ctx)
	if err != nil {
		return r, err
	}
	l, err := o.past.read(cmd, state.Nonce)
	if err != nil {
		return r, err
	}
	holds, holdsErr := l.Holds()
	balance, found, err := o.find(cmd, state.Pending, holds, holdsErr == nil)
	if err != nil {
		return r, err
	}
	o.past.book.Found = balance
	if err := o.past.save(); err != nil {
		return r, err
	}
	r.Balance, r.Pending, r.Credits, r.Found = amount.FormatUnits(balance), amount.FormatUnits(state.Pending), state.Credits, found
	r.Whole = holdsErr == nil && holds >= state.Pending && holds-state.Pending == balance
	summarise(&r, l)
	return r, nil
}

// find finds the balance by its hint, by what history leaves for it, or by search. No guess is believed that the
// ciphertext does not confirm.
func (o *opened) find(cmd *cobra.Command, pending, holds uint64, known bool) (uint64, string, error) {
	s, err := o.private.Hinted(cmd.Context())
	if !errors.Is(err, elgamal.ErrHint) {
		return s, "hint", err
	}
	fmt.Fprintln(cmd.ErrOrStderr(), "the balance's hint is not true")
	expected := []uint64{o.past.book.Found}
	if known && holds >= pending {
		expected = append(expected, holds-pending)
	}
	o.private.Expect(expected...)
	if v, ok, err := o.private.Expected(cmd.Context()); err != nil || ok {
		return v, "history", err
	}
	fmt.Fprintln(cmd.ErrOrStderr(), "the history does not give it either; it is searched for")
	bar := cli.NewProgress(cmd.ErrOrStderr(), "searching the balance")
	defer bar.Done()
	v, err := o.private.Recover(cmd.Context(), func(steps, expected float64) { bar.Set(steps / expected) })
	return v, "search", err
}

func summarise(r *recoverResult, l *history.Ledger) {
	r.Escrowed, r.Payments = escrowed(l), len(l.Payments)
	earned, in, out := new(big.Int), new(big.Int), new(big.Int)
	for _, p := range l.Payments {
		if p.Paid != nil && p.Opened {
			earned.Add(earned, amount.FromUnits(p.Units))
		}
	}
	for _, t := range l.Transfers {
		to := in
		if t.Out {
			to = out
		}
		to.Add(to, amount.FromUnits(t.Units))
	}
	r.Earned, r.Deposited, r.Withdrawn = amount.Format(earned), amount.Format(in), amount.Format(out)
}

func printRecovered(w io.Writer, r recoverResult) {
	whole := "they agree with the balance"
	if !r.Whole {
		whole = "they do not make up the balance: the node may have left out some, or the chain moved on; run it again, or ask another node"
	}
	rows(
		row{"account", r.Address}, row{"private", r.Balance + " SAGE, by " + r.Found}, row{"pending", fmt.Sprintf("%s SAGE in %d payments", r.Pending, r.Credits)},
		row{"escrowed", fmt.Sprintf("%s SAGE in %d attempts", r.Escrowed.Amount, len(r.Escrowed.Attempts))},
		row{"earned", r.Earned + " SAGE ever"}, row{"deposited", r.Deposited + " SAGE"}, row{"withdrawn", r.Withdrawn + " SAGE"},
		row{"history", fmt.Sprintf("%d payments; %s", r.Payments, whole)},
	)(w)
}
