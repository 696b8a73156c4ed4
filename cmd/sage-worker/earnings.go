package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/privacy/history"
	"github.com/sage-network/sage-node/wire"
)

// earning is an attempt of this worker: its payment, where one was locked, and what became of it.
type earning struct {
	history.Slot
	payment *history.Payment
	work    *history.Work
}

// earnings joins the payments to this worker and its work, by block.
func earnings(l *history.Ledger) []earning {
	at := make(map[history.Slot]int)
	var out []earning
	of := func(s history.Slot) *earning {
		i, known := at[s]
		if !known {
			i = len(out)
			at[s] = i
			out = append(out, earning{Slot: s})
		}
		return &out[i]
	}
	for i := range l.Payments {
		if p := &l.Payments[i]; p.ToMe {
			of(p.Slot).payment = p
		}
	}
	for i := range l.Works {
		of(l.Works[i].Slot).work = &l.Works[i]
	}
	slices.SortStableFunc(out, func(a, b earning) int { return cmp.Compare(a.last().Block, b.last().Block) })
	return out
}

func (e earning) onChain() bindings.AttemptState {
	if e.work == nil || e.work.State == bindings.AttemptStateNone {
		return bindings.AttemptStateFunded
	}
	return e.work.State
}

// state is PAID, or the attempt's on-chain.
func (e earning) state() string {
	if e.payment != nil && e.payment.Paid != nil {
		return "PAID"
	}
	return strings.ToUpper(e.onChain().String())
}

// waiting says that the payment is locked and may still come.
func (e earning) waiting() bool {
	if e.payment == nil || e.payment.Paid != nil {
		return false
	}
	s := e.onChain()
	return s != bindings.AttemptStateRejected && s != bindings.AttemptStateVoid
}

// last is the last thing that happened.
func (e earning) last() history.Mark {
	switch {
	case e.payment != nil && e.payment.Paid != nil:
		return *e.payment.Paid
	case e.work != nil && e.work.Last.Block > 0:
		return e.work.Last
	case e.work != nil:
		return e.work.First
	}
	return e.payment.Locked
}

// earningsResult is what earnings prints. Amounts are decimal numbers of SAGE.
type earningsResult struct {
	Address   wire.Felt       `json:"address"`
	Earned    string          `json:"earned"`    // paid
	Waiting   string          `json:"waiting"`   // in escrow
	Penalties string          `json:"penalties"` // taken from the stake
	Attempts  []earningResult `json:"attempts"`
}

type earningResult struct {
	Time        time.Time       `json:"time"` // of the last thing that happened
	Job         job.ID          `json:"job"`
	Attempt     uint32          `json:"attempt"`
	State       string          `json:"state"`
	Cause       string          `json:"cause,omitempty"`
	Payer       *wire.Felt      `json:"payer"`            // null without payment
	Amount      *string         `json:"amount"`           // null without payment, or where it cannot be decrypted
	Transaction wire.Felt       `json:"transaction_hash"` // of the last thing that happened
	ProofHash   string          `json:"proof_hash,omitempty"`
	ProofURL    string          `json:"proof_url,omitempty"`
	Penalties   []penaltyResult `json:"penalties"`
}

type penaltyResult struct {
	Amount      string    `json:"amount"`
	Reason      string    `json:"reason"`
	Transaction wire.Felt `json:"transaction_hash"`
}

// period is what --since and --until select.
type period struct{ since, until time.Time }

func (p period) holds(t time.Time) bool {
	return !t.Before(p.since) && (p.until.IsZero() || t.Before(p.until))
}

func parseMoment(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, &cli.Error{
		Code: cli.ExitUsage, Err: fmt.Errorf("%s %q is no time", flag, text), Hint: "write 2026-01-31, or 2026-01-31T12:00:00Z",
	}
}

func earningsCommand(common cli.Common) *cobra.Command {
	var password func(string, io.Writer) cli.PasswordSource
	var since, until string
	var asCSV bool
	cmd := &cobra.Command{
		Use:   "earnings",
		Short: "Show what each attempt brought, with its proof, and penalties with their reasons",
		Long: "Show what each attempt brought, with its proof, and penalties with their reasons: from the events on the chain,\n" +
			"decrypted here. The first time this reads the network's whole history; later it goes on where it ended.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := load(cmd, common)
			if err != nil {
				return err
			}
			if asCSV && s.JSON {
				return cli.Usage("--csv or --json, not both")
			}
			var p period
			if p.since, err = parseMoment("--since", since); err != nil {
				return err
			}
			if p.until, err = parseMoment("--until", until); err != nil {
				return err
			}
			key, err := privateKey(s, password(s.PasswordFile, cmd.ErrOrStderr()))
			if err != nil {
				return err
			}
			o, err := look(cmd, s)
			if err != nil {
				return err
			}
			defer o.Close()
			if err := o.openPrivate(key.Secret()); err != nil {
				return err
			}
			r, err := o.earnings(cmd, p)
			if err != nil {
				return err
			}
			if asCSV {
				return writeCSV(cmd.OutOrStdout(), r)
			}
			return cli.Result(cmd.OutOrStdout(), s.JSON, r, func(w io.Writer) { printEarnings(w, r) })
		},
	}
	password = cli.AddPassword(cmd.Flags())
	cmd.Flags().BoolVar(&asCSV, "csv", false, "print comma-separated values, one attempt a line")
	cmd.Flags().StringVar(&since, "since", "", "only what happened then or later: a date, or a time of RFC 3339")
	cmd.Flags().StringVar(&until, "until", "", "only what happened before: a date, or a time of RFC 3339")
	return cmd
}

func (o *opened) earnings(cmd *cobra.Command, p period) (earningsResult, error) {
	l, err := o.past.read(cmd, 0) // what the account paid to others is no earning
	if err != nil {
		return earningsResult{}, err
	}
	r, err := o.report(cmd.Context(), l, p)
	if err != nil {
		return r, err
	}
	return r, o.past.save() // times were learnt
}

func (o *opened) report(ctx context.Context, l *history.Ledger, p period) (earningsResult, error) {
	r := earningsResult{Address: wire.Felt(o.account.Address), Attempts: []earningResult{}}
	earned, waiting, penalties := new(big.Int), new(big.Int), new(big.Int)
	for _, e := range earnings(l) {
		at, err := o.past.book.Time(ctx, o.client, e.last().Block)
		if err != nil {
			return r, err
		}
		if !p.holds(at) {
			continue
		}
		line := o.line(e, at)
		r.Attempts = append(r.Attempts, line)
		if e.payment != nil && e.payment.Opened {
			units := amount.FromUnits(e.payment.Units)
			switch {
			case e.payment.Paid != nil:
				earned.Add(earned, units)
			case e.waiting():
				waiting.Add(waiting, units)
			}
		}
		if e.work != nil {
			for _, x := range e.work.Penalties {
				penalties.Add(penalties, x.Wei)
			}
		}
	}
	r.Earned, r.Waiting, r.Penalties = amount.Format(earned), amount.Format(waiting), amount.Format(penalties)
	return r, nil
}

func (o *opened) line(e earning, at time.Time) earningResult {
	line := earningResult{
		Time: at, Job: e.Job, Attempt: e.Attempt, State: e.state(), Transaction: wire.Felt(e.last().Transaction), Penalties: []penaltyResult{},
	}
	if p := e.payment; p != nil {
		payer := wire.Felt(p.Payer)
		line.Payer = &payer
		if p.Opened {
			text := amount.FormatUnits(p.Units)
			line.Amount = &text
		}
	}
	w := e.work
	if w == nil {
		return line
	}
	line.Cause = w.Cause
	if w.Submitted != nil {
		line.ProofHash = job.Hash(w.Submitted.ProofHash).String()
		if c := o.profile.Coordinator; c != "" {
			line.ProofURL = strings.TrimSuffix(c, "/") + "/v1/blobs/" + line.ProofHash
		}
	}
	for _, x := range w.Penalties {
		line.Penalties = append(line.Penalties, penaltyResult{Amount: amount.Format(x.Wei), Reason: reason(x.Offence), Transaction: wire.Felt(x.Transaction)})
	}
	return line
}

// reasons of penalties, as people say them.
var reasons = map[bindings.Offence]string{
	bindings.OffenceInvalidProof: "invalid proof", bindings.OffenceTimeout: "submitted nothing in time",
	bindings.OffenceUnavailable: "the proof was unavailable", bindings.OffenceHandBack: "handed back",
}

func reason(o bindings.Offence) string { return cmp.Or(reasons[o], o.String()) }

func writeCSV(w io.Writer, r earningsResult) error {
	out := csv.NewWriter(w)
	lines := [][]string{{"time", "job", "attempt", "state", "amount_sage", "payer", "proof_hash", "proof_url", "transaction_hash", "penalty_sage", "penalty_reasons", "cause"}}
	for _, a := range r.Attempts {
		sage, payer, penalty, why := "", "", "", []string{}
		if a.Amount != nil {
			sage = *a.Amount
		}
		if a.Payer != nil {
			f := felt.Felt(*a.Payer)
			payer = f.String()
		}
		sum := new(big.Int)
		for _, p := range a.Penalties {
			wei, err := amount.Parse(p.Amount)
			if err != nil {
				return err
			}
			penalty, why = amount.Format(sum.Add(sum, wei)), append(why, p.Reason)
		}
		tx := felt.Felt(a.Transaction)
		lines = append(lines, []string{
			a.Time.Format(time.RFC3339), a.Job.String(), strconv.FormatUint(uint64(a.Attempt), 10), a.State, sage, payer,
			a.ProofHash, a.ProofURL, tx.String(), penalty, strings.Join(why, "; "), a.Cause,
		})
	}
	return out.WriteAll(lines)
}

func printEarnings(w io.Writer, r earningsResult) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer t.Flush()
	for _, a := range r.Attempts {
		sage := "-"
		if a.Amount != nil {
			sage = *a.Amount + " SAGE"
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\n", a.Time.Format(time.RFC3339), a.Job, a.Attempt, a.State, sage)
		if proof := cmp.Or(a.ProofURL, a.ProofHash); proof != "" {
			fmt.Fprintf(t, "\tproof %s\n", proof)
		}
		for _, p := range a.Penalties {
			fmt.Fprintf(t, "\tpenalty %s SAGE: %s\n", p.Amount, p.Reason)
		}
	}
	if len(r.Attempts) == 0 {
		fmt.Fprintln(t, "no attempts")
	}
	fmt.Fprintf(t, "earned %s SAGE; %s SAGE wait in escrow; penalties %s SAGE\n", r.Earned, r.Waiting, r.Penalties)
}
