package cli

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestExitCodes(t *testing.T) {
	for name, tc := range map[string]struct {
		args []string
		code int
		says string
	}{
		"success":           {[]string{"run", "x"}, ExitOK, ""},
		"missing argument":  {[]string{"run"}, ExitUsage, "--help"},
		"unknown flag":      {[]string{"run", "x", "--nope"}, ExitUsage, "unknown flag"},
		"unknown command":   {[]string{"walk"}, ExitUsage, "unknown command"},
		"required flag":     {[]string{"need"}, ExitUsage, "required flag"},
		"failure":           {[]string{"run", "no"}, ExitFailed, "error: no"},
		"hint":              {[]string{"run", "hint"}, ExitFailed, "hint: try again"},
		"environment":       {[]string{"run", "env"}, ExitEnvironment, "hint: start it"},
		"wrapped exit code": {[]string{"run", "wrapped"}, ExitEnvironment, "outer"},
	} {
		t.Run(name, func(t *testing.T) {
			root := &cobra.Command{Use: "test"}
			need := &cobra.Command{Use: "need", RunE: func(*cobra.Command, []string) error { return nil }}
			need.Flags().String("what", "", "")
			if err := need.MarkFlagRequired("what"); err != nil {
				t.Fatal(err)
			}
			root.AddCommand(need, &cobra.Command{Use: "run", Args: cobra.ExactArgs(1), RunE: func(_ *cobra.Command, args []string) error {
				switch args[0] {
				case "no":
					return errors.New("no")
				case "hint":
					return Hint(errors.New("no"), "try %s", "again")
				case "env":
					return Environment(errors.New("no"), "start it")
				case "wrapped":
					return errors.Join(errors.New("outer"), Environment(errors.New("inner"), ""))
				}
				return nil
			}})
			var out bytes.Buffer
			root.SetErr(&out)
			root.SetOut(&out)
			root.SetArgs(tc.args)
			if code := Main(root); code != tc.code || !strings.Contains(out.String(), tc.says) {
				t.Errorf("exit code %d and %q; want %d and %q", code, out.String(), tc.code, tc.says)
			}
		})
	}
}
