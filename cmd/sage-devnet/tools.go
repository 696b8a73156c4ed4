package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/internal/toolchain"
)

// toolsCommand makes sure of the Starknet programs that the tests and the contracts' build start.
func toolsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "tools",
		Short: "Find the Starknet devnet and the Cairo tools, or build them from crates.io once",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, t := range []toolchain.Tool{
				toolchain.Devnet, toolchain.Compile, toolchain.SierraCompile, toolchain.CairoTest, toolchain.CairoFormat,
			} {
				path, err := toolchain.Ensure(cmd.Context(), t, cmd.ErrOrStderr())
				if err != nil {
					return cli.Environment(err, "install Rust, perl and a C compiler, or set %s to a folder with bin/%s", toolchain.DirVariable, t.Name)
				}
				fmt.Fprintln(cmd.OutOrStdout(), path)
			}
			return nil
		},
	}
}
