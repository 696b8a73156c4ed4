package account

import (
	"context"
	"errors"
	"fmt"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/privacy"
)

// Claimed is what a claim has moved. Amounts are private units.
type Claimed struct {
	Transaction felt.Felt // zero when nothing was pending
	Units       uint64    // out of pending into the balance
	Credits     uint64    // payments and refunds that it was made of
	Balance     uint64    // private, afterwards
}

// Claim adds pending payments to the private balance. With nothing pending it sends nothing.
func (a *Account) Claim(ctx context.Context) (Claimed, error) {
	var out Claimed
	tx, err := a.send(ctx, func() ([]abi.Call, error) {
		before, err := a.Private.State(ctx)
		if err != nil {
			return nil, err
		}
		out = Claimed{Units: before.Pending, Credits: before.Credits, Balance: before.Balance + before.Pending}
		call, err := a.Private.Rollover(ctx)
		return []abi.Call{call}, err
	})
	if errors.Is(err, privacy.ErrNothingPending) {
		return out, nil
	}
	if err != nil {
		return Claimed{}, err
	}
	out.Transaction = tx
	after, err := a.Private.State(ctx)
	out.Balance = after.Balance
	return out, err
}

// Withdrawal is what became public.
type Withdrawal struct {
	Transaction felt.Felt
	Units       uint64
	Balance     uint64 // private units that stay
}

// Withdraw pays units of the private balance to a Starknet account, publicly; nil means all of it.
func (a *Account) Withdraw(ctx context.Context, to felt.Felt, units *uint64) (Withdrawal, error) {
	var out Withdrawal
	tx, err := a.send(ctx, func() ([]abi.Call, error) {
		s, err := a.Private.State(ctx)
		if err != nil {
			return nil, err
		}
		out.Units = s.Balance
		if units != nil {
			out.Units = *units
		}
		switch {
		case out.Units == 0:
			return nil, fmt.Errorf("%w: the private balance is 0 SAGE, nothing to withdraw", ErrState)
		case out.Units > s.Balance:
			return nil, insufficient("private balance", amount.FromUnits(s.Balance), amount.FromUnits(out.Units), " to withdraw that")
		}
		call, err := a.Private.Withdraw(ctx, to, out.Units)
		return []abi.Call{call}, err
	})
	if err != nil {
		return Withdrawal{}, err
	}
	out.Transaction = tx
	after, err := a.Private.State(ctx)
	out.Balance = after.Balance
	return out, err
}
