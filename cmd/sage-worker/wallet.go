package main

import (
	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/cmd/internal/operator"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/wallet"
	"github.com/sage-network/sage-node/worker/identity"
)

// workerWallet is the worker's: the account, its private balance, and beside them the node's keys.
func workerWallet(common cli.Common) operator.Wallet {
	return operator.Wallet{
		Role: role, Purposes: []wallet.Purpose{wallet.Account, wallet.ElGamal},
		Next:     "sage-worker request-tokens (test networks), or send STRK and SAGE to the address",
		Imported: "sage-worker recover, which finds the private balance and its history on the chain; for a new account sage-worker request-tokens",
		Load: func(cmd *cobra.Command) (cli.Common, error) {
			s, err := load(cmd, common)
			return s.Common, err
		},
		Complete: func(folder string, _ wallet.Mnemonic, r *operator.WalletResult) error {
			id, err := identity.Ensure(folder)
			if err != nil {
				return err
			}
			node := id.NodeID()
			r.NodeID = &node
			return nil
		},
	}
}
