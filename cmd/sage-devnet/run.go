package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/e2e/scenario"
	"github.com/sage-network/sage-node/internal/cli"
)

// runCommand shows the whole way of a job.
func runCommand() *cobra.Command {
	var dir string
	var size int
	var keep bool
	cmd := &cobra.Command{
		Use:   "run",
		Short: "One job from an empty wallet to a private payment, and a slashing, narrated",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if size < 8 || size > 1024 {
				return cli.Usage("--size %d; from 8 to 1024", size)
			}
			ctx, out := cmd.Context(), &narrator{out: cmd.OutOrStdout(), begin: time.Now()}
			out.heading("Local network: Starknet devnet, contracts, four validators, a coordinator")
			n, clean, err := open(cmd.ErrOrStderr(), dir, out.line, cmd)
			if err != nil {
				return err
			}
			defer func() {
				err = errors.Join(err, n.Stop())
				if err != nil && dir == "" {
					fmt.Fprintf(cmd.ErrOrStderr(), "the logs are kept in %s\n", n.Dir)
				} else {
					clean()
				}
			}()
			if err := n.StartValidators(ctx); err != nil {
				return err
			}
			out.line("four validators are up and connected")
			if err := n.StartCoordinator(ctx); err != nil {
				return err
			}
			out.line("the coordinator serves " + n.Profile.Coordinator)
			contracts, err := scenario.Bind(n)
			if err != nil {
				return err
			}
			s := &scenario.Scenario{Net: n, Contracts: contracts, Size: size, Say: out.step}
			if err := s.Run(ctx); err != nil {
				if crash := n.Crashed(); crash != nil {
					err = errors.Join(err, crash)
				}
				return err
			}
			if keep {
				exports := n.Exports()
				out.heading("The network stays up until Ctrl-C; point the programs at it with")
				fmt.Fprint(cmd.OutOrStdout(), exports)
				if err := n.Watch(ctx); err != nil {
					return err
				}
			}
			fmt.Fprintln(cmd.OutOrStdout(), s.Summary)
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "folder for homes and logs (default: a temporary one, removed at the end)")
	cmd.Flags().IntVar(&size, "size", 1024, "size of the main job's matrices, 8 to 1024")
	cmd.Flags().BoolVar(&keep, "keep", false, "leave the network running")
	return cmd
}

// narrator prints what happens with the time since the start.
type narrator struct {
	out   io.Writer
	begin time.Time
}

func (n *narrator) heading(text string) {
	fmt.Fprintf(n.out, "%6.1fs  %s\n", time.Since(n.begin).Seconds(), text)
}

func (n *narrator) line(text string) {
	fmt.Fprintf(n.out, "%6.1fs      %s\n", time.Since(n.begin).Seconds(), text)
}

func (n *narrator) step(step int, text string) {
	if text == "" {
		n.heading(fmt.Sprintf("Step %d/%d: %s", step, len(scenario.Steps), scenario.Steps[step-1]))
		return
	}
	n.line(text)
}
