package main

import (
	"errors"
	"path/filepath"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/wallet"
)

// keys are what a validator signs with.
type keys struct {
	address felt.Felt
	account starkhash.PrivateKey // transactions
	vote    starkhash.PrivateKey // votes, nothing else
}

func openKeys(folder string, source cli.PasswordSource) (keys, error) {
	wallets := wallet.Folder(filepath.Join(folder, "wallet"))
	address, err := wallets.AccountAddress()
	if err != nil {
		if errors.Is(err, wallet.ErrNoWallet) {
			return keys{}, cli.Hint(err, "SAGE_HOME names the folder with %s/wallet", role)
		}
		return keys{}, err
	}
	password, err := source.Read("Wallet password", false)
	if err != nil {
		return keys{}, err
	}
	account, err := wallets.Open(wallet.Account, password)
	if err != nil {
		return keys{}, err
	}
	vote, err := wallets.Open(wallet.Vote, password)
	if err != nil {
		return keys{}, err
	}
	if wallet.Address(account.PublicKey()) != address {
		return keys{}, errors.New("the account keystore's address is not that of its key")
	}
	return keys{address: address, account: account, vote: vote}, nil
}
