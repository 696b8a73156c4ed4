package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/internal/cli"
)

// settings are the program's own, on top of those common to all programs.
type settings struct {
	cli.Common `koanf:",flatten,squash"`
	Region     string `koanf:"region"` // of the capability manifest
}

// load layers the settings for a command.
func load(cmd *cobra.Command, common cli.Common) (settings, error) {
	return cli.LoadRole(settings{Common: common}, common, role, cmd.Flags())
}

func configCommand(common cli.Common) *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "Settings"}
	cmd.AddCommand(&cobra.Command{
		Use:   "show",
		Short: "Print the settings in effect: flags over SAGE_* over the file over defaults",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := load(cmd, common)
			if err != nil {
				return err
			}
			effective, err := cli.Effective(s)
			if err != nil {
				return err
			}
			return cli.Result(cmd.OutOrStdout(), s.JSON, effective, func(w io.Writer) {
				t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
				defer t.Flush()
				for _, key := range slices.Sorted(maps.Keys(effective)) {
					fmt.Fprintf(t, "%s\t%v\n", key, effective[key])
				}
			})
		},
	})
	return cmd
}
