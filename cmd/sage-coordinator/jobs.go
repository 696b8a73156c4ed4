package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/coordinator/api"
	"github.com/sage-network/sage-node/coordinator/client"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/job"
)

// waitPoll is the pause between two looks of wait-job.
const waitPoll = 500 * time.Millisecond

func waitCommand(common cli.Common) *cobra.Command {
	var limit time.Duration
	cmd := &cobra.Command{
		Use:   "wait-job ID",
		Short: "Wait until a job is paid",
		Long: "Wait until a job is PAID; progress goes to stderr. Fails when the job ends otherwise. A coordinator\n" +
			"that restarts meanwhile is waited for.",
		Args: cobra.ExactArgs(1),
		RunE: withClient(common, func(ctx context.Context, cmd *cobra.Command, s settings, c *client.Client, args []string) error {
			id, err := parseID(args[0])
			if err != nil {
				return err
			}
			if limit > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeoutCause(ctx, limit, fmt.Errorf("job %s is not paid after %s", id, limit))
				defer cancel()
			}
			j, err := wait(ctx, c, func() (*client.Client, error) { return connect(s) }, id, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if err := cli.Result(cmd.OutOrStdout(), s.JSON, j, func(w io.Writer) { fmt.Fprintln(w, j.State) }); err != nil {
				return err
			}
			if job.State(j.State) != job.Paid {
				return cli.Hint(fmt.Errorf("job %s ended as %s", id, j.State), "see why with: sage-coordinator job get %s", id)
			}
			return nil
		}),
	}
	cmd.Flags().DurationVar(&limit, "timeout", 0, "give up after this time (default: never)")
	return cmd
}

// wait follows a job until it is closed. It talks of every change. While the coordinator is away it is looked
// for again: one that restarts may serve at another address.
func wait(ctx context.Context, c *client.Client, find func() (*client.Client, error), id job.ID, talk io.Writer) (api.Job, error) {
	tick := time.NewTicker(waitPoll)
	defer tick.Stop()
	last, away := "", false
	for first := true; ; first = false {
		j, err := c.Job(ctx, id)
		switch {
		case (errors.Is(err, client.ErrUnreachable) || errors.Is(err, client.ErrFailed)) && !first && ctx.Err() == nil:
			if !away {
				fmt.Fprintln(talk, "the coordinator does not answer; waiting for it")
			}
			away = true
			if found, err := find(); err == nil {
				c.Close()
				c = found
			}
		case err != nil:
			return j, err
		default:
			away = false
			if line := describe(j); line != last {
				fmt.Fprintln(talk, line)
				last = line
			}
			if job.State(j.State).Final() {
				return j, nil
			}
		}
		select {
		case <-ctx.Done():
			return j, context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// describe is a job's state in one line.
func describe(j api.Job) string {
	line := j.State
	for _, a := range j.Attempts {
		state := job.State(a.State)
		if state == job.Void || state == job.Rejected {
			line += fmt.Sprintf("; attempt %d %s", a.Number, a.State)
			continue
		}
		if a.Number > 1 || a.Lost {
			line += fmt.Sprintf("; attempt %d %s", a.Number, a.State)
		}
		if a.Lost {
			line += " (worker lost)"
		}
		if a.Phase != "" && (state == job.Executing || state == job.Proving) {
			line += fmt.Sprintf(" %s %.0f %%", a.Phase, 100*a.Fraction)
		}
	}
	return line
}

func jobCommand(common cli.Common) *cobra.Command {
	cmd := &cobra.Command{Use: "job", Short: "Look at jobs, or withdraw one"}
	cmd.AddCommand(listCommand(common), getCommand(common), explainCommand(common), cancelCommand(common))
	return cmd
}

func listCommand(common cli.Common) *cobra.Command {
	var (
		state, cursor string
		limit         int
	)
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List jobs, the newest first",
		Args:  cobra.NoArgs,
		RunE: withClient(common, func(ctx context.Context, cmd *cobra.Command, s settings, c *client.Client, _ []string) error {
			page, err := c.Jobs(ctx, state, cursor, limit)
			if err != nil {
				return err
			}
			return cli.Result(cmd.OutOrStdout(), s.JSON, page, func(w io.Writer) {
				t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
				fmt.Fprintln(t, "ID\tSTATE\tSIZE\tATTEMPTS\tPRICE\tCREATED")
				for _, j := range page.Items {
					fmt.Fprintf(t, "%s\t%s\t%d×%d×%d\t%d\t%s\t%s\n", j.ID, j.State, j.Spec.Rows, j.Spec.Inner, j.Spec.Columns,
						len(j.Attempts), j.Price, j.CreatedAt.Local().Format(time.DateTime))
				}
				t.Flush()
				if page.Next != "" {
					fmt.Fprintf(cmd.ErrOrStderr(), "more: --cursor %s\n", page.Next)
				}
			})
		}),
	}
	cmd.Flags().StringVar(&state, "state", "", "only jobs in this state")
	cmd.Flags().StringVar(&cursor, "cursor", "", "continue a list")
	cmd.Flags().IntVar(&limit, "limit", 50, "jobs a page, at most 500")
	return cmd
}

// showJob prints a job for a person.
func showJob(w io.Writer, j api.Job) {
	fmt.Fprintf(w, "job:      %s\nstate:    %s\nproduct:  %d×%d times %d×%d, %s\nprice:    %s SAGE\ncreated:  %s\n",
		j.ID, j.State, j.Spec.Rows, j.Spec.Inner, j.Spec.Inner, j.Spec.Columns, j.Spec.Input.Kind, j.Price, j.CreatedAt.Local().Format(time.DateTime))
	if j.CreateTx != "" {
		fmt.Fprintf(w, "create:   %s\n", j.CreateTx)
	}
	for _, a := range j.Attempts {
		fmt.Fprintf(w, "attempt %d: %s by %s\n", a.Number, a.State, a.Worker)
		for _, line := range []struct{ name, value string }{
			{"fund", a.FundTx}, {"submit", a.SubmitTx}, {"settle", a.SettleTx}, {"proof", a.ProofHash}, {"result", a.ResultHash},
		} {
			if line.value != "" {
				fmt.Fprintf(w, "  %-7s %s\n", line.name+":", line.value)
			}
		}
	}
}

// oneJob is a command on one job that prints it.
func oneJob(common cli.Common, use, short string, call func(context.Context, *client.Client, job.ID) (api.Job, error)) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.ExactArgs(1),
		RunE: withClient(common, func(ctx context.Context, cmd *cobra.Command, s settings, c *client.Client, args []string) error {
			id, err := parseID(args[0])
			if err != nil {
				return err
			}
			j, err := call(ctx, c, id)
			if err != nil {
				return err
			}
			return cli.Result(cmd.OutOrStdout(), s.JSON, j, func(w io.Writer) { showJob(w, j) })
		}),
	}
}

func getCommand(common cli.Common) *cobra.Command {
	return oneJob(common, "get ID", "Show a job and its attempts", func(ctx context.Context, c *client.Client, id job.ID) (api.Job, error) {
		return c.Job(ctx, id)
	})
}

func cancelCommand(common cli.Common) *cobra.Command {
	return oneJob(common, "cancel ID", "Ask to withdraw a job that nobody has accepted", func(ctx context.Context, c *client.Client, id job.ID) (api.Job, error) {
		return c.Cancel(ctx, id)
	})
}

func explainCommand(common cli.Common) *cobra.Command {
	return &cobra.Command{
		Use: "explain ID", Short: "Say why each worker does not get a job now", Args: cobra.ExactArgs(1),
		RunE: withClient(common, func(ctx context.Context, cmd *cobra.Command, s settings, c *client.Client, args []string) error {
			id, err := parseID(args[0])
			if err != nil {
				return err
			}
			reasons, err := c.Explain(ctx, id)
			if err != nil {
				return err
			}
			return cli.Result(cmd.OutOrStdout(), s.JSON, reasons, func(w io.Writer) {
				if len(reasons) == 0 {
					fmt.Fprintln(w, "no worker has connected yet")
				}
				for _, e := range reasons {
					if e.Chosen {
						e.Reason = "would get it now"
					}
					fmt.Fprintf(w, "%s  %s\n", e.Worker, e.Reason)
				}
			})
		}),
	}
}

func workersCommand(common cli.Common) *cobra.Command {
	var cursor string
	cmd := &cobra.Command{
		Use: "workers", Short: "List workers", Args: cobra.NoArgs,
		RunE: withClient(common, func(ctx context.Context, cmd *cobra.Command, s settings, c *client.Client, _ []string) error {
			page, err := c.Workers(ctx, cursor)
			if err != nil {
				return err
			}
			return cli.Result(cmd.OutOrStdout(), s.JSON, page, func(w io.Writer) {
				t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
				fmt.Fprintln(t, "ADDRESS\tTIER\tONLINE\tSTATUS\tHEALTH\tLAST HEARTBEAT")
				for _, v := range page.Items {
					fmt.Fprintf(t, "%s\t%s\t%t\t%s\t%.2f\t%s\n", v.Address, v.Tier, v.Online, v.Status, v.Health, v.LastHeartbeat.Local().Format(time.DateTime))
				}
				t.Flush()
			})
		}),
	}
	cmd.Flags().StringVar(&cursor, "cursor", "", "continue a list")
	return cmd
}

func configCommand(common cli.Common) *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "Look at the configuration"}
	cmd.AddCommand(&cobra.Command{
		Use: "show", Short: "Print the effective settings, secrets hidden", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := load(cmd, common)
			if err != nil {
				return err
			}
			effective, err := cli.Effective(s)
			if err != nil {
				return err
			}
			return cli.Result(cmd.OutOrStdout(), s.JSON, effective, func(w io.Writer) { printSettings(w, effective) })
		},
	})
	return cmd
}
