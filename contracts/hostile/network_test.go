package hostile_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/NethermindEth/juno/core/felt"
	"go.uber.org/goleak"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/deploy"
	"github.com/sage-network/sage-node/chain/devnet"
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/contracts"
	"github.com/sage-network/sage-node/contracts/hostile"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/starkhash"
)

// network is a local network with all contracts, which the tests share. Each test makes its own accounts or routers.
type network struct {
	*devnet.Devnet
	client   *chain.Client
	accounts []devnet.Account
	profile  *profile.Profile
	traded   int // accounts that trades have taken
	auditor  elgamal.SecretKey
	voteKey  starkhash.PrivateKey
}

var net *network

func TestMain(m *testing.M) {
	code := 1
	dir, err := os.MkdirTemp("", "sage-hostile-")
	if err == nil {
		net, err = startNetwork(context.Background(), dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "the tests need a local Starknet:", err)
	} else {
		code = m.Run()
	}
	if net != nil {
		net.Stop()
	}
	_ = os.RemoveAll(dir)
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// The predeployed accounts and what they are. Those from traders on are taken in pairs, a payer and a worker for a trade.
const (
	owner = iota
	validator
	stranger
	traders
	actors = traders + 2*8
)

const upgradeDelay = 5 * 3600

// parameters are those of a local network, with an epoch that is longer than any test but those that move the clock.
func parameters() deploy.Parameters {
	p := deploy.Local()
	p.EpochLength, p.Unbonding, p.UpgradeDelay = 3600, 4*3600, upgradeDelay
	return p
}

func startNetwork(ctx context.Context, dir string) (*network, error) {
	local, err := devnet.Start(ctx, devnet.Options{Seed: 11, Accounts: actors})
	if err != nil {
		return nil, err
	}
	n := &network{Devnet: local, client: local.Client()}
	if n.accounts, err = local.Accounts(ctx); err != nil {
		return n, err
	}
	return n, n.deploy(ctx, dir)
}

// deploy places all contracts, with an auditor and one validator.
func (n *network) deploy(ctx context.Context, dir string) (err error) {
	if n.auditor, err = elgamal.GenerateKey(nil); err != nil {
		return err
	}
	if n.voteKey, err = starkhash.NewPrivateKey(append(make([]byte, 31), 77)); err != nil {
		return err
	}
	boss, err := n.sender(owner, dir)
	if err != nil {
		return err
	}
	seat, err := n.sender(validator, dir)
	if err != nil {
		return err
	}
	n.profile, err = deploy.Run(ctx, deploy.Config{
		Name: "hostile", RPC: n.URL(), Owner: boss, Salt: felt.One, Parameters: parameters(), Auditor: n.auditor,
		Validators: []deploy.Validator{{Sender: seat, VoteKey: n.voteKey, Stake: amount.SAGE(10_000)}},
	})
	return err
}

// sender sends from a predeployed account, with the journal that belongs to it.
func (n *network) sender(actor int, dir string) (*chain.Sender, error) {
	journal, err := chain.NewFileJournal(fmt.Sprintf("%s/%d", dir, actor))
	if err != nil {
		return nil, err
	}
	return chain.NewSender(n.client, chain.SenderConfig{Address: n.accounts[actor].Address, Signer: n.accounts[actor].Key, Journal: journal})
}

func as(t testing.TB, actor int) *chain.Sender {
	t.Helper()
	return net.as(t, actor)
}

func (n *network) as(t testing.TB, actor int) *chain.Sender {
	t.Helper()
	s, err := n.sender(actor, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var salts atomic.Uint64

// place declares a class and deploys a contract of it.
func place(t testing.TB, by *chain.Sender, files contracts.Class, err error, constructor ...felt.Felt) felt.Felt {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	class, err := chain.ParseClass(files.Sierra, files.CASM)
	if err != nil {
		t.Fatal(err)
	}
	if err := by.Declare(t.Context(), class); err != nil {
		t.Fatal(err)
	}
	salt := starkhash.Uint64(salts.Add(1))
	send(t, by, chain.Deploy(class.Hash(), salt, constructor))
	return chain.DeployedAddress(by.Address(), class.Hash(), salt, constructor)
}

func placeHostile(t testing.TB, by *chain.Sender, name string, constructor ...felt.Felt) felt.Felt {
	t.Helper()
	files, err := hostile.Load(name)
	return place(t, by, files, err, constructor...)
}

func send(t testing.TB, by *chain.Sender, calls ...abi.Call) chain.Receipt {
	t.Helper()
	receipt, err := by.Send(t.Context(), calls...)
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}

// refused sends calls that the contracts must refuse for a reason.
func refused(t testing.TB, by *chain.Sender, reason string, calls ...abi.Call) {
	t.Helper()
	_, err := by.Send(t.Context(), calls...)
	var revert *chain.RevertError
	if !errors.As(err, &revert) || !strings.Contains(revert.Reason+revert.Trace, reason) {
		t.Fatalf("%v: got %v, want a revert with %q", calls, err, reason)
	}
}

func ok(t testing.TB, call abi.Call, err error) abi.Call {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return call
}

func newKey(t testing.TB) elgamal.SecretKey {
	t.Helper()
	k, err := elgamal.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return k
}
