package account

import (
	"context"
	"fmt"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/internal/amount"
)

// Deposited is what a deposit has moved. Amounts are private units.
type Deposited struct {
	Transaction felt.Felt
	Units       uint64 // taken from the public balance
	Fee         uint64 // of Units, burnt by the protocol
	Balance     uint64 // private, afterwards
}

// Deposit moves units of public SAGE into the private balance. The amount is public; the protocol's fee is taken
// out of it.
func (a *Account) Deposit(ctx context.Context, units uint64) (Deposited, error) {
	if units == 0 {
		return Deposited{}, fmt.Errorf("%w: nothing to deposit", ErrState)
	}
	before := uint64(0)
	tx, err := a.send(ctx, func() ([]abi.Call, error) {
		s, err := a.Private.State(ctx)
		if err != nil {
			return nil, err
		}
		have, err := a.Token.BalanceOf(ctx, a.Address)
		if err != nil {
			return nil, err
		}
		if need := amount.FromUnits(units); have.Big().Cmp(need) < 0 {
			return nil, insufficient("public balance", have.Big(), need, " to deposit that")
		}
		before = s.Balance
		return a.Private.Deposit(ctx, units)
	})
	if err != nil {
		return Deposited{}, err
	}
	after, err := a.Private.State(ctx)
	if err != nil {
		return Deposited{}, err
	}
	out := Deposited{Transaction: tx, Units: units, Balance: after.Balance}
	// Only the owner's own calls change the balance, and this was the only one.
	if credited := after.Balance - before; credited <= units {
		out.Fee = units - credited
	}
	return out, nil
}
