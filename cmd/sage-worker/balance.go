package main

import (
	"fmt"
	"io"
	"math/big"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/cmd/internal/operator"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/privacy/history"
	"github.com/sage-network/sage-node/wallet"
	"github.com/sage-network/sage-node/wire"
)

// balanceResult is what balance prints. Amounts are decimal numbers of SAGE and STRK.
type balanceResult struct {
	Address   wire.Felt      `json:"address"`
	Deployed  bool           `json:"deployed"`
	SAGE      string         `json:"sage"`
	FeeTokens string         `json:"fee_tokens"`
	Stake     stakeResult    `json:"stake"`
	Private   *privateResult `json:"private"` // null with --public
	// Escrowed is null with --public, and where the events could not be read.
	Escrowed *escrowedResult `json:"escrowed"`
}

// escrowedResult is what waits in escrow for this worker.
type escrowedResult struct {
	Amount   string            `json:"amount"`
	Attempts []escrowedAttempt `json:"attempts"`
}

type escrowedAttempt struct {
	Job     job.ID `json:"job"`
	Attempt uint32 `json:"attempt"`
	Amount  string `json:"amount"`
	State   string `json:"state"`
}

type privateResult struct {
	Registered bool   `json:"registered"`
	Balance    string `json:"balance"`
	Pending    string `json:"pending"`
	Credits    uint64 `json:"credits"` // payments and refunds in pending
}

func balanceCommand(common cli.Common) *cobra.Command {
	var password func(string, io.Writer) cli.PasswordSource
	var public bool
	cmd := &cobra.Command{
		Use:   "balance",
		Short: "Show public, staked and private SAGE, and fee tokens",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := load(cmd, common)
			if err != nil {
				return err
			}
			var key *starkhash.PrivateKey
			if !public {
				if key, err = privateKey(s, password(s.PasswordFile, cmd.ErrOrStderr())); err != nil {
					return err
				}
			}
			o, err := look(cmd, s)
			if err != nil {
				return err
			}
			defer o.Close()
			if key != nil {
				if err := o.openPrivate(key.Secret()); err != nil {
					return err
				}
			}
			r, err := o.balances(cmd)
			if err != nil {
				return err
			}
			return cli.Result(cmd.OutOrStdout(), s.JSON, r, func(w io.Writer) { printBalance(w, r) })
		},
	}
	password = cli.AddPassword(cmd.Flags())
	cmd.Flags().BoolVar(&public, "public", false, "leave the private balance out; no password is needed")
	return cmd
}

// privateKey opens the key of the private balance.
func privateKey(s settings, source cli.PasswordSource) (*starkhash.PrivateKey, error) {
	if _, err := network(s); err != nil {
		return nil, err
	}
	wallets := operator.In(filepath.Join(s.Home, role))
	if _, err := wallets.AccountAddress(); err != nil {
		return nil, err
	}
	password, err := source.Read("Wallet password", false)
	if err != nil {
		return nil, err
	}
	key, err := wallets.Open(wallet.ElGamal, password)
	return &key, err
}

func (o *opened) balances(cmd *cobra.Command) (balanceResult, error) {
	ctx := cmd.Context()
	funds, err := o.account.Funds(ctx)
	if err != nil {
		return balanceResult{}, err
	}
	stake, err := o.account.Stakes(ctx)
	if err != nil {
		return balanceResult{}, err
	}
	r := balanceResult{
		Address: wire.Felt(o.account.Address), Deployed: funds.Deployed,
		SAGE: amount.Format(funds.SAGE), FeeTokens: amount.Format(funds.Fees), Stake: newStakeResult(stake),
	}
	if o.account.Private == nil {
		return r, nil
	}
	state, registered, err := o.account.Holdings(ctx)
	if err != nil {
		return balanceResult{}, err
	}
	r.Private = &privateResult{
		Registered: registered, Balance: amount.FormatUnits(state.Balance), Pending: amount.FormatUnits(state.Pending), Credits: state.Credits,
	}
	if !registered {
		r.Escrowed = &escrowedResult{Amount: "0", Attempts: []escrowedAttempt{}}
		return r, nil
	}
	ledger, err := o.past.read(cmd, state.Nonce)
	if err != nil {
		if ctx.Err() != nil {
			return r, err
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "warning: what is escrowed could not be read: %v\n", err)
		return r, nil
	}
	r.Escrowed = escrowed(ledger)
	return r, nil
}

// escrowed sums what is locked for this worker and neither paid nor lost.
func escrowed(l *history.Ledger) *escrowedResult {
	r := &escrowedResult{Attempts: []escrowedAttempt{}}
	total := new(big.Int)
	for _, e := range earnings(l) {
		if !e.waiting() {
			continue
		}
		total.Add(total, amount.FromUnits(e.payment.Units))
		r.Attempts = append(r.Attempts, escrowedAttempt{Job: e.Job, Attempt: e.Attempt, Amount: amount.FormatUnits(e.payment.Units), State: e.state()})
	}
	r.Amount = amount.Format(total)
	return r
}

func printBalance(w io.Writer, r balanceResult) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer t.Flush()
	deployed := ""
	if !r.Deployed {
		deployed = " (not deployed)"
	}
	fmt.Fprintf(t, "account\t%s%s\n", r.Address, deployed)
	fmt.Fprintf(t, "public\t%s SAGE\n", r.SAGE)
	fmt.Fprintf(t, "fee tokens\t%s STRK\n", r.FeeTokens)
	fmt.Fprintf(t, "staked\t%s SAGE, of which %s bonded; %s\n", r.Stake.Active, r.Stake.Bonded, r.Stake.Status)
	if at := r.Stake.UnlockAt; at != nil {
		fmt.Fprintf(t, "unstaking\t%s SAGE, until %s\n", r.Stake.Unstaking, at.Format(time.RFC3339))
	}
	switch {
	case r.Private == nil:
	case !r.Private.Registered:
		fmt.Fprintln(t, "private\tno private account yet: sage-worker register")
	default:
		fmt.Fprintf(t, "private\t%s SAGE\n", r.Private.Balance)
		fmt.Fprintf(t, "pending\t%s SAGE in %d payments", r.Private.Pending, r.Private.Credits)
		if r.Private.Credits > 0 {
			fmt.Fprint(t, ": sage-worker claim")
		}
		fmt.Fprintln(t)
	}
	if r.Escrowed != nil {
		fmt.Fprintf(t, "escrowed\t%s SAGE in %d attempts\n", r.Escrowed.Amount, len(r.Escrowed.Attempts))
		for _, a := range r.Escrowed.Attempts {
			fmt.Fprintf(t, "\t%s attempt %d: %s SAGE, %s\n", a.Job, a.Attempt, a.Amount, a.State)
		}
	}
}
