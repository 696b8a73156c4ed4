package bundle_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/NethermindEth/juno/core/felt"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/coordinator/bundle"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// event is what befalls a transaction that would be executed.
type event int

const (
	fine     event = iota
	raced          // something moved between estimation and execution: reverted, for gas
	lost           // executed, and the sender does not learn it
	unsent         // stored and not sent: executed when the account's earlier transactions are completed
	replaced       // another transaction used the nonce
	rejected       // the node does not take it
	events
)

var errLost = errors.New("no answer")

// ledger is an account whose payments are proven for the balance and nonce before them, as on the chain.
type ledger struct {
	nonce, balance uint64
	paid           map[uint64]uint64 // units by slot
}

func (l *ledger) clone() *ledger {
	c := &ledger{l.nonce, l.balance, map[uint64]uint64{}}
	for slot, units := range l.paid {
		c.paid[slot] = units
	}
	return c
}

// network is a chain with one account, and that account's sender with its journal. Calls are sent one at a time.
type network struct {
	mu sync.Mutex
	*ledger
	refuses map[uint64]bool // slots that no payment gets into
	script  []event         // what befalls the transactions, in order; then nothing
	open    []abi.Call
	sent    [][]abi.Call // executed, or reverted for gas
	checks  int
	poor    int // a transaction of more calls costs more than the account has; 0: none does
}

const payment = "pay"

func call(name string, numbers ...uint64) abi.Call {
	c := abi.Call{EntryPoint: name}
	for _, n := range numbers {
		c.Calldata = append(c.Calldata, *new(felt.Felt).SetUint64(n))
	}
	return c
}

func refusal(reason string) error { return &chain.RevertError{Reason: reason} }

// execute is all or none.
func (n *network) execute(calls []abi.Call) error {
	after := n.clone()
	for _, c := range calls {
		if c.EntryPoint == "deposit" {
			after.nonce, after.balance = after.nonce+1, after.balance+c.Calldata[0].Uint64()
			continue
		}
		slot, nonce, balance, units := c.Calldata[0].Uint64(), c.Calldata[1].Uint64(), c.Calldata[2].Uint64(), c.Calldata[3].Uint64()
		_, used := after.paid[slot]
		switch {
		case n.refuses[slot]:
			return refusal("caller does not own the job")
		case used:
			return refusal("slot used")
		case nonce != after.nonce || balance != after.balance || units > balance:
			return refusal("proof does not verify")
		}
		after.nonce, after.balance, after.paid[slot] = nonce+1, balance-units, units
	}
	n.ledger = after
	return nil
}

func (n *network) Check(_ context.Context, calls ...abi.Call) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.checks++
	before := n.ledger
	err := n.execute(calls)
	n.ledger = before
	return err
}

func (n *network) Send(ctx context.Context, calls ...abi.Call) (felt.Felt, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return felt.Felt{}, ctx.Err()
	case n.open != nil:
		n.complete()
		return felt.Felt{}, fmt.Errorf("%w: completed first", chain.ErrReread)
	case n.poor > 0 && len(calls) > n.poor:
		return felt.Felt{}, chain.ErrInsufficientBalance
	}
	before := n.ledger
	if err := n.execute(calls); err != nil {
		return felt.Felt{}, err // by estimation
	}
	what := fine
	if len(n.script) > 0 {
		what, n.script = n.script[0], n.script[1:]
	}
	switch what {
	case raced:
		n.ledger = before
		n.sent = append(n.sent, calls)
		return felt.Felt{}, &chain.RevertError{Reason: "another state", Transaction: felt.One}
	case unsent:
		n.ledger, n.open = before, calls
		return felt.Felt{}, errLost
	case replaced:
		n.ledger = before
		return felt.Felt{}, chain.ErrReread
	case rejected:
		n.ledger = before
		return felt.Felt{}, chain.ErrRejected
	}
	n.sent = append(n.sent, calls)
	if what == lost {
		return felt.Felt{}, errLost
	}
	return *new(felt.Felt).SetUint64(uint64(len(n.sent))), nil
}

// complete brings what is open to its end, as chain.Sender.Recover does.
func (n *network) complete() {
	calls := n.open
	n.open = nil
	_ = n.execute(calls) // it may revert by now
	n.sent = append(n.sent, calls)
}

// line is a line of the account.
func (n *network) line(maxOrders, maxFelts int) *bundle.Line[*ledger] {
	return bundle.New(bundle.Config[*ledger]{
		Open: func(_ context.Context, units []uint64) (*ledger, []abi.Call, error) {
			n.mu.Lock()
			defer n.mu.Unlock()
			d, sum := n.clone(), uint64(0)
			for _, u := range units {
				sum += u
			}
			if sum <= d.balance {
				return d, nil, nil
			}
			more := sum - d.balance
			d.nonce, d.balance = d.nonce+1, sum
			return d, []abi.Call{call("deposit", more)}, nil
		},
		Send: n.Send, Check: n.Check, MaxOrders: maxOrders, MaxFelts: maxFelts,
	})
}

var errBuild = errors.New("no such worker")

func pay(slot, units uint64) bundle.Order[*ledger] {
	return bundle.Order[*ledger]{Units: units, Build: func(_ context.Context, d *ledger) ([]abi.Call, error) {
		if slot == 0 {
			return nil, errBuild
		}
		c := call(payment, slot, d.nonce, d.balance, units)
		d.nonce, d.balance = d.nonce+1, d.balance-units
		return []abi.Call{c}, nil
	}}
}

// gather has orders wait in their order behind one that is being built, and then lets all go. It returns what each was told.
func gather(t failer, l *bundle.Line[*ledger], orders ...bundle.Order[*ledger]) []error {
	gate, building := make(chan struct{}), make(chan struct{})
	told := make([]error, len(orders))
	var all sync.WaitGroup
	all.Go(func() {
		_, _ = l.Do(t.Context(), bundle.Order[*ledger]{Alone: true, Build: func(context.Context, *ledger) ([]abi.Call, error) {
			close(building)
			<-gate
			return nil, nil
		}})
	})
	<-building
	for i, o := range orders {
		all.Go(func() { _, told[i] = l.Do(t.Context(), o) })
		for l.Waiting() <= i {
			runtime.Gosched()
		}
	}
	close(gate)
	all.Wait()
	return told
}

type failer interface {
	Helper()
	Fatalf(string, ...any)
	Context() context.Context
}

func slots(from, to uint64) (orders []bundle.Order[*ledger]) {
	for s := from; s <= to; s++ {
		orders = append(orders, pay(s, 10))
	}
	return orders
}

func newNetwork(balance uint64, refused ...uint64) *network {
	n := &network{ledger: &ledger{balance: balance, paid: map[uint64]uint64{}}, refuses: map[uint64]bool{}}
	for _, slot := range refused {
		n.refuses[slot] = true
	}
	return n
}

func sizes(n *network) (out []int) {
	for _, calls := range n.sent {
		out = append(out, len(calls))
	}
	return out
}

func TestGroups(t *testing.T) {
	alone := pay(3, 10)
	alone.Alone = true
	for name, c := range map[string]struct {
		network   *network
		maxOrders int
		maxFelts  int
		orders    []bundle.Order[*ledger]
		sent      []int // calls of each transaction
		told      map[int]error
	}{
		"all in one":                         {newNetwork(1000), 20, 1000, slots(1, 12), []int{12}, nil},
		"as many as it may":                  {newNetwork(1000), 5, 1000, slots(1, 12), []int{5, 5, 2}, nil},
		"as large as it may be":              {newNetwork(1000), 20, 4 * 7, slots(1, 10), []int{4, 4, 2}, nil},
		"by itself":                          {newNetwork(1000), 20, 1000, append(append(slots(1, 2), alone), slots(4, 6)...), []int{2, 1, 3}, nil},
		"a deposit first":                    {newNetwork(15), 20, 1000, slots(1, 3), []int{4}, nil},
		"one is refused":                     {newNetwork(1000, 5), 20, 1000, slots(1, 12), []int{11}, map[int]error{4: chain.ErrReverted}},
		"the first and the last are refused": {newNetwork(1000, 1, 12), 20, 1000, slots(1, 12), []int{10}, map[int]error{0: chain.ErrReverted, 11: chain.ErrReverted}},
		"all are refused":                    {newNetwork(1000, 1, 2, 3), 20, 1000, slots(1, 3), nil, map[int]error{0: chain.ErrReverted, 1: chain.ErrReverted, 2: chain.ErrReverted}},
		"one is not built":                   {newNetwork(1000), 20, 1000, append(slots(1, 3), pay(0, 10)), []int{3}, map[int]error{3: errBuild}},
		"little for fees":                    {&network{ledger: newNetwork(1000).ledger, poor: 3}, 20, 1000, slots(1, 8), []int{2, 2, 2, 2}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			told := gather(t, c.network.line(c.maxOrders, c.maxFelts), c.orders...)
			if got := sizes(c.network); !slices.Equal(got, c.sent) {
				t.Errorf("transactions of %d calls, want %d", got, c.sent)
			}
			for i, err := range told {
				if !errors.Is(err, c.told[i]) {
					t.Errorf("order %d: %v, want %v", i, err, c.told[i])
				}
			}
		})
	}
}

// TestWithdrawn: a caller that leaves takes its order along, unless it is being sent; then it is told the outcome.
func TestWithdrawn(t *testing.T) {
	n := newNetwork(1000)
	l := n.line(20, 1000)
	var all sync.WaitGroup
	var left, second error
	first := pay(1, 10)
	pays := first.Build
	gone, leave := context.WithCancel(t.Context())
	first.Build = func(ctx context.Context, d *ledger) ([]abi.Call, error) {
		leave() // the second is in this transaction, and its caller in a hurry
		early, cancel := context.WithCancel(t.Context())
		all.Go(func() { _, left = l.Do(early, pay(3, 10)) })
		for l.Waiting() < 1 {
			runtime.Gosched()
		}
		cancel()
		for l.Waiting() > 0 {
			runtime.Gosched()
		}
		return pays(ctx, d)
	}
	hurried := pay(2, 10)
	gate := bundle.Order[*ledger]{Alone: true, Build: func(context.Context, *ledger) ([]abi.Call, error) {
		all.Go(func() { _, _ = l.Do(t.Context(), first) })
		for l.Waiting() < 1 {
			runtime.Gosched()
		}
		all.Go(func() { _, second = l.Do(gone, hurried) })
		for l.Waiting() < 2 {
			runtime.Gosched()
		}
		return nil, nil
	}}
	if _, err := l.Do(t.Context(), gate); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	if _, paid := n.paid[3]; paid || !errors.Is(left, context.Canceled) {
		t.Errorf("a withdrawn order: paid %t, %v", paid, left)
	}
	if _, paid := n.paid[2]; paid != (second == nil) { // not paid when it was the hurried caller's turn to send
		t.Errorf("the second is paid: %t, and was told %v", paid, second)
	}
}

// TestModel lets callers that behave as settlement does pay many slots while transactions race, get lost or are
// refused: every slot that can be paid is paid once, no other is, and units are conserved. Nobody is told of a refusal
// that is not its own.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(1, 14).Draw(t, "orders")
		balance := rapid.Uint64Range(0, 400).Draw(t, "balance")
		n := newNetwork(balance)
		n.script = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) event { return event(rapid.IntRange(0, int(events)-1).Draw(t, "event")) }), 0, 24).Draw(t, "script")
		n.poor = rapid.SampledFrom([]int{0, 0, 2, 5}).Draw(t, "poor")
		for slot := 1; slot <= count; slot++ {
			n.refuses[uint64(slot)] = rapid.IntRange(0, 4).Draw(t, "refused") == 0
		}
		l := n.line(rapid.IntRange(1, 8).Draw(t, "largest"), rapid.IntRange(7, 60).Draw(t, "felts"))
		races := 0
		for _, e := range n.script {
			if e == raced {
				races++
			}
		}
		var all sync.WaitGroup
		foreign := 0
		for slot := 1; slot <= count; slot++ {
			slot := uint64(slot)
			all.Go(func() {
				for range 200 {
					n.mu.Lock()
					_, paid := n.paid[slot]
					n.mu.Unlock()
					if paid {
						return
					}
					_, err := l.Do(t.Context(), pay(slot, 10*slot))
					if errors.Is(err, chain.ErrReverted) {
						if n.refuses[slot] {
							return
						}
						n.mu.Lock()
						if _, paid := n.paid[slot]; !paid { // else an earlier transaction, of unknown outcome, came through
							foreign++
						}
						n.mu.Unlock()
					}
				}
			})
		}
		all.Wait()
		n.mu.Lock()
		defer n.mu.Unlock()
		if n.open != nil {
			n.complete()
		}
		var spent uint64
		for slot := 1; slot <= count; slot++ {
			units, paid := n.paid[uint64(slot)]
			if paid == n.refuses[uint64(slot)] || paid && units != 10*uint64(slot) {
				t.Fatalf("slot %d: paid %t with %d, refused %t", slot, paid, units, n.refuses[uint64(slot)])
			}
			spent += units
		}
		var deposits uint64
		for _, calls := range n.sent {
			for _, c := range calls {
				if c.EntryPoint == "deposit" {
					deposits += c.Calldata[0].Uint64()
				}
			}
		}
		if n.balance+spent > balance+deposits || n.nonce < uint64(len(n.paid)) {
			t.Fatalf("%d units left and %d paid of %d and %d", n.balance, spent, balance, deposits)
		}
		if foreign > races {
			t.Fatalf("%d refusals told to orders that can be executed; %d transactions raced", foreign, races)
		}
	})
}
