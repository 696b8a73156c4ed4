package bundle

import (
	"context"
	"slices"
	"sync"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/abi"
)

// Order is what one caller wants done.
type Order[D any] struct {
	// Units is what the order spends of whatever Config.Open must provide; 0: nothing.
	Units uint64
	// Alone orders share their transaction with no other.
	Alone bool
	// Build returns the order's calls, resting on the draft as the orders before it leave it, and changes the draft
	// accordingly. On an error it changes nothing; the order is then left out, and its caller gets the error. With no
	// calls the order is done. It may be called several times, and never at the same time as another Build of the line.
	Build func(ctx context.Context, d D) ([]abi.Call, error)
}

// Config of a line. D is a draft: what the account will be when the calls built so far are executed.
type Config[D any] struct {
	// Open begins a transaction for orders that spend so much each: a draft of the account as it is, and calls
	// that come before the orders' own. Providing less than is spent is no error: orders find out when they are built.
	Open func(ctx context.Context, units []uint64) (D, []abi.Call, error)
	// Send executes calls, all or none, and waits for the outcome, as chain.Sender.Send does.
	Send func(ctx context.Context, calls ...abi.Call) (felt.Felt, error)
	// Check says, as chain.Sender.Check does, whether the calls would be executed now.
	Check func(ctx context.Context, calls ...abi.Call) error
	// Sent is told of every transaction that was executed, with its draft and its number of orders. It may be nil.
	Sent func(d D, orders int)
	// MaxOrders and MaxFelts bound one transaction: its orders, and the felts of its calldata.
	MaxOrders, MaxFelts int
}

// Line serves orders in the order of their arrival. It is safe for concurrent use.
type Line[D any] struct {
	config Config[D]
	turn   chan struct{} // held by who sends

	mu      sync.Mutex
	waiting []*ticket[D]
}

// ticket is an order with its outcome, which is there once done is closed.
type ticket[D any] struct {
	Order[D]
	done chan struct{}
	hash felt.Felt
	err  error
}

func (t *ticket[D]) finish(hash felt.Felt, err error) {
	t.hash, t.err = hash, err
	close(t.done)
}

// New makes a line.
func New[D any](c Config[D]) *Line[D] {
	return &Line[D]{config: c, turn: make(chan struct{}, 1)}
}

// Do has an order executed, and returns the hash of its transaction.
//
// Errors are those of Send: chain.ErrReverted when the contracts refuse the order by itself, chain.ErrReread when
// nothing was executed and the state must be looked at again; any other leaves the outcome unknown until the account's
// journal is brought to an end. When ctx ends first, the order is withdrawn; one that is being
// sent already is waited for, so that a caller who has its answer knows that nothing of it is still to be sent.
func (l *Line[D]) Do(ctx context.Context, o Order[D]) (felt.Felt, error) {
	t := &ticket[D]{Order: o, done: make(chan struct{})}
	l.mu.Lock()
	l.waiting = append(l.waiting, t)
	l.mu.Unlock()
	for {
		select {
		case <-t.done:
			return t.hash, t.err
		case <-ctx.Done():
			if l.withdraw(t) {
				return felt.Felt{}, context.Cause(ctx)
			}
			select {
			case <-t.done:
				return t.hash, t.err
			case l.turn <- struct{}{}: // it came back into the line, or has its outcome
				<-l.turn
			}
		case l.turn <- struct{}{}:
			if ctx.Err() == nil {
				l.serve(ctx, l.take())
			}
			<-l.turn
		}
	}
}

// Waiting is the number of orders that no transaction has been begun for.
func (l *Line[D]) Waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting)
}

// withdraw takes a ticket out of the line; false: it is no longer there.
func (l *Line[D]) withdraw(t *ticket[D]) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.Index(l.waiting, t)
	if i < 0 {
		return false
	}
	l.waiting = slices.Delete(l.waiting, i, i+1)
	return true
}

// take removes what goes into the next transaction from the front of the line.
func (l *Line[D]) take() []*ticket[D] {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for n < len(l.waiting) && n < max(l.config.MaxOrders, 1) && (n == 0 || !l.waiting[n].Alone && !l.waiting[0].Alone) {
		n++
	}
	taken := slices.Clone(l.waiting[:n])
	l.waiting = slices.Delete(l.waiting, 0, n)
	return taken
}

// putBack returns tickets to the front of the line.
func (l *Line[D]) putBack(ts []*ticket[D]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = slices.Insert(l.waiting, 0, ts...)
}
