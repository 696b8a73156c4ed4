package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/internal/privatefile"
	"github.com/sage-network/sage-node/worker/journal"
)

// drainFile says, while it is there, that the worker of this home takes no more attempts. It outlives a
// restart.
const drainFile = "drain"

func draining(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, drainFile))
	return err == nil
}

// drainResult is what drain prints.
type drainResult struct {
	Draining bool `json:"draining"`
	Open     int  `json:"open"` // attempts that are not at their end
}

func drainCommand(common cli.Common) *cobra.Command {
	var wait, undo bool
	cmd := &cobra.Command{
		Use:   "drain",
		Short: "Let the worker finish what it has accepted, and take nothing more",
		Long: "Let the worker of this home finish what it has accepted, and take nothing more, also after a restart, until\n" +
			"drain --undo. Attempts that wait for payment count as open; with --wait the command ends when none is.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := load(cmd, common)
			if err != nil {
				return err
			}
			if undo && wait {
				return cli.Usage("--undo goes without --wait")
			}
			folder, err := cli.Home(s.Home).Role(role)
			if err != nil {
				return err
			}
			path := filepath.Join(folder, drainFile)
			if undo {
				if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
			} else if err := privatefile.Write(path, nil); err != nil {
				return err
			}
			open, err := openAttempts(folder)
			for err == nil && wait && open > 0 {
				select {
				case <-cmd.Context().Done():
					return cmd.Context().Err()
				case <-time.After(s.Poll):
				}
				open, err = openAttempts(folder)
			}
			if err != nil {
				return err
			}
			r := drainResult{draining(folder), open}
			return cli.Result(cmd.OutOrStdout(), s.JSON, r, func(w io.Writer) {
				what := "takes attempts"
				if r.Draining {
					what = "takes no more attempts"
				}
				fmt.Fprintf(w, "the worker %s; %d are open\n", what, r.Open)
			})
		},
	}
	cmd.Flags().BoolVar(&wait, "wait", false, "wait until no attempt is open")
	cmd.Flags().BoolVar(&undo, "undo", false, "take attempts again")
	return cmd
}

// openAttempts counts the attempts that are not at their end.
func openAttempts(folder string) (int, error) {
	records, err := journal.Read(filepath.Join(folder, "attempts"))
	n := 0
	for _, r := range records {
		if !r.Step.Final() {
			n++
		}
	}
	return n, err
}

func deregisterCommand(common cli.Common) *cobra.Command {
	var password func(string, io.Writer) cli.PasswordSource
	cmd := &cobra.Command{
		Use:   "deregister",
		Short: "Take the worker off the registry, once its stake is out",
		Long: "Take the worker off the registry, with its node key. No attempt may be open and no stake left: drain --wait,\n" +
			"unstake, after the cooldown unstake --withdraw, then deregister.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := load(cmd, common)
			if err != nil {
				return err
			}
			o, err := unlock(cmd, s, password(s.PasswordFile, cmd.ErrOrStderr()), false, aloud(cmd))
			if err != nil {
				return err
			}
			defer o.Close()
			tx, err := o.account.Deregister(cmd.Context())
			if err != nil {
				return err
			}
			r, err := o.afterwards(cmd.Context(), tx, "")
			if err != nil {
				return err
			}
			return cli.Result(cmd.OutOrStdout(), s.JSON, r, func(w io.Writer) {
				fmt.Fprintf(w, "deregistered %s: transaction %s\nstatus %s\n", r.Address, r.Transaction, r.Stake.Status)
			})
		},
	}
	password = cli.AddPassword(cmd.Flags())
	return cmd
}
