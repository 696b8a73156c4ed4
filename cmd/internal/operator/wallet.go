package operator

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wallet"
	"github.com/sage-network/sage-node/wire"
)

// Wallet describes the wallet of a role.
type Wallet struct {
	Role     string           // folder in the home
	Purposes []wallet.Purpose // keys, each in a keystore of its own
	Next     string           // what to do with a new wallet
	Imported string           // what to do with a restored one; empty: the same
	// Load reads the settings of a command.
	Load func(*cobra.Command) (cli.Common, error)
	// Complete adds to the result what the role has besides, and makes it; nil for nothing. It is called
	// before the first keystore is written.
	Complete func(folder string, words wallet.Mnemonic, r *WalletResult) error
}

// WalletResult is what create-wallet and import-wallet print.
type WalletResult struct {
	Address  wire.Felt  `json:"address"`
	Wallet   string     `json:"wallet"`             // folder of the keystores
	NodeID   *job.Hash  `json:"node_id,omitempty"`  // of a worker
	VoteKey  *wire.Felt `json:"vote_key,omitempty"` // of a validator
	Mnemonic string     `json:"mnemonic,omitempty"` // with --show-mnemonic
}

// In is a role's wallet folder.
func In(folder string) wallet.Folder { return wallet.Folder(filepath.Join(folder, "wallet")) }

// CreateCommand makes keys and shows their words, once and on stderr.
func (w Wallet) CreateCommand() *cobra.Command {
	var password func(string, io.Writer) cli.PasswordSource
	var show bool
	cmd := &cobra.Command{
		Use:   "create-wallet",
		Short: "Make the " + w.Role + "'s keys and show the 24 words that restore them",
		Long: "Make the " + w.Role + "'s keys and show, once and on stderr, the 24 words that restore them.\n" +
			"The account's address goes to stdout. A wallet that exists is never overwritten.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := w.Load(cmd)
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
			result, err := w.create(s, words, password(s.PasswordFile, cmd.ErrOrStderr()))
			if err != nil {
				return err
			}
			if show {
				result.Mnemonic = words.Words()
			} else {
				fmt.Fprintf(cmd.ErrOrStderr(), "\nThese 24 words restore the wallet. They are shown this once and stored nowhere. Write them down;\n"+
					"whoever has them has the money.\n\n%s\n\n", words.Words())
			}
			return w.print(cmd, s, result, w.Next)
		},
	}
	password = cli.AddPassword(cmd.Flags())
	cmd.Flags().BoolVar(&show, "show-mnemonic", false, "with --json: put the 24 words into the result instead of on stderr")
	return cmd
}

// ImportCommand restores keys from their words.
func (w Wallet) ImportCommand() *cobra.Command {
	var password func(string, io.Writer) cli.PasswordSource
	var path string
	cmd := &cobra.Command{
		Use:   "import-wallet",
		Short: "Restore the " + w.Role + "'s keys from 24 words",
		Long: "Restore the " + w.Role + "'s keys from 24 words, which are read from a prompt, from standard input, or from a file.\n" +
			"A node key that lies in the home folder already, as from a backup, is kept. A wallet is never overwritten.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := w.Load(cmd)
			if err != nil {
				return err
			}
			result, _, err := w.Import(s, path, password(s.PasswordFile, cmd.ErrOrStderr()), cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			return w.print(cmd, s, result, cmp.Or(w.Imported, w.Next))
		},
	}
	password = cli.AddPassword(cmd.Flags())
	cmd.Flags().StringVar(&path, "mnemonic-file", "", "file with the 24 words, mode 0600 (default: prompt or standard input)")
	return cmd
}

// Import restores keys from the words in the file at path, or from standard input, where it asks for them on talk.
func (w Wallet) Import(s cli.Common, path string, password cli.PasswordSource, talk io.Writer) (WalletResult, wallet.Mnemonic, error) {
	text, err := readMnemonic(path, os.Stdin, talk)
	if err != nil {
		return WalletResult{}, wallet.Mnemonic{}, err
	}
	words, err := wallet.ParseMnemonic(text)
	if err != nil {
		return WalletResult{}, wallet.Mnemonic{}, err
	}
	r, err := w.create(s, words, password)
	return r, words, err
}

// create writes the keystores, and what the role has besides.
func (w Wallet) create(s cli.Common, words wallet.Mnemonic, source cli.PasswordSource) (r WalletResult, err error) {
	defer func() {
		if errors.Is(err, wallet.ErrExists) {
			err = cli.Hint(err, "nothing was overwritten; use another --home, or move the wallet away")
		}
	}()
	folder, err := cli.Home(s.Home).Role(w.Role)
	if err != nil {
		return r, err
	}
	wallets := In(folder)
	// Look before the password is asked for.
	if err := wallets.Vacant(w.Purposes...); err != nil {
		return r, err
	}
	password, err := source.Read("New wallet password", true)
	if err != nil {
		return r, err
	}
	if w.Complete != nil {
		if err := w.Complete(folder, words, &r); err != nil {
			return r, err
		}
	}
	address, err := wallets.Create(words, password, w.Purposes...)
	r.Address, r.Wallet = wire.Felt(address), string(wallets)
	return r, err
}

func (w Wallet) print(cmd *cobra.Command, s cli.Common, r WalletResult, next string) error {
	w.Tell(cmd, r, next)
	return cli.Result(cmd.OutOrStdout(), s.JSON, r, func(out io.Writer) { fmt.Fprintln(out, r.Address) })
}

// Tell says on stderr where a wallet lies.
func (Wallet) Tell(cmd *cobra.Command, r WalletResult, next string) {
	fmt.Fprintf(cmd.ErrOrStderr(), "wallet: %s\n", r.Wallet)
	if r.NodeID != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "node:   %s\n", r.NodeID)
	}
	if r.VoteKey != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "votes:  %s\n", r.VoteKey)
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "next:   %s\n", next)
}

// Keys are an account and the keys that were asked for, opened.
type Keys struct {
	Address felt.Felt
	key     map[wallet.Purpose]starkhash.PrivateKey
}

// Account signs transactions.
func (k Keys) Account() starkhash.PrivateKey { return k.key[wallet.Account] }

// Of is the key for a purpose that Open was given.
func (k Keys) Of(p wallet.Purpose) starkhash.PrivateKey { return k.key[p] }

// Open opens the account's key in a role's folder, and those for the other purposes.
func Open(folder string, source cli.PasswordSource, others ...wallet.Purpose) (Keys, error) {
	wallets := In(folder)
	address, err := wallets.AccountAddress()
	if err != nil {
		return Keys{}, err
	}
	password, err := source.Read("Wallet password", false)
	if err != nil {
		return Keys{}, err
	}
	k := Keys{Address: address, key: make(map[wallet.Purpose]starkhash.PrivateKey)}
	for _, p := range append([]wallet.Purpose{wallet.Account}, others...) {
		if k.key[p], err = wallets.Open(p, password); err != nil {
			return Keys{}, err
		}
	}
	if wallet.Address(k.Account().PublicKey()) != address {
		return Keys{}, fmt.Errorf("%w: the account's address in the keystore is not that of its key", wallet.ErrKeystore)
	}
	return k, nil
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
