package operator

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
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/privacy"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/identity"
)

var (
	// ErrBalance: there is too little; the error names what there is and what is needed.
	ErrBalance = errors.New("insufficient balance")
	// ErrStake: the stake is too small; the error names what there is and what is needed.
	ErrStake = errors.New("insufficient stake")
	// ErrRegistered: the worker is registered already.
	ErrRegistered = errors.New("already registered")
	// ErrNotDeployed: the account does not exist on-chain yet.
	ErrNotDeployed = errors.New("the account is not deployed")
	// ErrState: the worker's state on-chain does not allow this.
	ErrState = errors.New("not possible now")
)

// Operator acts for one account. Sender and Private may be nil where only public state is read.
type Operator struct {
	Profile *profile.Profile
	Client  *chain.Client
	Account felt.Felt
	Sender  *chain.Sender
	Private *privacy.Account
}

func (o *Operator) token() bindings.SageToken {
	return bindings.NewSageToken(felt.Felt(o.Profile.Contracts.Token), o.Client)
}

func (o *Operator) staking() bindings.StakingManager {
	return bindings.NewStakingManager(felt.Felt(o.Profile.Contracts.Staking), o.Client)
}

// sendTries bounds how often an operation is decided anew after ErrReread.
const sendTries = 4

// send builds calls from the state as it is and sends them.
func (o *Operator) send(ctx context.Context, build func() ([]abi.Call, error)) (felt.Felt, error) {
	there, err := o.Client.Deployed(ctx, o.Account)
	if err != nil {
		return felt.Felt{}, err
	}
	if !there {
		return felt.Felt{}, fmt.Errorf("%w: %s", ErrNotDeployed, o.Account.String())
	}
	for try := 1; ; try++ {
		calls, err := build()
		if err != nil {
			return felt.Felt{}, err
		}
		receipt, err := o.Sender.Send(ctx, calls...)
		if errors.Is(err, chain.ErrReread) && try < sendTries {
			continue
		}
		return receipt.Hash, err
	}
}

// Worker is the account's record in StakingManager.
type Worker struct {
	Status    string
	Tier      job.Tier
	Active    *big.Int
	Bonded    *big.Int
	Unstaking *big.Int
	UnlockAt  uint64
	Minimum   *big.Int // of the tier; zero without one
	Invalid   uint32   // proofs that were rejected
	NodeKeyX  [32]byte
	NodeOdd   bool
}

// Worker reads the record.
func (o *Operator) Worker(ctx context.Context) (Worker, error) {
	info, err := o.staking().Worker(ctx, o.Account)
	if err != nil {
		return Worker{}, err
	}
	w := Worker{
		Status: info.Status.String(), Tier: job.Tier(info.Tier), Active: info.Active.Big(), Bonded: info.Bonded.Big(),
		Unstaking: info.Unstaking.Big(), UnlockAt: info.UnlockAt, Minimum: new(big.Int), Invalid: info.InvalidProofs,
		NodeKeyX: info.NodeKeyX, NodeOdd: info.NodeKeyOdd,
	}
	if w.Tier.Valid() {
		minimum, err := o.staking().TierMinimum(ctx, info.Tier)
		if err != nil {
			return Worker{}, err
		}
		w.Minimum = minimum.Big()
	}
	return w, nil
}

// Public is what anybody can read of the account.
type Public struct {
	SAGE     *big.Int // wei
	Fees     *big.Int // FRI
	Deployed bool
}

// Public reads the account's public balances.
func (o *Operator) Public(ctx context.Context) (p Public, err error) {
	balance, err := o.token().BalanceOf(ctx, o.Account)
	if err != nil {
		return p, err
	}
	p.SAGE = balance.Big()
	if p.Fees, err = o.Client.FeeBalance(ctx, o.Account); err != nil {
		return p, err
	}
	p.Deployed, err = o.Client.Deployed(ctx, o.Account)
	return p, err
}

// Stake moves amountWei of SAGE into the worker's stake for a tier.
func (o *Operator) Stake(ctx context.Context, amountWei *big.Int, tier job.Tier) (felt.Felt, error) {
	return o.send(ctx, func() ([]abi.Call, error) {
		public, err := o.Public(ctx)
		if err != nil {
			return nil, err
		}
		if public.SAGE.Cmp(amountWei) < 0 {
			return nil, fmt.Errorf("%w: the account has %s SAGE, the stake is %s SAGE", ErrBalance, amount.Format(public.SAGE), amount.Format(amountWei))
		}
		worker, err := o.Worker(ctx)
		if err != nil {
			return nil, err
		}
		if worker.Status == bindings.WorkerStatusUnstaking.String() {
			return nil, fmt.Errorf("%w: the stake is locked until %s, it is on its way out", ErrState, unlock(worker.UnlockAt))
		}
		minimum, err := o.staking().TierMinimum(ctx, uint8(tier))
		if err != nil {
			return nil, err
		}
		if total := new(big.Int).Add(worker.Active, amountWei); total.Cmp(minimum.Big()) < 0 {
			return nil, fmt.Errorf("%w: %s SAGE with this stake, tier %s wants %s SAGE", ErrStake, amount.Format(total), tier, amount.Format(minimum.Big()))
		}
		wei, err := abi.U256FromBig(amountWei)
		if err != nil {
			return nil, err
		}
		return []abi.Call{o.token().Approve(o.staking().Address(), wei), o.staking().Stake(wei, uint8(tier))}, nil
	})
}

// Register opens the private account, if there is none, and registers the worker with its node key and
// manifest, in one transaction. The worker is active afterwards.
func (o *Operator) Register(ctx context.Context, id *identity.Identity, m wire.Manifest) (felt.Felt, error) {
	tx, err := o.send(ctx, func() ([]abi.Call, error) {
		worker, err := o.Worker(ctx)
		if err != nil {
			return nil, err
		}
		switch worker.Status {
		case bindings.WorkerStatusStaked.String(), bindings.WorkerStatusDeregistered.String():
		case bindings.WorkerStatusNone.String():
			return nil, fmt.Errorf("%w: no stake yet, tier %s wants %d SAGE", ErrStake, job.TierConsumer, job.TierConsumer.MinStakeSAGE())
		default:
			return nil, fmt.Errorf("%w: %s is %s", ErrRegistered, o.Account.String(), worker.Status)
		}
		if worker.Active.Cmp(worker.Minimum) < 0 {
			return nil, fmt.Errorf("%w: %s SAGE are staked, tier %s wants %s SAGE", ErrStake, amount.Format(worker.Active), worker.Tier, amount.Format(worker.Minimum))
		}
		var calls []abi.Call
		registered, err := o.Private.Registered(ctx)
		if err != nil {
			return nil, err
		}
		if !registered {
			call, err := o.Private.Register(ctx)
			if err != nil {
				return nil, err
			}
			calls = append(calls, call)
		}
		x, odd := wire.NodeKeyOnChain(id.NodeKey())
		return append(calls, o.staking().RegisterWorker(x, odd, abi.U256(wire.CapabilityHash(m)), abi.U256{})), nil
	})
	if err != nil {
		return tx, err
	}
	worker, err := o.Worker(ctx)
	if err != nil {
		return tx, err
	}
	if worker.Status != bindings.WorkerStatusActive.String() {
		return tx, fmt.Errorf("%w: registered, but %s", ErrState, worker.Status)
	}
	return tx, nil
}

// Unstake starts the cooldown for amountWei; nil means all of the stake.
func (o *Operator) Unstake(ctx context.Context, amountWei *big.Int) (felt.Felt, error) {
	return o.send(ctx, func() ([]abi.Call, error) {
		worker, err := o.Worker(ctx)
		if err != nil {
			return nil, err
		}
		wanted := amountWei
		if wanted == nil {
			wanted = worker.Active
		}
		if wanted.Sign() == 0 || worker.Active.Cmp(wanted) < 0 {
			return nil, fmt.Errorf("%w: %s SAGE are staked, %s SAGE shall be taken out", ErrStake, amount.Format(worker.Active), amount.Format(wanted))
		}
		if rest := new(big.Int).Sub(worker.Active, wanted); rest.Sign() != 0 && rest.Cmp(worker.Minimum) < 0 {
			return nil, fmt.Errorf("%w: %s SAGE would stay at stake, tier %s wants %s SAGE or nothing", ErrState, amount.Format(rest), worker.Tier, amount.Format(worker.Minimum))
		}
		wei, err := abi.U256FromBig(wanted)
		if err != nil {
			return nil, err
		}
		return []abi.Call{o.staking().RequestUnstake(wei)}, nil
	})
}

// WithdrawUnstaked pays out what has cooled down.
func (o *Operator) WithdrawUnstaked(ctx context.Context) (felt.Felt, error) {
	return o.send(ctx, func() ([]abi.Call, error) {
		worker, err := o.Worker(ctx)
		if err != nil {
			return nil, err
		}
		now, err := o.Client.Latest(ctx)
		if err != nil {
			return nil, err
		}
		switch {
		case worker.Unstaking.Sign() == 0:
			return nil, fmt.Errorf("%w: no stake is on its way out", ErrState)
		case uint64(now.Timestamp.Unix()) < worker.UnlockAt:
			return nil, fmt.Errorf("%w: %s SAGE are locked until %s", ErrState, amount.Format(worker.Unstaking), unlock(worker.UnlockAt))
		}
		return []abi.Call{o.staking().WithdrawUnstaked()}, nil
	})
}
