package account

import (
	"context"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/job"
)

// Stake moves wei of SAGE from the account into the worker's stake for a tier. The stake and what is
// there already must reach the tier's minimum.
func (a *Account) Stake(ctx context.Context, wei *big.Int, tier job.Tier) (felt.Felt, error) {
	value, err := abi.U256FromBig(wei)
	if err != nil {
		return felt.Felt{}, err
	}
	return a.send(ctx, func() ([]abi.Call, error) {
		info, err := a.Staking.Worker(ctx, a.Address)
		if err != nil {
			return nil, err
		}
		if now := job.Tier(info.Tier); tier < now && (!info.Active.IsZero() || !info.Unstaking.IsZero()) {
			return nil, fmt.Errorf("%w: the stake is for tier %s, which cannot be lowered to %s while there is stake", ErrState, now, tier)
		}
		minimum, err := a.Staking.TierMinimum(ctx, uint8(tier))
		if err != nil {
			return nil, err
		}
		if total := new(big.Int).Add(info.Active.Big(), wei); total.Cmp(minimum.Big()) < 0 {
			return nil, insufficient("stake", total, minimum.Big(), fmt.Sprintf(", the minimum of tier %s", tier))
		}
		balance, err := a.Token.BalanceOf(ctx, a.Address)
		if err != nil {
			return nil, err
		}
		if balance.Big().Cmp(wei) < 0 {
			return nil, insufficient("balance", balance.Big(), wei, fmt.Sprintf(" for the stake; the minimum of tier %s is %s SAGE", tier, amount.Format(minimum.Big())))
		}
		return []abi.Call{a.Token.Approve(a.Staking.Address(), value), a.Staking.Stake(value, uint8(tier))}, nil
	})
}

// Unstake starts the cooldown of wei of the stake; nil means all of it. What stays must reach the
// tier's minimum, or be nothing.
func (a *Account) Unstake(ctx context.Context, wei *big.Int) (felt.Felt, error) {
	return a.send(ctx, func() ([]abi.Call, error) {
		info, err := a.Staking.Worker(ctx, a.Address)
		if err != nil {
			return nil, err
		}
		active, wanted := info.Active.Big(), wei
		if wanted == nil {
			wanted = active
		}
		if active.Sign() == 0 {
			return nil, fmt.Errorf("%w: nothing is staked", ErrState)
		}
		if wanted.Cmp(active) > 0 {
			return nil, insufficient("stake", active, wanted, " to take that out")
		}
		if free := new(big.Int).Sub(active, info.Bonded.Big()); wanted.Cmp(free) > 0 {
			return nil, insufficient("free stake", free, wanted, fmt.Sprintf("; open attempts hold %s SAGE as bonds", amount.Format(info.Bonded.Big())))
		}
		if rest := new(big.Int).Sub(active, wanted); rest.Sign() > 0 {
			minimum, err := a.Staking.TierMinimum(ctx, info.Tier)
			if err != nil {
				return nil, err
			}
			if rest.Cmp(minimum.Big()) < 0 {
				return nil, insufficient("rest of the stake", rest, minimum.Big(), fmt.Sprintf(", the minimum of tier %s, or nothing", job.Tier(info.Tier)))
			}
		}
		value, err := abi.U256FromBig(wanted)
		if err != nil {
			return nil, err
		}
		return []abi.Call{a.Staking.RequestUnstake(value)}, nil
	})
}

// Deregister takes the worker off the registry, with its node key: another one can be registered after a
// new stake. There must be no open bonds and no stake left, not even on its way out.
func (a *Account) Deregister(ctx context.Context) (felt.Felt, error) {
	return a.send(ctx, func() ([]abi.Call, error) {
		info, err := a.Staking.Worker(ctx, a.Address)
		if err != nil {
			return nil, err
		}
		switch {
		case info.NodeKeyX.IsZero():
			return nil, fmt.Errorf("%w: the worker is not registered", ErrState)
		case info.OpenBonds != 0:
			return nil, fmt.Errorf("%w: %d attempts are open, and hold %s SAGE as bonds", ErrState, info.OpenBonds, amount.Format(info.Bonded.Big()))
		case !info.Active.IsZero():
			return nil, fmt.Errorf("%w: %s SAGE are staked; take them back first", ErrState, amount.Format(info.Active.Big()))
		case !info.Unstaking.IsZero():
			return nil, fmt.Errorf("%w: %s SAGE are still on their way out; withdraw them first", ErrState, amount.Format(info.Unstaking.Big()))
		}
		return []abi.Call{a.Staking.Deregister()}, nil
	})
}

// Withdrawn is the end of unstaking.
type Withdrawn struct {
	Transaction felt.Felt
	Wei         *big.Int
}

// WithdrawUnstaked pays out the stake whose cooldown is over.
func (a *Account) WithdrawUnstaked(ctx context.Context) (Withdrawn, error) {
	var out Withdrawn
	tx, err := a.send(ctx, func() ([]abi.Call, error) {
		info, err := a.Staking.Worker(ctx, a.Address)
		if err != nil {
			return nil, err
		}
		now, err := a.Chain.Latest(ctx)
		if err != nil {
			return nil, err
		}
		out.Wei = info.Unstaking.Big()
		if out.Wei.Sign() == 0 {
			return nil, fmt.Errorf("%w: no stake is on its way out", ErrState)
		}
		// The next block may be later than the latest one, never earlier.
		if unlock := time.Unix(int64(info.UnlockAt), 0).UTC(); unlock.After(now.Timestamp) && unlock.After(time.Now()) {
			return nil, fmt.Errorf("%w: %s SAGE are locked until %s; the chain's clock says %s", ErrState,
				amount.Format(out.Wei), unlock.Format(time.RFC3339), now.Timestamp.UTC().Format(time.RFC3339))
		}
		return []abi.Call{a.Staking.WithdrawUnstaked()}, nil
	})
	out.Transaction = tx
	return out, err
}

// statusOf writes a status as the settings and messages of a worker do.
func statusOf(s bindings.WorkerStatus) string { return strings.ToUpper(s.String()) }
