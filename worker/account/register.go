package account

import (
	"context"
	"fmt"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
)

// NodeKey is the node key as StakingManager stores it.
type NodeKey struct {
	X   [32]byte
	Odd bool
}

// Registration is a worker as it was registered.
type Registration struct {
	Transaction felt.Felt
	Worker      Stake
	Private     bool // the private account was opened by the same transaction
}

// Register opens the private account where there is none, and registers the worker with its node key
// and its manifest for the tier that it staked for, in one transaction. manifest is called with that
// tier. The worker is ACTIVE afterwards. A worker that is registered fails with [ErrRegistered].
func (a *Account) Register(ctx context.Context, key NodeKey, manifest func(job.Tier) wire.Manifest) (Registration, error) {
	var out Registration
	tx, err := a.send(ctx, func() ([]abi.Call, error) {
		info, err := a.Staking.Worker(ctx, a.Address)
		if err != nil {
			return nil, err
		}
		if err := a.mayRegister(ctx, info, key); err != nil {
			return nil, err
		}
		var calls []abi.Call
		private, err := a.Private.Registered(ctx)
		if err != nil {
			return nil, err
		}
		if out.Private = !private; out.Private {
			call, err := a.Private.Register(ctx)
			if err != nil {
				return nil, err
			}
			calls = append(calls, call)
		}
		capability := wire.CapabilityHash(manifest(job.Tier(info.Tier)))
		return append(calls, a.Staking.RegisterWorker(key.X, key.Odd, abi.U256(capability), abi.U256{})), nil
	})
	if err != nil {
		return Registration{}, err
	}
	out.Transaction = tx
	info, err := a.Staking.Worker(ctx, a.Address)
	if err != nil {
		return out, err
	}
	out.Worker = stakeOf(info)
	if info.Status != bindings.WorkerStatusActive {
		return out, fmt.Errorf("%w: registered by transaction %s, but the worker is %s", ErrState, tx.String(), statusOf(info.Status))
	}
	return out, nil
}

// mayRegister says why a worker in this state cannot be registered.
func (a *Account) mayRegister(ctx context.Context, info bindings.WorkerInfo, key NodeKey) error {
	switch info.Status {
	case bindings.WorkerStatusRegistered, bindings.WorkerStatusActive, bindings.WorkerStatusJailed:
		return fmt.Errorf("%w: %s is %s with %s", ErrRegistered, a.Address.String(), statusOf(info.Status), whoseKey(info, key))
	case bindings.WorkerStatusUnstaking:
		return fmt.Errorf("%w: all of the stake is on its way out; stake again before you register", ErrState)
	case bindings.WorkerStatusNone, bindings.WorkerStatusDeregistered:
		return fmt.Errorf("%w stake: have 0 SAGE, need at least %d SAGE, the minimum of tier %s", ErrInsufficient, job.TierConsumer.MinStakeSAGE(), job.TierConsumer)
	}
	minimum, err := a.Staking.TierMinimum(ctx, info.Tier)
	if err != nil {
		return err
	}
	if info.Active.Big().Cmp(minimum.Big()) < 0 {
		return fmt.Errorf("%w stake: have %s SAGE, need %s SAGE, the minimum of tier %s", ErrInsufficient,
			amount.Format(info.Active.Big()), amount.Format(minimum.Big()), job.Tier(info.Tier))
	}
	return nil
}

func whoseKey(info bindings.WorkerInfo, key NodeKey) string {
	if info.NodeKeyX == key.X && info.NodeKeyOdd == key.Odd {
		return "this node key"
	}
	return "another node key than this machine's"
}
