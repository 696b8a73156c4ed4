package main

import (
	"errors"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/cmd/internal/operator"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/wallet"
)

// keys are what the payer signs and decrypts with.
type keys struct {
	address felt.Felt
	account starkhash.PrivateKey
	elgamal elgamal.SecretKey
}

func openKeys(folder string, source cli.PasswordSource) (keys, error) {
	opened, err := operator.Open(folder, source, wallet.ElGamal)
	if errors.Is(err, wallet.ErrNoWallet) {
		return keys{}, cli.Hint(err, "run: sage-coordinator create-wallet")
	}
	if err != nil {
		return keys{}, err
	}
	k := keys{address: opened.Address, account: opened.Account()}
	k.elgamal, err = elgamal.NewSecretKey(opened.Of(wallet.ElGamal).Secret())
	return k, err
}

// payerWallet is the coordinator's: the account that pays, and its private balance.
func payerWallet(common cli.Common) operator.Wallet {
	return operator.Wallet{
		Role: role, Purposes: []wallet.Purpose{wallet.Account, wallet.ElGamal},
		Next: "send STRK for fees and SAGE for jobs to the address, then sage-coordinator start",
		Load: func(cmd *cobra.Command) (cli.Common, error) {
			s, err := load(cmd, common)
			return s.Common, err
		},
	}
}
