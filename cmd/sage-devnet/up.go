package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/e2e/localnet"
)

// upCommand starts what e2e/env.sh needs and stays until it is stopped.
func upCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Start chain, contracts, validators and a funded coordinator wallet",
		Long: "Start chain, contracts, validators and a funded coordinator wallet.\n" +
			"Prints the path of a file with the exports for a shell when all is ready, and runs until it is stopped.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			ctx := cmd.Context()
			n, clean, err := open(cmd.ErrOrStderr(), dir, func(line string) { fmt.Fprintln(cmd.ErrOrStderr(), line) }, cmd)
			if err != nil {
				return err
			}
			defer clean()
			defer func() { err = errors.Join(err, n.Stop()) }()
			if err := n.StartValidators(ctx); err != nil {
				return err
			}
			exports := filepath.Join(n.Dir, "env")
			if err := os.WriteFile(exports, []byte(n.Exports()), 0o600); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), exports)
			return n.Watch(ctx)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "folder for homes and logs (default: a temporary one, removed at the end)")
	return cmd
}

// open starts chain and contracts in dir, or in a temporary folder that clean removes.
func open(talk io.Writer, dir string, say func(string), cmd *cobra.Command) (n *localnet.Network, clean func(), err error) {
	clean = func() {}
	if dir == "" {
		if dir, err = os.MkdirTemp("", "sage-devnet-"); err != nil {
			return nil, nil, err
		}
		clean = func() { os.RemoveAll(dir) }
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	n, err = localnet.Start(cmd.Context(), localnet.Options{Dir: dir, Bin: filepath.Dir(self), Say: say, Build: true})
	if err != nil {
		clean()
		return nil, nil, err
	}
	return n, clean, nil
}
