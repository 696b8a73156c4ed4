package main

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/account"
	"github.com/sage-network/sage-node/worker/identity"
)

// registerResult is what register prints.
type registerResult struct {
	sentResult
	NodeID         job.Hash `json:"node_id"`
	CapabilityHash job.Hash `json:"capability_hash"`
	PrivateAccount bool     `json:"private_account_opened"` // false when there was one
}

func registerCommand(common cli.Common) *cobra.Command {
	var password func(string, io.Writer) cli.PasswordSource
	cmd := &cobra.Command{
		Use:   "register",
		Short: "Open the private account and register the worker, in one transaction",
		Long: "Open the private account, unless there is one, and register the worker with its node key and the hash of its\n" +
			"capability manifest, in one transaction. A worker that is registered already is an error: nothing is sent.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := load(cmd, common)
			if err != nil {
				return err
			}
			o, err := unlock(cmd, s, password(s.PasswordFile, cmd.ErrOrStderr()), true, aloud(cmd))
			if err != nil {
				return err
			}
			defer o.Close()
			id, err := identity.Load(o.folder)
			if err != nil {
				return err
			}
			describes, err := describe(cmd.Context(), s, o.account.Address, id)
			if err != nil {
				return err
			}
			var manifest wire.Manifest
			x, odd := wire.NodeKeyOnChain(id.NodeKey())
			got, err := o.account.Register(cmd.Context(), account.NodeKey{X: x, Odd: odd}, func(tier job.Tier) wire.Manifest {
				manifest = describes(tier)
				return manifest
			})
			if err != nil {
				return err
			}
			if err := saveManifest(filepath.Join(o.folder, manifestFile), manifest); err != nil {
				return err
			}
			r := registerResult{
				sentResult:     sentResult{Address: wire.Felt(o.account.Address), Transaction: wire.Felt(got.Transaction), Stake: newStakeResult(got.Worker)},
				NodeID:         id.NodeID(),
				CapabilityHash: wire.CapabilityHash(manifest),
				PrivateAccount: got.Private,
			}
			return cli.Result(cmd.OutOrStdout(), s.JSON, r, func(w io.Writer) {
				fmt.Fprintf(w, "registered %s: transaction %s\n", r.Address, r.Transaction)
				fmt.Fprintf(w, "node %s, tier %s, status %s\n", r.NodeID, r.Stake.Tier, r.Stake.Status)
			})
		},
	}
	password = cli.AddPassword(cmd.Flags())
	cmd.Flags().String("region", "", "region to announce")
	return cmd
}
