package operator

import (
	"context"
	"errors"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/internal/privatefile"
	"github.com/sage-network/sage-node/wallet"
)

// Advice is what a person can do about an error, and the exit code that it ends with.
type Advice struct {
	Err  error
	Code int
	Hint string
}

// CommonAdvice is about what all programs need; program is the one that is run.
func CommonAdvice(program string) []Advice {
	return []Advice{
		{profile.ErrNotFound, cli.ExitEnvironment, "choose a network with --network or SAGE_NETWORK"},
		{profile.ErrInvalid, cli.ExitEnvironment, "correct the network profile, or get a good one"},
		{chain.ErrUnreachable, cli.ExitEnvironment, "is the node running? check rpc_url in the network profile, or set SAGE_RPC_URL"},
		{chain.ErrWrongChain, cli.ExitEnvironment, "choose the network of this node with --network, or a node of this network with SAGE_RPC_URL"},
		{chain.ErrBehind, cli.ExitEnvironment, "wait until the node has caught up, or set SAGE_RPC_URL to another; nothing was sent"},
		{wallet.ErrPassword, cli.ExitFailed, "check the password, and which file SAGE_PASSWORD_FILE names"},
		{wallet.ErrExists, cli.ExitFailed, "nothing was overwritten; use another --home, or move the wallet away"},
		{wallet.ErrNoWallet, cli.ExitFailed, "run: " + program + " create-wallet; or name the right folder with --home or SAGE_HOME"},
		{privatefile.ErrMode, cli.ExitFailed, "make it private: chmod 600 FILE; if others could read it, make new keys"},
		{wallet.ErrKeystore, cli.ExitFailed, "restore it from a backup, or move it away and run: " + program + " import-wallet"},
		{wallet.ErrMnemonic, cli.ExitUsage, "write the 24 words in their order, with blanks between them"},
	}
}

// Explain attaches the first advice that fits to an error that carries none.
func Explain(err error, advice []Advice) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	if _, told := errors.AsType[*cli.Error](err); told {
		return err
	}
	for _, a := range advice {
		if errors.Is(err, a.Err) {
			return &cli.Error{Code: a.Code, Hint: a.Hint, Err: err}
		}
	}
	return err
}
