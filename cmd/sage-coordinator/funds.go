package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/coordinator/client"
	"github.com/sage-network/sage-node/internal/cli"
)

func fundsCommand(common cli.Common) *cobra.Command {
	return &cobra.Command{
		Use: "funds", Short: "Show what the payer has, and whether it suffices", Args: cobra.NoArgs,
		RunE: withClient(common, func(ctx context.Context, cmd *cobra.Command, s settings, c *client.Client, _ []string) error {
			f, err := c.Funds(ctx)
			if err != nil {
				return err
			}
			return cli.Result(cmd.OutOrStdout(), s.JSON, f, func(w io.Writer) {
				t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
				defer t.Flush()
				fmt.Fprintf(t, "payer\t%s\nlevel\t%s\npublic\t%s SAGE\nfee tokens\t%s STRK\n", f.Payer, f.Level, f.Public, f.FeeTokens)
				fmt.Fprintf(t, "private\t%s SAGE, kept between %s and %s by deposits of %s\npending\t%s SAGE\n", f.Private, f.Low, f.High, f.Deposit, f.Pending)
			})
		}),
	}
}
