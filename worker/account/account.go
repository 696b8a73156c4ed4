package account

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/privacy"
	"github.com/sage-network/sage-node/privacy/dlogtable"
)

var (
	// ErrInsufficient: there is too little of something; the error names what there is and what is
	// needed.
	ErrInsufficient = errors.New("account: insufficient")
	// ErrState: the worker's state on-chain does not allow this now.
	ErrState = errors.New("account: not possible now")
	// ErrRegistered: the worker is registered already.
	ErrRegistered = errors.New("account: already registered")
	// ErrNotDeployed: the account does not exist on-chain yet.
	ErrNotDeployed = errors.New("account: not deployed")
)

// Chain is what the flows ask of a node; [chain.Client] is one.
type Chain interface {
	FeeBalance(ctx context.Context, account felt.Felt) (*big.Int, error)
	Deployed(ctx context.Context, address felt.Felt) (bool, error)
	Latest(ctx context.Context) (chain.Block, error)
}

// Token is SAGE; [bindings.SageToken] is one.
type Token interface {
	BalanceOf(ctx context.Context, account felt.Felt) (abi.U256, error)
	Approve(spender felt.Felt, amount abi.U256) abi.Call
}

// Staking is the workers' stakes; [bindings.StakingManager] is one.
type Staking interface {
	Address() felt.Felt
	Worker(ctx context.Context, worker felt.Felt) (bindings.WorkerInfo, error)
	TierMinimum(ctx context.Context, tier uint8) (abi.U256, error)
	Stake(amount abi.U256, tier uint8) abi.Call
	RequestUnstake(amount abi.U256) abi.Call
	WithdrawUnstaked() abi.Call
	Deregister() abi.Call
	RegisterWorker(nodeKeyX abi.U256, nodeKeyOdd bool, capabilityHash, attestationHash abi.U256) abi.Call
}

// Private is the account's encrypted balance; [privacy.Account] is one.
type Private interface {
	Registered(ctx context.Context) (bool, error)
	State(ctx context.Context) (privacy.State, error)
	Register(ctx context.Context) (abi.Call, error)
	Deposit(ctx context.Context, units uint64) ([]abi.Call, error)
	Rollover(ctx context.Context) (abi.Call, error)
	Withdraw(ctx context.Context, to felt.Felt, units uint64) (abi.Call, error)
}

// Sender sends the account's transactions; [chain.Sender] is one.
type Sender interface {
	Send(ctx context.Context, calls ...abi.Call) (chain.Receipt, error)
	DeployAccount(ctx context.Context, class felt.Felt) error
}

var (
	_ Chain   = (*chain.Client)(nil)
	_ Token   = bindings.SageToken{}
	_ Staking = bindings.StakingManager{}
	_ Private = (*privacy.Account)(nil)
	_ Sender  = (*chain.Sender)(nil)
)

// Account is one worker's. Sender is nil where nothing is sent, Private where the ElGamal key is not
// at hand.
type Account struct {
	Address felt.Felt
	Chain   Chain
	Token   Token
	Staking Staking
	Private Private
	Sender  Sender
}

// New gives the account at address as everybody sees it.
func New(client *chain.Client, p *profile.Profile, address felt.Felt) *Account {
	return &Account{
		Address: address, Chain: client,
		Token:   bindings.NewSageToken(felt.Felt(p.Contracts.Token), client),
		Staking: bindings.NewStakingManager(felt.Felt(p.Contracts.Staking), client),
	}
}

// NewPrivate gives the encrypted balance of the account at address, whose ElGamal key is secret.
func NewPrivate(client *chain.Client, p *profile.Profile, address felt.Felt, secret [32]byte) (*privacy.Account, error) {
	key, err := elgamal.NewSecretKey(secret)
	if err != nil {
		return nil, err
	}
	solver, err := dlogtable.Shared(elgamal.DefaultTableBits)
	if err != nil {
		return nil, err
	}
	return privacy.NewAccount(privacy.Contracts{
		ChainID:  client.ChainIDFelt(),
		Privacy:  bindings.NewPrivacyRouter(felt.Felt(p.Contracts.Privacy), client),
		Payments: bindings.NewPaymentRouter(felt.Felt(p.Contracts.Payments), client),
		Token:    bindings.NewSageToken(felt.Felt(p.Contracts.Token), client),
	}, address, key, solver)
}

// tries bounds how often a flow is decided anew.
const tries = 4

// send builds calls from the state as it is and sends them; when the state moved on in between it
// builds them again. Nothing of an attempt that failed so was executed.
func (a *Account) send(ctx context.Context, build func() ([]abi.Call, error)) (felt.Felt, error) {
	there, err := a.Chain.Deployed(ctx, a.Address)
	if err != nil {
		return felt.Felt{}, err
	}
	if !there {
		return felt.Felt{}, fmt.Errorf("%w: %s", ErrNotDeployed, a.Address.String())
	}
	for try := 1; ; try++ {
		calls, err := build()
		if err != nil {
			return felt.Felt{}, err
		}
		receipt, err := a.Sender.Send(ctx, calls...)
		if try < tries && movedOn(err) {
			continue
		}
		return receipt.Hash, err
	}
}

// movedOn says that nothing was executed because the state is not the one that was read: another
// transaction of the account came first, or a payment arrived before a claim.
func movedOn(err error) bool {
	if revert, ok := errors.AsType[*chain.RevertError](err); ok {
		return revert.Has("pending has changed") || revert.Has("nonce has changed")
	}
	return errors.Is(err, chain.ErrReread)
}

// insufficient names both amounts, in wei of SAGE.
func insufficient(what string, have, need *big.Int, why string) error {
	return fmt.Errorf("%w %s: have %s SAGE, need %s SAGE%s", ErrInsufficient, what, amount.Format(have), amount.Format(need), why)
}
