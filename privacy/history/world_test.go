package history

import (
	"context"
	"fmt"
	"iter"
	"math/big"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/starkhash"
)

var (
	at      = Contracts{Privacy: starkhash.Uint64(0xa), Jobs: starkhash.Uint64(0xb), Staking: starkhash.Uint64(0xc)}
	setting = Setting{ChainID: starkhash.MustShortString("SN_TEST"), Contract: at.Privacy, Asset: starkhash.Uint64(0xd)}
	me      = starkhash.Uint64(0x3e)
	other   = starkhash.Uint64(0x07)
)

// payments are locked by real proofs, once for all tests: even ones for me, odd ones by me.
type payments struct {
	key    elgamal.SecretKey
	solver *elgamal.Solver
	events []abi.Event
	units  []uint64
}

const poolSize = 6

var pool = sync.OnceValue(func() *payments {
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	var keys [3]elgamal.SecretKey
	var err error
	for i := range keys {
		keys[i], err = elgamal.GenerateKey(nil)
		must(err)
	}
	p := &payments{key: keys[0]}
	p.solver, err = elgamal.NewSolver(16)
	must(err)
	for i := range poolSize {
		from, to, payer, worker := keys[1], keys[0], other, me
		if i%2 == 1 {
			from, to, payer, worker = to, from, worker, payer
		}
		units := uint64(i)<<33 + 12_345 + uint64(i)
		balance, err := elgamal.Encrypt(nil, from.Public(), units+1)
		must(err)
		id := abi.U128FromUint64(uint64(i) + 1)
		st := elgamal.PayStatement{
			Context:  elgamal.Context{ChainID: setting.ChainID, Contract: setting.Contract, Asset: setting.Asset, Caller: payer, Nonce: uint64(i), Balance: balance, KeyEpoch: 1},
			PayerKey: from.Public(), WorkerKey: to.Public(), AuditorKey: keys[2].Public(), JobID: id.Felt(), Attempt: 1, Worker: worker,
		}
		pay, err := elgamal.ProvePay(nil, st, from, units+1, units)
		must(err)
		escrow := st.Escrow(pay)
		data := append(escrow.Felts(), starkhash.Uint64(uint64(i)), felt.Felt(pay.PayerHint), felt.Felt(pay.WorkerHint))
		p.events = append(p.events, event(at.Privacy, new(bindings.PrivacyRouterPaymentLocked), []felt.Felt{id.Felt(), felt.One, worker}, data...))
		p.units = append(p.units, units)
	}
	return p
})

func event(from felt.Felt, kind abi.TypedEvent, keys []felt.Felt, data ...felt.Felt) abi.Event {
	return abi.Event{From: from, Keys: slices.Concat(kind.EventKeys(), keys), Data: data}
}

func num(n uint64) felt.Felt { return starkhash.Uint64(n) }

func u256(n uint64) []felt.Felt { return []felt.Felt{num(n), {}} }

// lying is a payment's event with hints that do not open.
func lying(e abi.Event) abi.Event {
	e.Data = slices.Clone(e.Data)
	e.Data[len(e.Data)-1], e.Data[len(e.Data)-2] = felt.One, felt.One
	return e
}

// credited is the event of a release or a refund of a payment of the pool.
func credited(i int, refund bool) abi.Event {
	return event(at.Privacy, new(bindings.PrivacyRouterPendingCredited), []felt.Felt{me, num(uint64(i) + 1), felt.One}, starkhash.Bool(refund))
}

func deposited(units, fee uint64) abi.Event {
	return event(at.Privacy, new(bindings.PrivacyRouterDeposited), []felt.Felt{me}, num(units), num(fee))
}

func withdrawn(units uint64) abi.Event {
	return event(at.Privacy, new(bindings.PrivacyRouterWithdrawn), []felt.Felt{me, other}, num(units))
}

func rolled() abi.Event {
	return event(at.Privacy, new(bindings.PrivacyRouterRolledOver), []felt.Felt{me}, felt.One)
}

// attempt are the events of an attempt of mine that ends in state, and is slashed for it unless it is approved.
func attempt(i int, state bindings.AttemptState, slashed uint64) []abi.Event {
	keys := []felt.Felt{num(uint64(i) + 1), felt.One, me}
	verdict, on := bindings.VerdictValid, bindings.AttemptStateChallenge
	if state != bindings.AttemptStateApproved {
		verdict, on = bindings.VerdictInvalid, bindings.AttemptStateAppeal
	}
	out := []abi.Event{
		event(at.Jobs, new(bindings.JobManagerAttemptAccepted), keys, slices.Concat([]felt.Felt{num(7)}, u256(1), u256(1), u256(9)[:1])...),
		event(at.Jobs, new(bindings.JobManagerResultSubmitted), keys,
			slices.Concat([]felt.Felt{num(1), num(0)}, u256(2), u256(3), []felt.Felt{num(4)}, u256(5), u256(6), []felt.Felt{num(0), num(99)})...),
		event(at.Jobs, new(bindings.JobManagerVerdictRecorded), keys,
			slices.Concat(abi.Encode(verdict.Encode), u256(1), []felt.Felt{other}, abi.Encode(on.Encode), []felt.Felt{num(5)})...),
		event(at.Jobs, new(bindings.JobManagerAttemptFinalized), keys,
			slices.Concat(abi.Encode(state.Encode), []felt.Felt{starkhash.MustShortString("the end")}, u256(slashed))...),
	}
	if slashed > 0 {
		out = append(out, event(at.Staking, new(bindings.StakingManagerWorkerSlashed), []felt.Felt{me, num(uint64(i) + 1)},
			slices.Concat([]felt.Felt{felt.One}, abi.Encode(bindings.OffenceInvalidProof.Encode), u256(slashed), []felt.Felt{other}, u256(0))...))
	}
	return out
}

// model is a chain of blocks in memory. A block's hash depends on what it holds and on the fork.
type model struct {
	blocks [][]abi.Event
	fork   map[int]uint64 // blocks that were replaced
	pages  int            // filters served
	fail   int            // the page that fails; 0: none

	unasked bool // it answers with events that were not asked for
}

func (m *model) add(events ...abi.Event) {
	n := uint64(len(m.blocks))
	for i := range events {
		events[i].BlockNumber = n
		if events[i].TransactionHash.IsZero() {
			events[i].TransactionHash = starkhash.Poseidon(num(n), num(m.fork[int(n)]))
		}
	}
	m.blocks = append(m.blocks, events)
}

func (m *model) hash(n uint64) felt.Felt {
	last := felt.Felt{}
	for i := range int(n) + 1 {
		last = starkhash.Poseidon(last, num(uint64(len(m.blocks[i]))+1000*m.fork[i]))
	}
	return last
}

func (m *model) Latest(ctx context.Context) (chain.Block, error) {
	return m.Block(ctx, uint64(len(m.blocks)-1))
}

func (m *model) Block(_ context.Context, n uint64) (chain.Block, error) {
	if n >= uint64(len(m.blocks)) {
		return chain.Block{}, fmt.Errorf("block %d: %w", n, chain.ErrNotFound)
	}
	return chain.Block{Number: n, Hash: m.hash(n), Timestamp: time.Unix(int64(1000+n), 0)}, nil
}

func (m *model) Events(ctx context.Context, f chain.Filter) iter.Seq2[abi.Event, error] {
	return func(yield func(abi.Event, error) bool) {
		m.pages++
		if m.pages == m.fail {
			yield(abi.Event{}, chain.ErrUnreachable)
			return
		}
		for n := f.From; n <= min(f.To, uint64(len(m.blocks)-1)); n++ {
			for _, e := range m.blocks[n] {
				if (selects(f, e) || m.unasked) && !yield(e, ctx.Err()) {
					return
				}
			}
		}
	}
}

// all are the model's events as a scan of everything has them.
func (m *model) all(t testing.TB) []Event {
	t.Helper()
	b := Book{Contracts: at, Account: me, Payer: true}
	if err := b.Scan(t.Context(), m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Events
}

func big1(n uint64) *big.Int { return new(big.Int).SetUint64(n) }
