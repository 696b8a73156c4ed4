package onchain

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/coordinator/faucet"
	"github.com/sage-network/sage-node/coordinator/settle"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/privacy"
)

// maxRereads bounds how often a call is built anew because the account's state moved on.
const maxRereads = 8

// again repeats what finds the account's state moved on.
func again(send func() (felt.Felt, error)) (hash felt.Felt, err error) {
	for range maxRereads {
		if hash, err = send(); !errors.Is(err, chain.ErrReread) {
			return hash, err
		}
	}
	return hash, fmt.Errorf("onchain: %w %d times in a row", chain.ErrReread, maxRereads)
}

// Prepare makes the payer ready: it deploys the account, registers the private account, and deposits
// into it unless it holds something already.
func (c *Chain) Prepare(ctx context.Context) error {
	if err := c.sender.DeployAccount(ctx, chain.AccountClass); err != nil {
		return err
	}
	if err := c.Flush(ctx); err != nil {
		return err
	}
	_, err := c.alone(ctx, func(ctx context.Context, _ *draft) ([]abi.Call, error) {
		call, err := c.account.Register(ctx)
		if errors.Is(err, privacy.ErrRegistered) {
			return nil, nil
		}
		return []abi.Call{call}, err
	})
	if err != nil {
		return fmt.Errorf("register the payer's private account: %w", err)
	}
	_, err = c.alone(ctx, func(ctx context.Context, d *draft) ([]abi.Call, error) { return c.cover(ctx, d, 1) })
	if errors.Is(err, settle.ErrFunds) {
		have, balanceErr := c.token.BalanceOf(ctx, c.Payer())
		payer := c.Payer()
		return errors.Join(fmt.Errorf("%w: account %s holds %s SAGE, the deposit is %s SAGE", settle.ErrFunds,
			payer.String(), amount.Format(have.Big()), amount.FormatUnits(c.config.Deposit)), balanceErr)
	}
	return err
}

// cover returns the calls that make the private balance at least need units: from pending credits first, then by a
// deposit of public SAGE up to the high mark beyond it. With settle.ErrFunds, which says that this is not enough, come
// the calls that help as far as they go.
func (c *Chain) cover(ctx context.Context, d *draft, need uint64) ([]abi.Call, error) {
	private, err := d.private(ctx)
	if err != nil || private.Balance() >= need {
		return nil, err
	}
	calls, err := rollOver(ctx, private)
	if err != nil || private.Balance() >= need {
		return calls, err
	}
	deposit, err := c.topUp(ctx, d, need-private.Balance(), plus(need, c.config.High)-private.Balance())
	return append(calls, deposit...), err
}

// rollOver takes pending credits into the balance.
func rollOver(ctx context.Context, private *privacy.Sequence) ([]abi.Call, error) {
	if private.Credits() == 0 {
		return nil, nil
	}
	call, err := private.Rollover(ctx)
	if err != nil {
		return nil, fmt.Errorf("roll over: %w", err)
	}
	return []abi.Call{call}, nil
}

// topUp deposits so that at least must units are added after the fee, and want if the public balance covers it.
func (c *Chain) topUp(ctx context.Context, d *draft, must, want uint64) ([]abi.Call, error) {
	public, err := c.token.BalanceOf(ctx, c.Payer())
	if err != nil {
		return nil, err
	}
	bps, err := c.privacy.FeeBps(ctx)
	if err != nil {
		return nil, err
	}
	have := uint64(math.MaxUint64)
	if units := new(big.Int).Quo(public.Big(), amount.UnitWei); units.IsUint64() {
		have = units.Uint64()
	}
	units, short, ok := refill(must, want, have, c.config.Deposit, uint64(bps))
	switch {
	case !ok:
		c.wants(public.Big(), stuck)
		return nil, errPublic
	case short:
		c.wants(public.Big(), scarce)
	default:
		c.warned = plenty
	}
	if units == 0 {
		return nil, nil
	}
	private, err := d.private(ctx)
	if err != nil {
		return nil, err
	}
	calls, err := private.Deposit(ctx, units)
	if err != nil {
		return nil, fmt.Errorf("deposit: %w", err)
	}
	c.config.Log.Info("depositing into the private account", "amount", amount.FormatUnits(units))
	d.deposited = plus(d.deposited, units)
	return calls, nil
}

// errPublic is settle.ErrFunds because the public balance does not cover a deposit.
var errPublic = fmt.Errorf("%w: the public balance does not cover a deposit", settle.ErrFunds)

// What was warned of.
const (
	plenty int32 = iota
	scarce
	stuck
)

// wants warns that public SAGE is scarce, or payments are stuck, once until a deposit is covered again. It names the public balance and the deposit's unit, both of which
// are public anyhow, and never what is missing for a payment: that would tell a price.
func (c *Chain) wants(public *big.Int, grade int32) {
	if c.warned >= grade {
		return
	}
	c.warned = grade
	what := "the payer's public SAGE does not fill its private balance up; send more before it runs dry"
	if grade == stuck {
		what = "the payer's public SAGE does not cover a deposit; payments wait for more"
	}
	payer := c.Payer()
	c.config.Log.Warn(what, "account", payer.String(), "have", amount.Format(public), "deposit", amount.FormatUnits(c.config.Deposit))
}

// manyCredits is how many refunds wait, at most, for a balance that is high enough without them: the time to decrypt
// their sum grows with their number.
const manyCredits = 32

// Replenish implements coordinator.Chain: it fills the private balance up to the high mark when it is below the low
// one, and takes refunds in when there are many. That there is too little public SAGE is no error.
func (c *Chain) Replenish(ctx context.Context) error {
	_, err := c.alone(ctx, func(ctx context.Context, d *draft) ([]abi.Call, error) {
		private, err := d.private(ctx)
		if err != nil || private.Balance() >= c.config.Low && private.Credits() < c.manyCredits {
			return nil, err
		}
		calls, err := rollOver(ctx, private)
		if err != nil || private.Balance() >= c.config.Low {
			return calls, err
		}
		deposit, err := c.topUp(ctx, d, 0, c.config.High-min(c.config.High, private.Balance()))
		return append(calls, deposit...), err
	})
	return err
}

// Funds implements coordinator.Chain.
func (c *Chain) Funds(ctx context.Context) (settle.Funds, error) {
	state, err := c.account.State(ctx)
	if err != nil {
		return settle.Funds{}, err
	}
	public, err := c.token.BalanceOf(ctx, c.Payer())
	if err != nil {
		return settle.Funds{}, err
	}
	fees, err := c.client.FeeBalance(ctx, c.Payer())
	return settle.Funds{
		Public: public.Big(), Fees: fees, Private: state.Balance, Pending: state.Pending,
		Low: c.config.Low, High: c.config.High, Deposit: c.config.Deposit,
	}, err
}

// Grant implements faucet.Bank: fee tokens out of the operator's account and SAGE out of the Faucet
// contract, in one transaction.
func (c *Chain) Grant(ctx context.Context, to felt.Felt) (faucet.Grant, error) {
	sage, err := c.faucet.DripAmount(ctx)
	if err != nil {
		return faucet.Grant{}, err
	}
	fee, err := abi.U256FromBig(c.config.FaucetFee)
	if err != nil {
		return faucet.Grant{}, err
	}
	transfer := abi.Call{To: chain.FeeToken, EntryPoint: "transfer", Calldata: abi.Encode(func(e *abi.Encoder) {
		e.Felt(to)
		e.U256(fee)
	})}
	// An earlier grant may be what was completed first: the contract refuses a second one.
	sent, err := c.alone(ctx, func(context.Context, *draft) ([]abi.Call, error) { return []abi.Call{transfer, c.faucet.Drip(to)}, nil })
	if revert, ok := errors.AsType[*chain.RevertError](err); ok {
		return faucet.Grant{}, fmt.Errorf("%w: the contract refused: %s", faucet.ErrLimit, revert.Reason)
	}
	return faucet.Grant{Transaction: sent, FeeTokens: c.config.FaucetFee, SAGE: sage.Big()}, err
}
