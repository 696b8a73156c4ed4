// Package doctor is the command of every role that looks for what the role needs and lacks: checks that can be made without
// a password, one line and perhaps a hint each, and an exit code that says whether something is wrong here or around here.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/internal/cli"
)

// Check is one look. A check that others prevent is left out.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	Hint   string `json:"hint,omitempty"`

	code int // exit code if it fails
}

// Result is what the command prints.
type Result struct {
	OK     bool    `json:"ok"`
	Checks []Check `json:"checks"`
}

// Examination makes all checks of a role that can be made. asJSON says how to print them.
type Examination func(ctx context.Context, cmd *cobra.Command) (checks []Check, asJSON bool, err error)

// Command is the doctor of a role, such as "a worker".
func Command(who string, examine Examination) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Look for what " + who + " needs and lacks; no password is asked",
		Long:  "Look for what " + who + " needs and lacks, with the settings that start would have. No password is asked.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			checks, asJSON, err := examine(cmd.Context(), cmd)
			if err != nil {
				return err
			}
			r := Result{OK: true, Checks: checks}
			var failed []string
			code := cli.ExitOK
			for _, c := range checks {
				if !c.OK {
					r.OK = false
					failed = append(failed, c.Name)
					code = max(code, c.code)
				}
			}
			if err := cli.Result(cmd.OutOrStdout(), asJSON, r, r.print); err != nil {
				return err
			}
			if !r.OK {
				return &cli.Error{Code: code, Err: fmt.Errorf("%d of %d checks failed: %s", len(failed), len(checks), strings.Join(failed, ", "))}
			}
			return nil
		},
	}
}

func (r Result) print(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer t.Flush()
	for _, c := range r.Checks {
		mark := "ok"
		if !c.OK {
			mark = "FAILED"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", mark, c.Name, c.Detail)
		if c.Hint != "" {
			fmt.Fprintf(t, "\t\t%s\n", c.Hint)
		}
	}
}

// Good is a check that finds nothing wrong.
func Good(name, format string, args ...any) Check {
	return Check{Name: name, OK: true, Detail: fmt.Sprintf(format, args...)}
}

// Bad is a check that finds something. Hint and exit code are those of a *cli.Error, if the error is one.
func Bad(name string, err error) Check {
	c := Check{Name: name, Detail: err.Error(), code: cli.ExitFailed}
	if e, told := errors.AsType[*cli.Error](err); told {
		c.Hint, c.code = e.Hint, e.Code
	}
	return c
}

// But turns a check into one that finds something, about which hint says what to do.
func (c Check) But(hint string) Check {
	c.OK, c.code, c.Hint = false, cli.ExitFailed, hint
	return c
}
