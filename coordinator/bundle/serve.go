package bundle

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
)

// assembled is a transaction: the calls that come first, then those of each ticket.
type assembled[D any] struct {
	draft   D
	first   []abi.Call
	tickets []*ticket[D]
	calls   [][]abi.Call
}

// beginning is the first n orders' part of the transaction.
func (a *assembled[D]) beginning(n int) []abi.Call {
	return slices.Concat(a.first, slices.Concat(a.calls[:n]...))
}

func (a *assembled[D]) fail(err error) { fail(a.tickets, err) }

func fail[D any](ts []*ticket[D], err error) {
	for _, t := range ts {
		t.finish(felt.Felt{}, err)
	}
}

// serve brings tickets to their ends, or back into the line.
func (l *Line[D]) serve(ctx context.Context, ts []*ticket[D]) {
	if len(ts) == 0 {
		return
	}
	a, err := l.assemble(ctx, ts)
	if err != nil {
		fail(ts, err)
		return
	}
	n := len(a.tickets)
	if n == 0 {
		return
	}
	hash, err := l.config.Send(ctx, a.beginning(n)...)
	switch {
	case err == nil:
		if l.config.Sent != nil {
			l.config.Sent(a.draft, n)
		}
		for _, t := range a.tickets {
			t.finish(hash, nil)
		}
	case errors.Is(err, chain.ErrReverted):
		l.takeApart(ctx, a, err)
	case n > 1 && (errors.Is(err, chain.ErrInsufficientBalance) || errors.Is(err, chain.ErrRejected)):
		l.halve(ctx, a) // nothing was executed: it may be too large, or its greatest fee
	default:
		a.fail(err)
	}
}

// assemble builds the tickets' calls one after the other. Those that cannot be built, or want nothing, are finished;
// those for which there is no room go back into the line. After an error all are as they were.
func (l *Line[D]) assemble(ctx context.Context, ts []*ticket[D]) (*assembled[D], error) {
	units := make([]uint64, len(ts))
	for i, t := range ts {
		units[i] = t.Units
	}
	draft, first, err := l.config.Open(ctx, units)
	if err != nil {
		return nil, err
	}
	a := &assembled[D]{draft: draft, first: first}
	felts := size(first)
	for i, t := range ts {
		calls, err := t.Build(ctx, draft)
		switch more := size(calls); {
		case err != nil || len(calls) == 0:
			t.finish(felt.Felt{}, err)
		case len(a.tickets) > 0 && felts+more > l.config.MaxFelts:
			l.putBack(ts[i:])
			return a, nil
		default:
			felts += more
			a.tickets, a.calls = append(a.tickets, t), append(a.calls, calls)
		}
	}
	return a, nil
}

// size is the calldata of calls within an account's transaction: recipient, selector and length come with each.
func size(calls []abi.Call) (felts int) {
	for _, c := range calls {
		felts += 3 + len(c.Calldata)
	}
	return felts
}

// takeApart goes on after a refusal, of which nothing was executed.
func (l *Line[D]) takeApart(ctx context.Context, a *assembled[D], refusal error) {
	if len(a.tickets) == 1 && len(a.first) == 0 {
		a.fail(refusal)
		return
	}
	culprit, err := l.culprit(ctx, a)
	switch {
	case err != nil:
		a.fail(err)
	case culprit < 0: // no order is to blame for what comes before them
		a.fail(fmt.Errorf("%w: %w", chain.ErrReread, detached(refusal)))
	case len(a.tickets) == 1:
		a.fail(refusal)
	case culprit == len(a.tickets):
		l.halve(ctx, a)
	default:
		alone := a.tickets[culprit]
		l.serve(ctx, slices.Delete(slices.Clone(a.tickets), culprit, culprit+1))
		l.serve(ctx, []*ticket[D]{alone})
	}
}

// detached is an error's text: what failed for the transaction did not fail for each of its orders.
func detached(err error) error { return errors.New(err.Error()) }

func (l *Line[D]) halve(ctx context.Context, a *assembled[D]) {
	middle := (len(a.tickets) + 1) / 2
	l.serve(ctx, a.tickets[:middle])
	l.serve(ctx, a.tickets[middle:])
}

// culprit is the first order with which the beginning of the transaction is refused: −1 when it is refused without
// any, and the number of orders when it is not refused any more.
func (l *Line[D]) culprit(ctx context.Context, a *assembled[D]) (int, error) {
	low, high := 0, len(a.tickets)+1 // the number of orders with which it is first refused
	if len(a.first) == 0 {
		low = 1
	}
	for low < high {
		middle := low + (high-low)/2
		switch err := l.config.Check(ctx, a.beginning(middle)...); {
		case err == nil:
			low = middle + 1
		case errors.Is(err, chain.ErrReverted):
			high = middle
		default:
			return 0, err
		}
	}
	return low - 1, nil
}
