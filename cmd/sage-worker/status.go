package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/chain/upgrades"
	"github.com/sage-network/sage-node/cmd/internal/operator"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/internal/filelock"
	"github.com/sage-network/sage-node/worker/journal"
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
	Draining      bool            `json:"draining"`
	Upgrades      []string        `json:"upgrades,omitempty"` // classes that contracts have got, or may get
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
			o, err := look(cmd, s)
			if err != nil {
				return err
			}
			defer o.Close()
			out, err := status(cmd, o)
			if err != nil {
				return err
			}
			return cli.Result(cmd.OutOrStdout(), s.JSON, out, out.print)
		},
	}
}

func status(cmd *cobra.Command, o *opened) (statusResult, error) {
	w, err := o.account.Stakes(cmd.Context())
	if err != nil {
		return statusResult{}, err
	}
	public, err := o.account.Funds(cmd.Context())
	if err != nil {
		return statusResult{}, err
	}
	out := statusResult{
		Address: o.account.Address.String(), Network: o.profile.Name, Deployed: public.Deployed, Status: w.Status,
		Staked: amount.Format(w.Active), Bonded: amount.Format(w.Bonded), Unstaking: amount.Format(w.Unstaking),
		InvalidProofs: w.InvalidProofs, Attempts: []attemptStatus{},
	}
	if w.Tier.Valid() {
		out.Tier = w.Tier.String()
	}
	if out.Running, err = running(o.folder); err != nil {
		return statusResult{}, err
	}
	out.Draining = draining(o.folder)
	if out.Upgrades, err = notices(cmd.Context(), o); err != nil {
		return statusResult{}, err
	}
	records, err := journal.Read(filepath.Join(o.folder, "attempts"))
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

// notices are what there is to know of the contracts' classes, in words.
func notices(ctx context.Context, o *opened) (out []string, err error) {
	classes, err := operator.Classes(o.AcceptClass)
	if err != nil {
		return nil, err
	}
	all, err := upgrades.Look(ctx, o.client, upgrades.Contracts(o.profile, classes))
	for _, n := range all {
		out = append(out, n.String())
	}
	return out, err
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
	if r.Draining {
		runs += ", takes no more attempts (drain)"
	}
	rows(row{"address", r.Address}, row{"network", r.Network}, row{"status", r.Status}, row{"tier", r.Tier},
		row{"staked", r.Staked + " SAGE, " + r.Bonded + " bonded, " + r.Unstaking + " unstaking"}, row{"running", runs})(w)
	for _, u := range r.Upgrades {
		fmt.Fprintf(w, "upgrade: %s; see sage-worker doctor\n", u)
	}
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
