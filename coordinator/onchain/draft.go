package onchain

import (
	"context"
	"errors"
	"slices"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/coordinator/bundle"
	"github.com/sage-network/sage-node/coordinator/settle"
	"github.com/sage-network/sage-node/privacy"
)

// What one transaction carries at most. Starknet takes 5,000 felts of calldata and 1.21·10⁹ L2 gas; by steps, its
// dearer way to bill, a payment with its assignment takes some 36·10⁶, of which half as much again is reserved.
const (
	maxOrders = 20
	maxFelts  = 4_500
)

// draft is the payer's account as it will be after the calls so far. The private part is read when it is first asked for.
type draft struct {
	account   *privacy.Account
	sequence  *privacy.Sequence
	deposited uint64 // units, by the calls so far
}

// private is the private account after the calls so far.
func (d *draft) private(ctx context.Context) (*privacy.Sequence, error) {
	if d.sequence == nil {
		s, err := d.account.Sequence(ctx)
		if err != nil {
			return nil, err
		}
		d.sequence = s
	}
	return d.sequence, nil
}

type order = bundle.Order[*draft]

// newLine makes the line that everything is sent through.
func (c *Chain) newLine() *bundle.Line[*draft] {
	return bundle.New(bundle.Config[*draft]{
		Open: c.open,
		Send: func(ctx context.Context, calls ...abi.Call) (felt.Felt, error) {
			r, err := c.sender.Send(ctx, calls...)
			return r.Hash, err
		},
		Check: c.sender.Check,
		Sent: func(d *draft, orders int) {
			c.config.Metrics.Sent(orders)
			if d.deposited > 0 {
				c.config.Metrics.ToppedUp()
			}
		},
		MaxOrders: maxOrders, MaxFelts: maxFelts,
	})
}

// open begins a transaction whose payments spend these units. Where funds do not cover all of them, they shall cover
// the smallest.
func (c *Chain) open(ctx context.Context, spent []uint64) (*draft, []abi.Call, error) {
	d := &draft{account: c.account}
	var sum, least uint64
	for _, units := range spent {
		sum = plus(sum, units)
		if units > 0 && (least == 0 || units < least) {
			least = units
		}
	}
	if sum == 0 {
		return d, nil, nil
	}
	calls, err := c.cover(ctx, d, sum)
	if errors.Is(err, settle.ErrFunds) && least < sum {
		var more []abi.Call
		more, err = c.cover(ctx, d, least)
		calls = append(calls, more...)
	}
	if errors.Is(err, settle.ErrFunds) {
		err = nil // payments find out one by one
	}
	return d, calls, err
}

// send sends calls that rest on nothing, with those of others.
func (c *Chain) send(ctx context.Context, calls ...abi.Call) (felt.Felt, error) {
	return c.line.Do(ctx, order{Build: func(context.Context, *draft) ([]abi.Call, error) { return slices.Clone(calls), nil }})
}

// alone has an order executed by itself, again as long as the account's earlier transactions get in the way.
func (c *Chain) alone(ctx context.Context, build func(context.Context, *draft) ([]abi.Call, error)) (felt.Felt, error) {
	return again(func() (felt.Felt, error) { return c.line.Do(ctx, order{Alone: true, Build: build}) })
}
