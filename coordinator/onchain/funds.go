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

// settled builds and sends calls until the account's earlier transactions do not get in the way.
func (c *Chain) settled(ctx context.Context, build func() ([]abi.Call, error)) error {
	for range maxRereads {
		calls, err := build()
		if err != nil || len(calls) == 0 {
			return err
		}
		if _, err = c.send(ctx, calls...); !errors.Is(err, chain.ErrReread) {
			return err
		}
	}
	return fmt.Errorf("onchain: %w %d times in a row", chain.ErrReread, maxRereads)
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
	err := c.settled(ctx, func() ([]abi.Call, error) {
		call, err := c.account.Register(ctx)
		if errors.Is(err, privacy.ErrRegistered) {
			return nil, nil
		}
		return []abi.Call{call}, err
	})
	if err != nil {
		return fmt.Errorf("register the payer's private account: %w", err)
	}
	c.paying.Lock()
	defer c.paying.Unlock()
	err = c.cover(ctx, 1)
	if errors.Is(err, settle.ErrFunds) {
		have, balanceErr := c.token.BalanceOf(ctx, c.Payer())
		payer := c.Payer()
		return errors.Join(fmt.Errorf("%w: account %s holds %s SAGE, the deposit is %s SAGE", settle.ErrFunds,
			payer.String(), amount.Format(have.Big()), amount.FormatUnits(c.config.Deposit)), balanceErr)
	}
	return err
}

// cover makes the private balance at least need units: from pending credits first, then by a deposit of
// public SAGE. The caller holds paying.
func (c *Chain) cover(ctx context.Context, need uint64) error {
	state, err := c.account.State(ctx)
	if err != nil {
		return err
	}
	if state.Balance >= need {
		return nil
	}
	if state.Pending > 0 {
		err := c.settled(ctx, func() ([]abi.Call, error) {
			call, err := c.account.Rollover(ctx)
			if errors.Is(err, privacy.ErrNothingPending) {
				return nil, nil
			}
			return []abi.Call{call}, err
		})
		if err != nil {
			return fmt.Errorf("roll over: %w", err)
		}
		if state, err = c.account.State(ctx); err != nil || state.Balance >= need {
			return err
		}
	}
	return c.topUp(ctx, need-state.Balance)
}

// topUp deposits at least missing units after the fee: a multiple of the configured amount, so that a
// public deposit tells little of a private price, or all there is if that is less.
func (c *Chain) topUp(ctx context.Context, missing uint64) error {
	public, err := c.token.BalanceOf(ctx, c.Payer())
	if err != nil {
		return err
	}
	least, err := c.withFee(ctx, missing)
	if err != nil {
		return err
	}
	have := new(big.Int).Quo(public.Big(), amount.UnitWei)
	step := max(c.config.Deposit, 1)
	units := least
	if rest := least % step; rest != 0 && least <= math.MaxUint64-step {
		units += step - rest
	}
	if have.IsUint64() {
		units = min(units, have.Uint64())
	}
	if units < least {
		return settle.ErrFunds
	}
	c.config.Log.Info("depositing into the private account", "amount", amount.FormatUnits(units))
	err = c.settled(ctx, func() ([]abi.Call, error) { return c.account.Deposit(ctx, units) })
	if err != nil {
		return fmt.Errorf("deposit: %w", err)
	}
	return nil
}

// withFee is the least deposit of which units are left after the fee, which is a share of it rounded up.
func (c *Chain) withFee(ctx context.Context, units uint64) (uint64, error) {
	bps, err := c.privacy.FeeBps(ctx)
	if err != nil {
		return 0, err
	}
	const whole = 10_000
	if bps >= whole {
		return 0, fmt.Errorf("onchain: the deposit fee is %d basis points", bps)
	}
	gross := new(big.Int).Mul(new(big.Int).SetUint64(units), big.NewInt(whole))
	gross.Div(gross, big.NewInt(whole-int64(bps)))
	gross.Add(gross, big.NewInt(2)) // both divisions round
	if bps == 0 {
		return units, nil
	}
	if !gross.IsUint64() {
		return 0, settle.ErrFunds
	}
	return gross.Uint64(), nil
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
	var sent felt.Felt
	for range maxRereads {
		if sent, err = c.send(ctx, transfer, c.faucet.Drip(to)); !errors.Is(err, chain.ErrReread) {
			break
		}
		// An earlier grant may be what was completed: the contract refuses a second one.
	}
	if revert, ok := errors.AsType[*chain.RevertError](err); ok {
		return faucet.Grant{}, fmt.Errorf("%w: the contract refused: %s", faucet.ErrLimit, revert.Reason)
	}
	return faucet.Grant{Transaction: sent, FeeTokens: c.config.FaucetFee, SAGE: sage.Big()}, err
}
