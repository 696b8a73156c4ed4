package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/internal/filelock"
	"github.com/sage-network/sage-node/privacy"
	"github.com/sage-network/sage-node/worker/journal"
	"github.com/sage-network/sage-node/worker/operator"
)

// attemptStatus is one attempt of the journal.
type attemptStatus struct {
	Job       string `json:"job"`
	Attempt   uint32 `json:"attempt"`
	Step      string `json:"step"`
	Price     string `json:"price,omitempty"`
	Reason    string `json:"reason,omitempty"`
	Slashed   string `json:"slashed,omitempty"`
	UpdatedAt string `json:"updated_at"`
}

type statusResult struct {
	Address       string          `json:"address"`
	Network       string          `json:"network"`
	Deployed      bool            `json:"deployed"`
	Status        string          `json:"status"`
	Tier          string          `json:"tier,omitempty"`
	Staked        string          `json:"staked"`
	Bonded        string          `json:"bonded"`
	Unstaking     string          `json:"unstaking"`
	InvalidProofs uint32          `json:"invalid_proofs"`
	Running       bool            `json:"running"`
	Attempts      []attemptStatus `json:"attempts"`
}

func statusCommand(common cli.Common) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "The worker on-chain, whether it runs here, and its attempts",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := load(cmd, common)
			if err != nil {
				return err
			}
			o, err := watch(cmd.Context(), s)
			if err != nil {
				return err
			}
			defer o.Client.Close()
			out, err := status(cmd, s, o)
			if err != nil {
				return explain(err)
			}
			return cli.Result(cmd.OutOrStdout(), s.JSON, out, out.print)
		},
	}
}

func status(cmd *cobra.Command, s settings, o *operator.Operator) (statusResult, error) {
	w, err := o.Worker(cmd.Context())
	if err != nil {
		return statusResult{}, err
	}
	public, err := o.Public(cmd.Context())
	if err != nil {
		return statusResult{}, err
	}
	out := statusResult{
		Address: o.Account.String(), Network: o.Profile.Name, Deployed: public.Deployed, Status: w.Status,
		Staked: amount.Format(w.Active), Bonded: amount.Format(w.Bonded), Unstaking: amount.Format(w.Unstaking),
		InvalidProofs: w.Invalid, Attempts: []attemptStatus{},
	}
	if w.Tier.Valid() {
		out.Tier = w.Tier.String()
	}
	dir, err := folder(s)
	if err != nil {
		return statusResult{}, err
	}
	if out.Running, err = running(dir); err != nil {
		return statusResult{}, err
	}
	records, err := journal.Read(filepath.Join(dir, "attempts"))
	if err != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "warning: %v\n", err)
	}
	slices.SortFunc(records, func(a, b journal.Record) int { return int(b.UpdatedAt - a.UpdatedAt) })
	for _, r := range records {
		a := attemptStatus{Job: r.Job.String(), Attempt: r.Attempt, Step: string(r.Step), Reason: r.Reason, Slashed: r.SlashedWei,
			UpdatedAt: time.Unix(r.UpdatedAt, 0).UTC().Format(time.RFC3339)}
		if r.PriceUnits > 0 {
			a.Price = amount.FormatUnits(r.PriceUnits)
		}
		out.Attempts = append(out.Attempts, a)
	}
	return out, nil
}

// running reports whether a daemon holds the journal of this home.
func running(dir string) (bool, error) {
	j, err := journal.Open(filepath.Join(dir, "attempts"))
	if errors.Is(err, filelock.ErrHeld) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return false, j.Close()
}

func (r statusResult) print(w io.Writer) {
	runs := "no"
	if r.Running {
		runs = "yes"
	}
	rows(row{"address", r.Address}, row{"network", r.Network}, row{"status", r.Status}, row{"tier", r.Tier},
		row{"staked", r.Staked + " SAGE, " + r.Bonded + " bonded, " + r.Unstaking + " unstaking"}, row{"running", runs})(w)
	for _, a := range r.Attempts {
		fmt.Fprintf(w, "%s attempt %d: %s", a.Job, a.Attempt, a.Step)
		if a.Price != "" {
			fmt.Fprintf(w, ", pays %s SAGE", a.Price)
		}
		if a.Reason != "" {
			fmt.Fprintf(w, " (%s)", a.Reason)
		}
		fmt.Fprintln(w)
	}
}

func balanceCommand(common cli.Common) *cobra.Command {
	var p passwords
	var public bool
	cmd := &cobra.Command{
		Use:   "balance",
		Short: "Public, private, pending and staked SAGE",
		Long:  "Public, private, pending and staked SAGE. Private amounts are decrypted here, with the wallet's password; --public leaves them out.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !public {
				return operate(cmd, common, &p, func(s settings, o *operator.Operator) error { return balance(cmd, s, o) })
			}
			s, err := load(cmd, common)
			if err != nil {
				return err
			}
			o, err := watch(cmd.Context(), s)
			if err != nil {
				return err
			}
			defer o.Client.Close()
			return explain(balance(cmd, s, o))
		},
	}
	p.add(cmd)
	cmd.Flags().BoolVar(&public, "public", false, "only what anybody can see; asks for no password")
	return cmd
}

func balance(cmd *cobra.Command, s settings, o *operator.Operator) error {
	public, err := o.Public(cmd.Context())
	if err != nil {
		return err
	}
	w, err := o.Worker(cmd.Context())
	if err != nil {
		return err
	}
	result := map[string]any{
		"address": o.Account.String(), "public": amount.Format(public.SAGE), "fee_tokens": amount.Format(public.Fees),
		"staked": amount.Format(w.Active), "unstaking": amount.Format(w.Unstaking),
	}
	lines := []row{{"address", o.Account.String()}, {"public", amount.Format(public.SAGE) + " SAGE"}}
	if o.Private != nil {
		private, err := o.Private.State(cmd.Context())
		if err != nil && !errors.Is(err, privacy.ErrNotRegistered) {
			return err
		}
		result["private"], result["pending"] = amount.FormatUnits(private.Balance), amount.FormatUnits(private.Pending)
		lines = append(lines, row{"private", amount.FormatUnits(private.Balance) + " SAGE"}, row{"pending", amount.FormatUnits(private.Pending) + " SAGE"})
	}
	lines = append(lines, row{"staked", amount.Format(w.Active) + " SAGE"}, row{"unstaking", unstaking(w)},
		row{"fee tokens", amount.Format(public.Fees) + " STRK"})
	return cli.Result(cmd.OutOrStdout(), s.JSON, result, rows(lines...))
}
