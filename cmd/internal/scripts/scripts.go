// Package scripts runs the testscripts of a program: those in testdata, with $SAGE_HOME set to a folder
// of their own, and the command
//
//	exits CODE PROGRAM ARGS…
//
// which runs a program that must end with the exit code.
package scripts

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// Run runs the scripts. setup adds to each script's environment; nil for nothing.
func Run(t *testing.T, setup func(*testscript.Env) error) {
	testscript.Run(t, testscript.Params{
		Dir:  "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		Setup: func(e *testscript.Env) error {
			e.Setenv("SAGE_HOME", filepath.Join(e.WorkDir, "home"))
			if setup == nil {
				return nil
			}
			return setup(e)
		},
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code program args...")
	}
	code := "0"
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		ended, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		code = strconv.Itoa(ended.ExitCode())
	}
	if code != args[0] {
		ts.Fatalf("exit code %s, want %s", code, args[0])
	}
}
