package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/cmd/internal/operator"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/privacy"
	"github.com/sage-network/sage-node/wallet"
	"github.com/sage-network/sage-node/worker/account"
)

// opened is what a command works with: the network, and the worker's account on it.
type opened struct {
	settings
	profile *profile.Profile
	folder  string // of the role
	wallets wallet.Folder
	client  *chain.Client
	account *account.Account
	sender  *chain.Sender    // where it may send
	private *privacy.Account // where the ElGamal key is open
	past    *past            // likewise: the account's history
	sent    []chain.Entry    // transactions of this command
	resumed int              // transactions of an earlier command that were brought to an end
}

func (o *opened) Close() { o.client.Close() }

// network loads the profile that the settings name.
func network(s settings) (*profile.Profile, error) { return profile.ResolveIn(s.Home, s.Network) }

// look opens the account for reading what everybody may read. No password is needed.
func look(cmd *cobra.Command, s settings) (*opened, error) {
	o := &opened{settings: s}
	var err error
	if o.profile, err = network(s); err != nil {
		return nil, err
	}
	if o.folder, err = cli.Home(s.Home).Role(role); err != nil {
		return nil, err
	}
	o.wallets = operator.In(o.folder)
	address, err := o.wallets.AccountAddress()
	if err != nil {
		return nil, err
	}
	if o.client, err = chain.Dial(cmd.Context(), o.profile.RPC, o.profile.ChainID); err != nil {
		return nil, err
	}
	o.account = account.New(o.client, o.profile, address)
	return o, nil
}

// teller is told of transactions: of those that are about to be sent, and of unfinished ones of earlier
// commands.
type teller func(e chain.Entry, what string)

// aloud tells on stderr.
func aloud(cmd *cobra.Command) teller {
	return func(e chain.Entry, what string) {
		fmt.Fprintf(cmd.ErrOrStderr(), "transaction %s: %s: %s\n", e.Hash.String(), what, e.Purpose)
	}
}

// unlock opens the account for sending, and with private also its encrypted balance. What an earlier
// command has left unfinished is brought to its end first.
func unlock(cmd *cobra.Command, s settings, source cli.PasswordSource, private bool, tell teller) (o *opened, err error) {
	// The keys come first: without them nothing is asked of the network.
	p, err := network(s)
	if err != nil {
		return nil, err
	}
	folder, err := cli.Home(s.Home).Role(role)
	if err != nil {
		return nil, err
	}
	var others []wallet.Purpose
	if private {
		others = append(others, wallet.ElGamal)
	}
	keys, err := operator.Open(folder, source, others...)
	if err != nil {
		return nil, err
	}
	client, err := chain.Dial(cmd.Context(), p.RPC, p.ChainID)
	if err != nil {
		return nil, err
	}
	o = &opened{settings: s, profile: p, folder: folder, wallets: operator.In(folder), client: client, account: account.New(client, p, keys.Address)}
	defer func() {
		if err != nil {
			client.Close()
		}
	}()
	if private {
		if err = o.openPrivate(keys.Of(wallet.ElGamal).Secret()); err != nil {
			return nil, err
		}
	}
	journal, err := chain.NewFileJournal(filepath.Join(folder, "transactions"))
	if err != nil {
		return nil, err
	}
	o.sender, err = chain.NewSender(client, chain.SenderConfig{
		Address: keys.Address, Signer: keys.Account(), Journal: journal,
		Sending: func(e chain.Entry) {
			o.sent = append(o.sent, e)
			tell(e, "sending")
		},
	})
	if err != nil {
		return nil, err
	}
	o.account.Sender = o.sender
	done, err := o.sender.Recover(cmd.Context())
	for _, r := range done {
		what := "unfinished, is done now"
		if r.Err != nil {
			what = "unfinished, had no effect: " + r.Err.Error()
		} else {
			o.resumed++
		}
		tell(r.Entry, what)
	}
	return o, err
}

// openPrivate opens the encrypted balance and the history with their key.
func (o *opened) openPrivate(secret [32]byte) (err error) {
	if o.private, err = account.NewPrivate(o.client, o.profile, o.account.Address, secret); err != nil {
		return err
	}
	o.account.Private = o.private
	o.past, err = openPast(o, secret)
	return err
}

// fresh refuses to move an amount after an unfinished transaction was completed: that one may have been
// the same.
func (o *opened) fresh() error {
	if o.resumed > 0 {
		return fmt.Errorf("%w: an unfinished transaction was completed first, perhaps what you ask for", chain.ErrReread)
	}
	return nil
}

// confirm asks before money is spent on mainnet, unless yes was given.
func confirm(cmd *cobra.Command, p *profile.Profile, yes bool, what string) error {
	if yes || !p.Mainnet() {
		return nil
	}
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return &cli.Error{Code: cli.ExitUsage, Err: fmt.Errorf("this would %s on mainnet", what), Hint: "add --yes when you mean it"}
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "This will %s on mainnet. Go on? [y/N] ", what)
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if answer := strings.ToLower(strings.TrimSpace(line)); err != nil || answer != "y" && answer != "yes" {
		return errors.New("not confirmed; nothing was sent")
	}
	return nil
}
