package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/multiformats/go-multiaddr"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/chain/upgrades"
	"github.com/sage-network/sage-node/cmd/internal/operator"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/internal/privatefile"
	"github.com/sage-network/sage-node/wallet"
)

// Role is whose health is looked at.
type Role struct {
	// Folder of the role.
	Folder string
	// Explain attaches advice to errors.
	Explain func(error) error
}

// Bad is Bad with the role's advice.
func (r Role) Bad(name string, err error) Check { return Bad(name, r.Explain(err)) }

// Wallet looks at the keystores without opening them: the account's, and those of other purposes.
func (r Role) Wallet(others ...wallet.Purpose) Check {
	const name = "wallet"
	wallets := operator.In(r.Folder)
	address, err := wallets.AccountAddress()
	if err != nil {
		return r.Bad(name, err)
	}
	for _, p := range others {
		path := filepath.Join(string(wallets), p.String()+".json")
		if err := private(path); err != nil {
			c := r.Bad(name, err)
			if errors.Is(err, os.ErrNotExist) {
				c.Hint = "restore it from a backup, or from the 24 words in a new --home"
			}
			return c
		}
	}
	return Good(name, "account %s", address.String())
}

// private refuses a file that is missing, or that others can read.
func private(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&^privatefile.Mode != 0 {
		return fmt.Errorf("%w: %s (mode %04o)", privatefile.ErrMode, path, info.Mode().Perm())
	}
	return nil
}

// Private looks at a secret file of the role that its program makes when it is missing.
func (r Role) Private(name, file string) Check {
	switch err := private(filepath.Join(r.Folder, file)); {
	case errors.Is(err, os.ErrNotExist):
		return Good(name, "%s is made at the first start", file)
	case err != nil:
		return r.Bad(name, err)
	}
	return Good(name, "%s", file)
}

// Peers refuses what is no multiaddress; PasswordFile a file that others can read. Both are for a check of settings.
func Peers(lists ...[]string) error {
	for _, list := range lists {
		for _, address := range list {
			if _, err := multiaddr.NewMultiaddr(address); err != nil {
				return cli.Usage("%q is no multiaddress: %w", address, err)
			}
		}
	}
	return nil
}

// PasswordFile: see Peers.
func PasswordFile(path string) error {
	if path == "" {
		return nil
	}
	return cli.CheckPrivate(path)
}

// Profile is the check of a network's profile that was loaded.
func Profile(p *profile.Profile) Check { return Good("profile", "%s, chain %s", p.Name, p.ChainID) }

// Node connects to the profile's node. The client is nil if that fails.
func (r Role) Node(ctx context.Context, p *profile.Profile) (*chain.Client, Check) {
	const name = "node"
	client, err := chain.Dial(ctx, p.RPC, p.ChainID)
	if err != nil {
		return nil, r.Bad(name, err)
	}
	head, err := client.Latest(ctx)
	if err != nil {
		client.Close()
		return nil, r.Bad(name, err)
	}
	return client, Good(name, "block %d, chain %s", head.Number, client.ChainID())
}

// Funds looks at what the account has; an account that is not deployed, or has no STRK for fees, fails with hint.
func (r Role) Funds(ctx context.Context, client *chain.Client, p *profile.Profile, address felt.Felt, hint string) Check {
	const name = "funds"
	deployed, err := client.Deployed(ctx, address)
	if err != nil {
		return r.Bad(name, err)
	}
	fees, err := client.FeeBalance(ctx, address)
	if err != nil {
		return r.Bad(name, err)
	}
	sage, err := bindings.NewSageToken(felt.Felt(p.Contracts.Token), client).BalanceOf(ctx, address)
	if err != nil {
		return r.Bad(name, err)
	}
	c := Good(name, "%s SAGE, %s STRK", amount.Format(sage.Big()), amount.Format(fees))
	if !deployed {
		c.Detail += "; the account is not deployed"
	}
	if !deployed || fees.Sign() == 0 {
		return c.But(hint)
	}
	return c
}

// Upgrades looks for classes that contracts have got, or may get. It fails for one that is not known.
func (r Role) Upgrades(ctx context.Context, client *chain.Client, p *profile.Profile, accepted []felt.Felt) Check {
	const name = "contracts"
	notices, err := upgrades.Look(ctx, client, upgrades.Contracts(p, accepted))
	if err != nil {
		return r.Bad(name, err)
	}
	c := Good(name, "their classes are known to this program, no upgrade is announced")
	for i, n := range notices {
		if i == 0 {
			c.Detail = ""
		} else {
			c.Detail += "; "
		}
		c.Detail += n.String()
		if !n.Known {
			c = c.But(upgrades.Advice(notices))
		}
	}
	return c
}

// Answers asks a server at a URL for 200 or 204. what says which, as in "coordinator", hint what to do about silence.
func Answers(ctx context.Context, what, url, shown, hint string) Check {
	down := func(err error) Check {
		return Check{Name: what, Detail: err.Error(), Hint: hint, code: cli.ExitEnvironment}
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return down(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return down(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusNoContent {
		return down(fmt.Errorf("it answered %s", response.Status))
	}
	return Good(what, "%s answers", shown)
}
