package operator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/privacy"
)

// Claimed is the outcome of a claim.
type Claimed struct {
	Units    uint64 // rolled over from pending into the balance
	Balance  uint64 // afterwards, withdrawal included
	Rollover felt.Felt
}

// Claim rolls pending payments over into the private balance. With nothing pending it does nothing.
func (o *Operator) Claim(ctx context.Context) (Claimed, error) {
	var out Claimed
	tx, err := o.send(ctx, func() ([]abi.Call, error) {
		before, err := o.Private.State(ctx)
		if err != nil {
			return nil, err
		}
		out.Units = before.Pending
		call, err := o.Private.Rollover(ctx)
		return []abi.Call{call}, err
	})
	if err != nil && !errors.Is(err, privacy.ErrNothingPending) {
		return Claimed{}, err
	}
	if err == nil {
		out.Rollover = tx
	}
	after, err := o.Private.State(ctx)
	out.Balance = after.Balance
	return out, err
}

// Withdraw turns units of the private balance into public SAGE of an account; nil means all of it. The
// amount becomes public.
func (o *Operator) Withdraw(ctx context.Context, to felt.Felt, units *uint64) (withdrawn uint64, tx felt.Felt, err error) {
	tx, err = o.send(ctx, func() ([]abi.Call, error) {
		s, err := o.Private.State(ctx)
		if err != nil {
			return nil, err
		}
		withdrawn = s.Balance
		if units != nil {
			withdrawn = *units
		}
		if withdrawn == 0 || withdrawn > s.Balance {
			return nil, fmt.Errorf("%w: the private balance is %s SAGE, %s SAGE shall be withdrawn",
				ErrBalance, amount.FormatUnits(s.Balance), amount.FormatUnits(withdrawn))
		}
		call, err := o.Private.Withdraw(ctx, to, withdrawn)
		return []abi.Call{call}, err
	})
	return withdrawn, tx, err
}

// unlock writes a time for people.
func unlock(seconds uint64) string { return time.Unix(int64(seconds), 0).UTC().Format(time.RFC3339) }
