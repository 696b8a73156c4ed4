package hostile_test

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/NethermindEth/juno/core/felt"
	"pgregory.net/rapid"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/contracts/hostile"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/starkhash"
)

var (
	modelOps    = flag.Int("model.ops", 120, "operations of one sequence of TestModel")
	modelRounds = flag.Int("model.rounds", 1, "sequences of TestModel; -rapid.seed repeats a run")
)

// op is one step of the model. Its numbers choose among what there is when the step is taken, so that every sequence can
// be run, and every part of one.
type op struct {
	Kind     string
	Who, To  uint8
	Amount   uint64
	Which    uint16
	Mutation uint16
}

// GoString is how a failure lists a step.
func (o op) GoString() string {
	return fmt.Sprintf("%s{%d→%d %d #%d ±%d}", o.Kind, o.Who, o.To, o.Amount, o.Which, o.Mutation)
}

// The kinds of steps. Those of the last line are attacks: they must fail and change nothing. A sequence shrinks to nothing, step by
// step.
var kinds = []string{
	"nothing", "deposit", "deposit", "deposit", "pay", "pay", "pay", "pay", "release", "refund", "rollover", "rollover", "withdraw",
	"withdraw", "ragequit",
	"replay", "mutate", "mutate", "impersonate", "occupy", "credit", "skip ahead",
}

const (
	modelCustomers = 4
	modelFeeBps    = 37
	// What one transaction carries, of 5,000 felts and 10 M steps that it may.
	batchFelts = 3_000
	batchCalls = 24
)

func anyOp(t *rapid.T) op {
	who := rapid.Uint8Range(0, modelCustomers-1)
	return op{
		Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Who: who.Draw(t, "who"), To: who.Draw(t, "to"),
		// Small amounts, those at the border of the halves, and any.
		Amount: rapid.OneOf(rapid.Uint64Range(1, 9), rapid.Uint64Range(1<<32-1, 1<<32+1), rapid.Uint64Range(1, 1<<40)).Draw(t, "amount"),
		Which:  rapid.Uint16().Draw(t, "which"), Mutation: rapid.Uint16().Draw(t, "mutation"),
	}
}

// model is the reference ledger, and the calls that wait to be sent.
type model struct {
	*bank
	customers []*customer
	escrows   []*locked
	queue     []abi.Call
	felts     int
	done      []made
	steps     map[string]int
}

// made is a call that a customer made, and that must not succeed a second time.
type made struct {
	by   *customer
	call abi.Call
}

// TestModel runs random operations of several accounts against a ledger kept here, compares all of both after every
// transaction of some two dozen, and tries replays, mutations and impersonations in between. A failure prints the seed and
// the sequence, shrunk; -rapid.seed runs it again.
func TestModel(t *testing.T) {
	for name, value := range map[string]string{"rapid.checks": strconv.Itoa(*modelRounds), "rapid.nofailfile": "true", "rapid.shrinktime": "5m"} {
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	b := newBank(t, felt.Felt(net.profile.Contracts.Token), modelFeeBps)
	files, err := hostile.Load("Puppet")
	if err != nil {
		t.Fatal(err)
	}
	puppet, err := chain.ParseClass(files.Sierra, files.CASM)
	if err != nil {
		t.Fatal(err)
	}
	var earlier []*customer // of other sequences over the same router
	var locked []*locked
	steps := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		ops := rapid.SliceOfN(rapid.Custom(anyOp), *modelOps, *modelOps).Draw(rt, "operations")
		mine := *b
		mine.t = rt
		m := &model{bank: &mine, customers: slices.Clone(earlier), escrows: slices.Clone(locked), steps: steps}
		m.open(puppet.Hash())
		for _, o := range ops {
			m.step(o)
		}
		m.flush()
		earlier, locked = m.customers, m.escrows
	})
	t.Logf("steps taken: %v", steps)
}

// open makes the sequence's own customers, in front of those of earlier sequences.
func (m *model) open(puppet felt.Felt) {
	m.t.Helper()
	token := bindings.NewSageToken(m.token, nil)
	fresh := make([]*customer, modelCustomers)
	var deploy, calls []abi.Call
	for i := range fresh {
		key, err := elgamal.GenerateKey(nil)
		if err != nil {
			m.t.Fatal(err)
		}
		salt := starkhash.Uint64(salts.Add(1))
		c := &customer{at: chain.DeployedAddress(m.owner.Address(), puppet, salt, nil), key: key}
		deploy = append(deploy, chain.Deploy(puppet, salt, nil))
		wei := abi.MustU256(amount.SAGE(200_000))
		calls = append(calls, token.Transfer(c.at, wei), by(c.at, token.Approve(m.router.Address(), wei)), by(c.at, m.register(c)))
		fresh[i] = c
	}
	if _, err := m.owner.Send(m.t.Context(), append(deploy, calls...)...); err != nil {
		m.t.Fatal(err)
	}
	m.customers = append(fresh, m.customers...)
}

// push adds a call to the transaction that is being made.
func (m *model) push(o op, call abi.Call) {
	m.steps[o.Kind]++
	m.queue = append(m.queue, call)
	m.felts += len(call.Calldata) + 4
	if m.felts >= batchFelts || len(m.queue) >= batchCalls {
		m.flush()
	}
}

// flush sends the transaction and compares everything.
func (m *model) flush() {
	m.t.Helper()
	if len(m.queue) == 0 {
		return
	}
	if _, err := m.owner.Send(m.t.Context(), m.queue...); err != nil {
		m.t.Fatal(err)
	}
	m.queue, m.felts = nil, 0
	m.check(m.customers, m.escrows)
}

// act makes a customer's call, which may be tried again later.
func (m *model) act(o op, c *customer, call abi.Call) {
	m.done = append(m.done, made{c, call})
	m.push(o, by(c.at, call))
}

func (m *model) step(o op) {
	m.t.Helper()
	c, d := m.customers[o.Who], m.customers[o.To]
	switch o.Kind {
	case "deposit":
		fee := (o.Amount*modelFeeBps + 9_999) / 10_000
		if fee == o.Amount {
			m.push(o, fails(c.at, m.router.Deposit(o.Amount, c.nonce, felt.Zero)))
			return
		}
		m.act(o, c, m.deposit(c, o.Amount, fee))
	case "pay":
		if c.units == 0 {
			return
		}
		call, l := m.lock(c, d, salts.Add(1), 1+(o.Amount-1)%c.units)
		m.escrows = append(m.escrows, l)
		m.push(o, by(m.payments, call))
	case "release", "refund":
		m.end(o)
	case "rollover":
		if c.credits == 0 {
			m.push(o, fails(c.at, m.router.Rollover(c.nonce, 0, felt.Zero)))
			return
		}
		m.act(o, c, m.rollover(c))
	case "withdraw":
		if c.units != 0 {
			m.act(o, c, m.withdraw(c, d.at, 1+(o.Amount-1)%c.units))
		}
	case "ragequit":
		if c.units != 0 {
			m.act(o, c, m.ragequit(c, d.at))
		}
	default:
		m.attack(o, c, d)
	}
}

// end releases or refunds an escrow, which may have ended before.
func (m *model) end(o op) {
	if len(m.escrows) == 0 {
		return
	}
	l := m.escrows[int(o.Which)%len(m.escrows)]
	want, call := bindings.EscrowStatusReleased, m.router.CreditWorker(l.binding)
	if o.Kind == "refund" {
		want, call = bindings.EscrowStatusRefunded, m.router.CreditPayer(l.binding)
	}
	switch {
	case l.end != bindings.EscrowStatusLocked && l.end != want:
		m.push(o, fails(m.payments, call))
	case o.Kind == "release":
		m.push(o, by(m.payments, m.release(l)))
	default:
		m.push(o, by(m.payments, m.refund(l)))
	}
}

// attack makes a call that must fail: with proofs that hold in themselves, but not here, not now, or not for this caller.
func (m *model) attack(o op, c, d *customer) {
	m.t.Helper()
	state := *c
	who := c.at
	var call abi.Call
	switch {
	case o.Kind == "replay" && len(m.done) > 0:
		old := m.done[int(o.Which)%len(m.done)]
		who, call = old.by.at, old.call
	case o.Kind == "mutate" && c.units > 0 && o.Which%2 == 0:
		call = mutated(m.withdraw(c, d.at, 1+(o.Amount-1)%c.units), o.Mutation)
	case o.Kind == "mutate" && c.units > 0:
		call, _ = m.lock(c, d, salts.Add(1), 1+(o.Amount-1)%c.units)
		who, call = m.payments, mutated(call, o.Mutation)
	case o.Kind == "impersonate" && c.units > 0 && c != d:
		who, call = d.at, m.withdraw(c, d.at, c.units)
	case o.Kind == "occupy" && c.units > 0 && len(m.escrows) > 0:
		used := m.escrows[int(o.Which)%len(m.escrows)]
		who = m.payments
		call, _ = m.lock(c, d, used.job, 1)
	case o.Kind == "credit" && len(m.escrows) > 0:
		call = m.router.CreditWorker(m.escrows[int(o.Which)%len(m.escrows)].binding)
	case o.Kind == "skip ahead" && c.units > 0:
		c.nonce++
		call = m.withdraw(c, d.at, c.units)
	default:
		return
	}
	*c = state // nothing of it comes to be
	m.push(o, fails(who, call))
}

// mutated adds one to a felt of the calldata.
func mutated(call abi.Call, which uint16) abi.Call {
	call.Calldata = slices.Clone(call.Calldata)
	at := int(which) % len(call.Calldata)
	call.Calldata[at].Add(&call.Calldata[at], &felt.One)
	return call
}
