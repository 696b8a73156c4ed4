package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/spf13/cobra"

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
	wallets := wallet.Folder(filepath.Join(folder, "wallet"))
	address, err := wallets.AccountAddress()
	if errors.Is(err, wallet.ErrNoWallet) {
		return keys{}, cli.Hint(err, "run: sage-coordinator create-wallet")
	}
	if err != nil {
		return keys{}, err
	}
	password, err := source.Read("Wallet password", false)
	if err != nil {
		return keys{}, err
	}
	k := keys{address: address}
	if k.account, err = wallets.Open(wallet.Account, password); err != nil {
		return keys{}, err
	}
	if wallet.Address(k.account.PublicKey()) != address {
		return keys{}, errors.New("the account keystore's address is not that of its key")
	}
	secret, err := wallets.Open(wallet.ElGamal, password)
	if err != nil {
		return keys{}, err
	}
	k.elgamal, err = elgamal.NewSecretKey(secret.Secret())
	return k, err
}

// walletView is the result of create-wallet.
type walletView struct {
	Address  string `json:"address"`
	Mnemonic string `json:"mnemonic"`
	Folder   string `json:"folder"`
}

func createWalletCommand(common cli.Common) *cobra.Command {
	var password func(string, io.Writer) cli.PasswordSource
	cmd := &cobra.Command{
		Use:   "create-wallet",
		Short: "Create the payer's wallet and print its 24 words",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := load(cmd, common)
			if err != nil {
				return err
			}
			folder, err := cli.Home(s.Home).Role(role)
			if err != nil {
				return err
			}
			secret, err := password(s.PasswordFile, cmd.ErrOrStderr()).Read("New wallet password", true)
			if err != nil {
				return err
			}
			m, err := wallet.NewMnemonic()
			if err != nil {
				return err
			}
			v := walletView{Folder: filepath.Join(folder, "wallet")}
			address, err := wallet.Folder(v.Folder).Create(m, secret, wallet.Account, wallet.ElGamal)
			if errors.Is(err, wallet.ErrExists) {
				return cli.Hint(err, "a wallet is never overwritten; use another SAGE_HOME, or move it away")
			}
			if err != nil {
				return err
			}
			v.Address, v.Mnemonic = address.String(), m.Words()
			fmt.Fprintln(cmd.ErrOrStderr(), "Write the 24 words down and keep them secret: they are the wallet.")
			return cli.Result(cmd.OutOrStdout(), s.JSON, v, func(w io.Writer) {
				fmt.Fprintf(w, "address:  %s\nmnemonic: %s\n", v.Address, v.Mnemonic)
			})
		},
	}
	password = cli.AddPassword(cmd.Flags())
	return cmd
}
