package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/privacy"
	"github.com/sage-network/sage-node/wallet"
	"github.com/sage-network/sage-node/worker/operator"
)

// passwords are the ways to give the wallet's password to one command.
type passwords struct {
	flag string
	fd   int
}

func (p *passwords) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.flag, "password", "", "the password itself; visible to other users, prefer the other ways")
	cmd.Flags().IntVar(&p.fd, "password-fd", 0, "file descriptor to read the password from")
}

func (p *passwords) source(cmd *cobra.Command, s settings) cli.PasswordSource {
	return cli.PasswordSource{Flag: p.flag, FD: p.fd, File: s.PasswordFile, In: os.Stdin, Talk: cmd.ErrOrStderr()}
}

// folder is the worker's folder in the home.
func folder(s settings) (string, error) { return cli.Home(s.Home).Role(role) }

func wallets(folder string) wallet.Folder { return wallet.Folder(filepath.Join(folder, "wallet")) }

// network loads the network's profile.
func network(s settings) (*profile.Profile, error) {
	path := s.Network
	if !strings.ContainsAny(path, `/\`) && !strings.HasSuffix(path, ".json") {
		path = filepath.Join(cli.Home(s.Home).Networks(), path+".json")
	}
	p, err := profile.Resolve(path)
	if err != nil {
		return nil, cli.Environment(err, "choose a network with --network or SAGE_NETWORK; its profile is %s", path)
	}
	return p, nil
}

// dial connects to the network's node.
func dial(ctx context.Context, p *profile.Profile) (*chain.Client, error) {
	client, err := chain.Dial(ctx, p.RPC, p.ChainID)
	switch {
	case errors.Is(err, chain.ErrWrongChain):
		return nil, cli.Environment(err, "the profile %s is for chain %s; check its rpc_url, or SAGE_RPC_URL", p.Name, p.ChainID)
	case err != nil:
		return nil, cli.Environment(err, "is the Starknet node of the profile %s running? SAGE_RPC_URL names another one", p.Name)
	}
	return client, nil
}

// watch opens what reading public state needs: no password.
func watch(ctx context.Context, s settings) (*operator.Operator, error) {
	dir, err := folder(s)
	if err != nil {
		return nil, err
	}
	address, err := wallets(dir).AccountAddress()
	if err != nil {
		return nil, walletError(err)
	}
	p, err := network(s)
	if err != nil {
		return nil, err
	}
	client, err := dial(ctx, p)
	if err != nil {
		return nil, err
	}
	return &operator.Operator{Profile: p, Client: client, Account: address}, nil
}

// unlock opens the wallet too: for transactions and private balances.
func unlock(ctx context.Context, cmd *cobra.Command, s settings, source cli.PasswordSource) (*operator.Operator, error) {
	dir, err := folder(s)
	if err != nil {
		return nil, err
	}
	store := wallets(dir)
	address, err := store.AccountAddress() // before the password is asked for
	if err != nil {
		return nil, walletError(err)
	}
	p, err := network(s)
	if err != nil {
		return nil, err
	}
	password, err := source.Read("Wallet password", false)
	if err != nil {
		return nil, err
	}
	account, err := store.Open(wallet.Account, password)
	if err != nil {
		return nil, walletError(err)
	}
	secret, err := store.Open(wallet.ElGamal, password)
	if err != nil {
		return nil, walletError(err)
	}
	if chain.AccountAddress(felt.Felt(p.AccountClass), account.PublicKey()) != address {
		return nil, cli.Hint(errors.New("the keystore's address is not that of its key under the network's account class"),
			"the keystore was edited, or the network uses another account contract")
	}
	scalar := secret.Secret()
	key, err := elgamal.NewSecretKey(scalar)
	clear(scalar[:])
	if err != nil {
		return nil, err
	}
	client, err := dial(ctx, p)
	if err != nil {
		return nil, err
	}
	journal, err := chain.NewFileJournal(filepath.Join(dir, "transactions"))
	if err != nil {
		return nil, err
	}
	sender, err := chain.NewSender(client, chain.SenderConfig{Address: address, Signer: account, Journal: journal})
	if err != nil {
		return nil, err
	}
	solver, err := elgamal.NewSolver(elgamal.DefaultTableBits)
	if err != nil {
		return nil, err
	}
	c := p.Contracts
	private, err := privacy.NewAccount(privacy.Contracts{
		ChainID:  p.ChainIDFelt(),
		Privacy:  bindings.NewPrivacyRouter(felt.Felt(c.Privacy), client),
		Payments: bindings.NewPaymentRouter(felt.Felt(c.Payments), client),
		Token:    bindings.NewSageToken(felt.Felt(c.Token), client),
	}, address, key, solver)
	if err != nil {
		return nil, err
	}
	return &operator.Operator{Profile: p, Client: client, Account: address, Sender: sender, Private: private}, nil
}

// walletError adds what to do.
func walletError(err error) error {
	switch {
	case errors.Is(err, wallet.ErrNoWallet):
		return cli.Hint(err, "create one with create-wallet, or bring one back with import-wallet; SAGE_HOME names the folder")
	case errors.Is(err, wallet.ErrPassword):
		return cli.Hint(err, "try again; whoever has the 24 words can set a new password with import-wallet into another SAGE_HOME")
	case errors.Is(err, wallet.ErrKeystore):
		return cli.Hint(err, "the file is damaged: restore it from a backup, or from the 24 words with import-wallet")
	}
	return err
}

// explain adds what to do to the errors of an operation.
func explain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, operator.ErrNotDeployed):
		return cli.Hint(err, "run request-tokens, or send STRK to the address and then run it")
	case errors.Is(err, chain.ErrInsufficientBalance):
		return cli.Hint(err, "the account pays fees in STRK: run request-tokens on a test network, or send some to it")
	case errors.Is(err, operator.ErrBalance):
		return cli.Hint(err, "run balance to see all amounts")
	case errors.Is(err, operator.ErrStake):
		return cli.Hint(err, "stake more with stake --amount … --gpu-tier …")
	case errors.Is(err, privacy.ErrNotRegistered):
		return cli.Hint(err, "run register first: it opens the private account")
	case errors.Is(err, chain.ErrUnreachable):
		return cli.Environment(err, "the Starknet node went away; what was signed is kept and finished by the next command")
	}
	return err
}

// spends asks before real money is moved: on mainnet a command needs --yes.
func spends(p *profile.Profile, yes bool) error {
	if p.Mainnet() && !yes {
		return cli.Usage("this spends real money on mainnet; say --yes")
	}
	return nil
}
