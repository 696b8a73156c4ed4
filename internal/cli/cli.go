// Package cli is what the three command-line programs have in common: where their files lie, how
// settings are layered, how results and talk are kept apart, and what exit codes mean.
//
// Settings are layered: flags over environment (SAGE_*) over the TOML file over defaults. Results go
// to stdout, plain or as one JSON document; everything said to a person goes to stderr.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes.
const (
	ExitOK          = 0
	ExitFailed      = 1   // it did not work, or the answer is no
	ExitUsage       = 2   // the command line or the configuration is wrong
	ExitEnvironment = 3   // something this program needs is missing: RPC, chain, coordinator, tools
	ExitInterrupted = 130 // stopped by a signal
)

// Error carries an exit code and a hint: what the person can do next.
type Error struct {
	Code int
	Hint string
	Err  error
}

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Hint attaches advice to an error that ends with ExitFailed.
func Hint(err error, format string, args ...any) error {
	return &Error{Code: ExitFailed, Hint: fmt.Sprintf(format, args...), Err: err}
}

// Usage is an error in the command line.
func Usage(format string, args ...any) error {
	return &Error{Code: ExitUsage, Err: fmt.Errorf(format, args...)}
}

// Environment is an error in the surroundings, with advice.
func Environment(err error, format string, args ...any) error {
	return &Error{Code: ExitEnvironment, Hint: fmt.Sprintf(format, args...), Err: err}
}

// Main runs a command until it ends or a signal arrives, prints its error and hint, and returns the
// exit code.
func Main(root *cobra.Command) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root.SilenceErrors, root.SilenceUsage = true, true
	usageOfArguments(root)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &Error{Code: ExitUsage, Err: err} })
	err := root.ExecuteContext(ctx)
	if err == nil {
		return ExitOK
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		fmt.Fprintln(root.ErrOrStderr(), "interrupted")
		return ExitInterrupted
	}
	fmt.Fprintf(root.ErrOrStderr(), "error: %v\n", err)
	code := ExitFailed
	if strings.HasPrefix(err.Error(), "required flag") || strings.HasPrefix(err.Error(), "unknown command") {
		code = ExitUsage // cobra's own, which have no type
	}
	if e, ok := errors.AsType[*Error](err); ok {
		if e.Hint != "" {
			fmt.Fprintf(root.ErrOrStderr(), "hint: %s\n", e.Hint)
		}
		code = e.Code
	}
	return code
}

// usageOfArguments makes wrong arguments of a command and those below it end with ExitUsage.
func usageOfArguments(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return &Error{Code: ExitUsage, Hint: "see " + cmd.CommandPath() + " --help", Err: err}
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		usageOfArguments(sub)
	}
}

// Result prints a command's result: v as indented JSON when asJSON, else what plain writes.
func Result(w io.Writer, asJSON bool, v any, plain func(io.Writer)) error {
	if !asJSON {
		plain(w)
		return nil
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
