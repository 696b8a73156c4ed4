package account

import (
	"context"
	"math/big"

	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/privacy"
)

// Stake is the worker's record in StakingManager. Amounts are wei of SAGE.
type Stake struct {
	Status                    string // NONE, STAKED, REGISTERED, ACTIVE, JAILED, UNSTAKING or DEREGISTERED
	Tier                      job.Tier
	Active, Bonded, Unstaking *big.Int
	UnlockAt                  uint64 // Unix seconds; of Unstaking
	OpenBonds                 uint32
	InvalidProofs             uint32
	NodeKey                   NodeKey
}

func stakeOf(info bindings.WorkerInfo) Stake {
	return Stake{
		Status: statusOf(info.Status), Tier: job.Tier(info.Tier), Active: info.Active.Big(), Bonded: info.Bonded.Big(),
		Unstaking: info.Unstaking.Big(), UnlockAt: info.UnlockAt, OpenBonds: info.OpenBonds, InvalidProofs: info.InvalidProofs,
		NodeKey: NodeKey{X: info.NodeKeyX, Odd: info.NodeKeyOdd},
	}
}

// Funds is what anybody can read of the account.
type Funds struct {
	Deployed bool
	Fees     *big.Int // smallest unit of STRK
	SAGE     *big.Int // wei
}

// Funds reads the public balances.
func (a *Account) Funds(ctx context.Context) (f Funds, err error) {
	if f.Deployed, err = a.Chain.Deployed(ctx, a.Address); err != nil {
		return f, err
	}
	if f.Fees, err = a.Chain.FeeBalance(ctx, a.Address); err != nil {
		return f, err
	}
	balance, err := a.Token.BalanceOf(ctx, a.Address)
	f.SAGE = balance.Big()
	return f, err
}

// Stakes reads the worker's record.
func (a *Account) Stakes(ctx context.Context) (Stake, error) {
	info, err := a.Staking.Worker(ctx, a.Address)
	return stakeOf(info), err
}

// Holdings reads and decrypts the private account; registered is false where there is none.
func (a *Account) Holdings(ctx context.Context) (s privacy.State, registered bool, err error) {
	if registered, err = a.Private.Registered(ctx); err != nil || !registered {
		return s, registered, err
	}
	s, err = a.Private.State(ctx)
	return s, registered, err
}
