package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/wallet"
)

// passwordFlags say where the wallet's password comes from.
type passwordFlags struct {
	password string
	fd       int
}

func (p *passwordFlags) add(flags *pflag.FlagSet) {
	flags.IntVar(&p.fd, "password-fd", 0, "file descriptor to read the wallet's password from")
	flags.StringVar(&p.password, "password", "", "wallet password (visible to others on this machine; prefer --password-file)")
}

func (p *passwordFlags) source(cmd *cobra.Command, s settings) cli.PasswordSource {
	return cli.PasswordSource{Flag: p.password, FD: p.fd, File: s.PasswordFile, In: os.Stdin, Talk: cmd.ErrOrStderr()}
}

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
	var secret passwordFlags
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
			password, err := secret.source(cmd, s).Read("New wallet password", true)
			if err != nil {
				return err
			}
			m, err := wallet.NewMnemonic()
			if err != nil {
				return err
			}
			v := walletView{Folder: filepath.Join(folder, "wallet")}
			address, err := wallet.Folder(v.Folder).Create(m, password, wallet.Account, wallet.ElGamal)
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
	secret.add(cmd.Flags())
	return cmd
}
