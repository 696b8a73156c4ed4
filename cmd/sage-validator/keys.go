package main

import (
	"errors"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/cmd/internal/operator"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/wallet"
	"github.com/sage-network/sage-node/wire"
)

// keys are what a validator signs with.
type keys struct {
	address felt.Felt
	account starkhash.PrivateKey // transactions
	vote    starkhash.PrivateKey // votes, nothing else
}

func openKeys(folder string, source cli.PasswordSource) (keys, error) {
	opened, err := operator.Open(folder, source, wallet.Vote)
	if errors.Is(err, wallet.ErrNoWallet) {
		return keys{}, cli.Hint(err, "run: sage-validator create-wallet; or let SAGE_HOME name the folder with %s/wallet", role)
	}
	return keys{address: opened.Address, account: opened.Account(), vote: opened.Of(wallet.Vote)}, err
}

// validatorWallet is the validator's: the account and the vote key.
func validatorWallet(common cli.Common) operator.Wallet {
	return operator.Wallet{
		Role: role, Purposes: []wallet.Purpose{wallet.Account, wallet.Vote},
		Next: "send STRK for fees and SAGE for the stake to the address, have it allowed, then sage-validator register",
		Load: func(cmd *cobra.Command) (cli.Common, error) {
			s, err := load(cmd, common)
			return s.Common, err
		},
		Complete: func(_ string, words wallet.Mnemonic, r *operator.WalletResult) error {
			vote, err := words.Key(wallet.Vote)
			if err != nil {
				return err
			}
			key := wire.Felt(vote.PublicKey().X())
			r.VoteKey = &key
			return nil
		},
	}
}
