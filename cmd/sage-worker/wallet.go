package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/wallet"
	"github.com/sage-network/sage-node/worker/identity"
)

// walletResult is what create-wallet and import-wallet print. Only create-wallet --json holds words.
type walletResult struct {
	Address  string `json:"address"`
	NodeID   string `json:"node_id"`
	Folder   string `json:"folder"`
	Mnemonic string `json:"mnemonic,omitempty"`
}

func createWalletCommand(common cli.Common) *cobra.Command {
	var p passwords
	cmd := &cobra.Command{
		Use:   "create-wallet",
		Short: "Make a new wallet: account, private-payment key and node keys",
		Long: `Make a new wallet: account, private-payment key and node keys.

The 24 words from which account and private-payment key can be restored are shown once, on stderr; with --json they are
in the result instead. Write them down: without them, a lost file or password is lost money. Existing keys are never
overwritten.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := load(cmd, common)
			if err != nil {
				return err
			}
			dir, err := folder(s)
			if err != nil {
				return err
			}
			if _, err := identity.Load(dir); !errors.Is(err, identity.ErrMissing) {
				if err == nil {
					err = fmt.Errorf("%w in %s", identity.ErrExists, dir)
				}
				return cli.Hint(err, "this home has a worker already; choose another with SAGE_HOME or --home")
			}
			m, err := wallet.NewMnemonic()
			if err != nil {
				return err
			}
			out, err := makeWallet(cmd, s, p.source(cmd, s), dir, m)
			if err != nil {
				return err
			}
			if s.JSON {
				out.Mnemonic = m.Words()
			} else {
				showWords(cmd.ErrOrStderr(), m)
			}
			return printWallet(cmd, s, out)
		},
	}
	p.add(cmd)
	return cmd
}

func importWalletCommand(common cli.Common) *cobra.Command {
	var p passwords
	var from string
	cmd := &cobra.Command{
		Use:   "import-wallet",
		Short: "Restore a wallet from its 24 words",
		Long: `Restore a wallet from its 24 words, which are asked for on the terminal, read from a file of mode 0600, or
from standard input with --mnemonic-file -. They are never taken from the command line. Node keys are not part of the words:
new ones are made unless there are some.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := load(cmd, common)
			if err != nil {
				return err
			}
			dir, err := folder(s)
			if err != nil {
				return err
			}
			words, err := readWords(cmd, from)
			if err != nil {
				return err
			}
			m, err := wallet.ParseMnemonic(words)
			if err != nil {
				return &cli.Error{Code: cli.ExitUsage, Err: err, Hint: "check the words and their order"}
			}
			out, err := makeWallet(cmd, s, p.source(cmd, s), dir, m)
			if err != nil {
				return err
			}
			return printWallet(cmd, s, out)
		},
	}
	p.add(cmd)
	cmd.Flags().StringVar(&from, "mnemonic-file", "", "file with the 24 words, mode 0600; - is standard input")
	return cmd
}

func makeWallet(_ *cobra.Command, s settings, source cli.PasswordSource, dir string, m wallet.Mnemonic) (walletResult, error) {
	if _, err := wallets(dir).AccountAddress(); !errors.Is(err, wallet.ErrNoWallet) { // before the password is asked for
		if err == nil {
			err = fmt.Errorf("%w in %s", wallet.ErrExists, dir)
		}
		return walletResult{}, cli.Hint(err, "it is not overwritten; choose another home with SAGE_HOME or --home")
	}
	password, err := source.Read("Password for the new wallet", true)
	if err != nil {
		return walletResult{}, err
	}
	address, err := wallets(dir).Create(m, password, wallet.Account, wallet.ElGamal)
	if errors.Is(err, wallet.ErrExists) {
		return walletResult{}, cli.Hint(err, "it is not overwritten; choose another home with SAGE_HOME or --home")
	}
	if err != nil {
		return walletResult{}, err
	}
	id, err := identity.Load(dir)
	if errors.Is(err, identity.ErrMissing) {
		id, err = identity.Create(dir)
	}
	if err != nil {
		return walletResult{}, err
	}
	return walletResult{Address: address.String(), NodeID: id.NodeID().String(), Folder: dir}, nil
}

func printWallet(cmd *cobra.Command, s settings, out walletResult) error {
	return cli.Result(cmd.OutOrStdout(), s.JSON, out, rows(row{"address", out.Address}, row{"node id", out.NodeID}, row{"folder", out.Folder}))
}

func showWords(w io.Writer, m wallet.Mnemonic) {
	fmt.Fprintln(w, "These 24 words are the wallet. Write them down now; they are not shown again.")
	for i, word := range strings.Fields(m.Words()) {
		fmt.Fprintf(w, "%3d %-10s", i+1, word)
		if i%6 == 5 {
			fmt.Fprintln(w)
		}
	}
}

// maxWords bounds the text of a mnemonic.
const maxWords = 1 << 10

func readWords(cmd *cobra.Command, from string) (string, error) {
	switch from {
	case "":
		if !term.IsTerminal(int(os.Stdin.Fd())) {
			return "", cli.Usage("standard input is no terminal; use --mnemonic-file, or --mnemonic-file - for standard input")
		}
		fmt.Fprint(cmd.ErrOrStderr(), "24 words (not shown): ")
		defer fmt.Fprintln(cmd.ErrOrStderr())
		b, err := term.ReadPassword(int(os.Stdin.Fd()))
		return string(b), err
	case "-":
		return readLimited(cmd.InOrStdin())
	}
	if err := cli.CheckPrivate(from); err != nil {
		return "", err
	}
	f, err := os.Open(from)
	if err != nil {
		return "", cli.Environment(err, "--mnemonic-file must name a readable file")
	}
	defer f.Close()
	return readLimited(f)
}

func readLimited(r io.Reader) (string, error) {
	b, err := io.ReadAll(bufio.NewReader(io.LimitReader(r, maxWords+1)))
	if err == nil && len(b) > maxWords {
		err = cli.Usage("24 words have at most %d bytes", maxWords)
	}
	return string(b), err
}
