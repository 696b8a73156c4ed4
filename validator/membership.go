package validator

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/wire"
)

var (
	// ErrRegistered: the account is a validator already.
	ErrRegistered = errors.New("validator: already registered")
	// ErrMembership: the registry does not allow this now.
	ErrMembership = errors.New("validator: not possible now")
	// ErrInsufficient: there is too little SAGE; the error names both amounts.
	ErrInsufficient = errors.New("validator: insufficient balance")
)

// Membership is an account's seat in ValidatorRegistry: how it comes and goes.
type Membership struct {
	client   *chain.Client
	sender   *chain.Sender
	registry bindings.ValidatorRegistry
	token    bindings.SageToken
}

// NewMembership sends from the sender's account.
func NewMembership(client *chain.Client, sender *chain.Sender, registry, token felt.Felt) *Membership {
	return &Membership{
		client: client, sender: sender,
		registry: bindings.NewValidatorRegistry(registry, client), token: bindings.NewSageToken(token, client),
	}
}

// Info is what the registry says of the account.
func (m *Membership) Info(ctx context.Context) (bindings.ValidatorInfo, error) {
	return m.registry.Validator(ctx, m.sender.Address())
}

// Register deploys the account if need be, proves possession of the vote key, and stakes wei of SAGE. A
// vote key serves one registration, ever. The seat counts from the epoch after the next table is made.
func (m *Membership) Register(ctx context.Context, vote starkhash.PrivateKey, wei *big.Int) (felt.Felt, error) {
	info, err := m.Info(ctx)
	if err != nil {
		return felt.Felt{}, err
	}
	self := m.sender.Address()
	if info.Registered {
		return felt.Felt{}, fmt.Errorf("%w: %s with vote key %s and %s SAGE", ErrRegistered, self.String(), info.VoteKey.String(), amount.Format(info.Stake.Big()))
	}
	stake, err := abi.U256FromBig(wei)
	if err != nil {
		return felt.Felt{}, err
	}
	has, err := m.token.BalanceOf(ctx, self)
	if err != nil {
		return felt.Felt{}, err
	}
	if has.Big().Cmp(wei) < 0 {
		return felt.Felt{}, fmt.Errorf("%w: have %s SAGE, need %s SAGE for the stake", ErrInsufficient, amount.Format(has.Big()), amount.Format(wei))
	}
	if there, err := m.client.Deployed(ctx, self); err != nil {
		return felt.Felt{}, err
	} else if !there {
		if err := m.sender.DeployAccount(ctx, chain.AccountClass); err != nil {
			return felt.Felt{}, err
		}
	}
	key := vote.PublicKey().X()
	possession, err := vote.Sign(wire.VoteKeyHash(m.client.ChainIDFelt(), m.registry.Address(), self, key))
	if err != nil {
		return felt.Felt{}, fmt.Errorf("validator: sign with the vote key: %w", err)
	}
	return m.send(ctx,
		m.token.Approve(m.registry.Address(), stake),
		m.registry.RegisterValidator(key, bindings.Signature{R: possession.R, S: possession.S}, stake))
}

// Leave gives the seat up: the stake is paid out by Withdraw once the unbonding time is over, and answers
// for offences until then.
func (m *Membership) Leave(ctx context.Context) (felt.Felt, error) {
	info, err := m.Info(ctx)
	switch {
	case err != nil:
		return felt.Felt{}, err
	case !info.Registered:
		return felt.Felt{}, fmt.Errorf("%w: the account is not registered", ErrMembership)
	case info.UnlockAt != 0:
		return felt.Felt{}, fmt.Errorf("%w: it is leaving already; %s SAGE unlock at %s", ErrMembership, amount.Format(info.Exiting.Big()), unlock(info).Format(time.RFC3339))
	}
	return m.send(ctx, m.registry.RequestExit())
}

// Withdraw pays the stake of who has left, and returns how much it was.
func (m *Membership) Withdraw(ctx context.Context) (felt.Felt, *big.Int, error) {
	info, err := m.Info(ctx)
	if err != nil {
		return felt.Felt{}, nil, err
	}
	if info.UnlockAt == 0 {
		return felt.Felt{}, nil, fmt.Errorf("%w: no exit was asked for", ErrMembership)
	}
	now, err := m.client.Latest(ctx)
	if err != nil {
		return felt.Felt{}, nil, err
	}
	// The next block may be later than the latest one, never earlier.
	if at := unlock(info); at.After(now.Timestamp) && at.After(time.Now()) {
		return felt.Felt{}, nil, fmt.Errorf("%w: %s SAGE are locked until %s; the chain's clock says %s", ErrMembership,
			amount.Format(info.Exiting.Big()), at.Format(time.RFC3339), now.Timestamp.UTC().Format(time.RFC3339))
	}
	tx, err := m.send(ctx, m.registry.WithdrawExit())
	return tx, info.Exiting.Big(), err
}

func unlock(info bindings.ValidatorInfo) time.Time {
	return time.Unix(int64(info.UnlockAt), 0).UTC()
}

func (m *Membership) send(ctx context.Context, calls ...abi.Call) (felt.Felt, error) {
	r, err := m.sender.Send(ctx, calls...)
	return r.Hash, err
}
