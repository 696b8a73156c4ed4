package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wallet"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/identity"
)

// walletResult is what create-wallet and import-wallet print.
type walletResult struct {
	Address  wire.Felt `json:"address"`
	Wallet   string    `json:"wallet"` // folder of the keystores
	NodeID   job.Hash  `json:"node_id"`
	Mnemonic string    `json:"mnemonic,omitempty"` // with --show-mnemonic
}

func createWalletCommand(common cli.Common) *cobra.Command {
	var password func(string, io.Writer) cli.PasswordSource
	var show bool
	cmd := &cobra.Command{
		Use:   "create-wallet",
		Short: "Make the worker's keys and show the 24 words that restore them",
		Long: "Make the worker's keys and show, once and on stderr, the 24 words that restore them.\n" +
			"The account's address goes to stdout. A wallet that exists is never overwritten.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := load(cmd, common)
			if err != nil {
				return err
			}
			if show && !s.JSON {
				return cli.Usage("--show-mnemonic puts the words into the result of --json; without it they are shown on stderr")
			}
			words, err := wallet.NewMnemonic()
			if err != nil {
				return err
			}
			result, err := makeWallet(s, words, password(s.PasswordFile, cmd.ErrOrStderr()))
			if err != nil {
				return err
			}
			if show {
				result.Mnemonic = words.Words()
			} else {
				fmt.Fprintf(cmd.ErrOrStderr(), "\nThese 24 words restore the wallet. They are shown this once and stored nowhere. Write them down;\n"+
					"whoever has them has the money.\n\n%s\n\n", words.Words())
			}
			return printWallet(cmd, s, result)
		},
	}
	password = cli.AddPassword(cmd.Flags())
	cmd.Flags().BoolVar(&show, "show-mnemonic", false, "with --json: put the 24 words into the result instead of on stderr")
	return cmd
}

func importWalletCommand(common cli.Common) *cobra.Command {
	var password func(string, io.Writer) cli.PasswordSource
	var path string
	cmd := &cobra.Command{
		Use:   "import-wallet",
		Short: "Restore the worker's keys from 24 words",
		Long: "Restore the worker's keys from 24 words, which are read from a prompt, from standard input, or from a file.\n" +
			"Node keys that lie in the home folder already, as from a backup, are kept. A wallet is never overwritten.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := load(cmd, common)
			if err != nil {
				return err
			}
			text, err := readMnemonic(path, os.Stdin, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			words, err := wallet.ParseMnemonic(text)
			if err != nil {
				return err
			}
			result, err := makeWallet(s, words, password(s.PasswordFile, cmd.ErrOrStderr()))
			if err != nil {
				return err
			}
			return printWallet(cmd, s, result)
		},
	}
	password = cli.AddPassword(cmd.Flags())
	cmd.Flags().StringVar(&path, "mnemonic-file", "", "file with the 24 words, mode 0600 (default: prompt or standard input)")
	return cmd
}

// makeWallet writes the keystores and the node's keys.
func makeWallet(s settings, words wallet.Mnemonic, source cli.PasswordSource) (walletResult, error) {
	folder, err := cli.Home(s.Home).Role(role)
	if err != nil {
		return walletResult{}, err
	}
	wallets := walletsIn(folder)
	// Look before the password is asked for.
	if err := wallets.Vacant(wallet.Account, wallet.ElGamal); err != nil {
		return walletResult{}, err
	}
	password, err := source.Read("New wallet password", true)
	if err != nil {
		return walletResult{}, err
	}
	id, err := identity.Ensure(folder)
	if err != nil {
		return walletResult{}, err
	}
	address, err := wallets.Create(words, password, wallet.Account, wallet.ElGamal)
	if err != nil {
		return walletResult{}, err
	}
	return walletResult{Address: wire.Felt(address), Wallet: string(wallets), NodeID: id.NodeID()}, nil
}

func printWallet(cmd *cobra.Command, s settings, r walletResult) error {
	fmt.Fprintf(cmd.ErrOrStderr(), "wallet: %s\nnode:   %s\nnext:   sage-worker request-tokens (test networks), or send STRK and SAGE to the address\n", r.Wallet, r.NodeID)
	return cli.Result(cmd.OutOrStdout(), s.JSON, r, func(w io.Writer) { fmt.Fprintln(w, r.Address) })
}

// maxMnemonic bounds what is read of a mnemonic: 24 words of up to 8 letters and much white space.
const maxMnemonic = 4096

func readMnemonic(path string, in *os.File, talk io.Writer) (string, error) {
	if path != "" {
		if err := cli.CheckPrivate(path); err != nil {
			return "", err
		}
		f, err := os.Open(path)
		if err != nil {
			return "", err
		}
		defer f.Close()
		b, err := io.ReadAll(io.LimitReader(f, maxMnemonic))
		return string(b), err
	}
	if term.IsTerminal(int(in.Fd())) {
		fmt.Fprint(talk, "The 24 words (they are not shown): ")
		defer fmt.Fprintln(talk)
		b, err := term.ReadPassword(int(in.Fd()))
		return string(b), err
	}
	b, err := io.ReadAll(io.LimitReader(in, maxMnemonic))
	return string(b), err
}
