package privacy_test

import (
	"errors"
	"testing"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/privacy"
	"github.com/sage-network/sage-node/privacy/history"
)

// TestHistory reads back, from the keys alone, what payer and worker did on a local network.
func TestHistory(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	// A deposit (a fee of 0.25 % is taken out), two assignments and two payments in one transaction, each for the state that the one before it leaves.
	paid, refunded := w.newJob(), w.newJob()
	sequence := w.sequence()
	calls, err := sequence.Deposit(ctx, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sequence.Pay(ctx, job.ID(paid), 1, w.worker.Address(), 1_000_001); !errors.Is(err, elgamal.ErrInsufficient) {
		t.Fatalf("more than there is: %v", err)
	}
	if _, err := sequence.Pay(ctx, job.ID(paid), 1, w.owner.Address(), 1); !errors.Is(err, privacy.ErrNotRegistered) {
		t.Fatalf("to nobody: %v", err)
	}
	for i, id := range []abi.U128{paid, refunded} {
		calls = append(calls, w.jobs.Assign(id, w.worker.Address(), abi.U256{}), w.must(sequence.Pay(ctx, job.ID(id), 1, w.worker.Address(), uint64(1000+i))))
	}
	events := w.allLocked(w.send(w.payer, calls...))
	if s := w.state(w.payer); len(events) != 2 || s.Balance != sequence.Balance() || s.Balance != 997_500-2001 || s.Nonce != 3 {
		t.Fatalf("%d payments, %+v; predicted %d", len(events), s, sequence.Balance())
	}
	w.approve(paid, 1)
	w.send(w.payer, w.jobs.Cancel(refunded, 1))
	read := func(a actor) *history.Ledger {
		t.Helper()
		s := w.state(a)
		b := history.Book{Account: a.Address(), Contracts: history.Contracts{Privacy: w.router.Address(), Jobs: w.jobs.Address(), Staking: w.staking}}
		b.All()
		if err := b.Scan(ctx, local.Client(), nil); err != nil {
			t.Fatal(err)
		}
		l := b.Ledger()
		at := history.Setting{ChainID: w.contracts.ChainID, Contract: w.router.Address(), Asset: w.token.Address()}
		if err := l.Open(ctx, at, a.key, solver, nil, nil); err != nil {
			t.Fatal(err)
		}
		holds, err := l.Holds()
		if err != nil || holds != s.Balance+s.Pending || l.Calls() != s.Nonce || l.Strange != 0 {
			t.Fatalf("ledger: %d units, %v, %d calls, %d strange; account: %+v", holds, err, l.Calls(), l.Strange, s)
		}
		return l
	}
	w.send(w.owner, w.contracts.Payments.Release(events[0].Escrow))
	w.send(w.owner, w.contracts.Payments.Refund(events[1].Escrow))
	again := w.newJob()
	sequence = w.sequence()
	w.send(w.payer, w.must(sequence.Rollover(ctx)), w.jobs.Assign(again, w.worker.Address(), abi.U256{}),
		w.must(sequence.Pay(ctx, job.ID(again), 1, w.worker.Address(), sequence.Balance()))) // all that came back too
	w.send(w.worker, w.must(w.worker.private.Rollover(ctx)))
	w.send(w.worker, w.must(w.worker.private.Withdraw(ctx, w.owner.Address(), 300)))

	of := func(l *history.Ledger, id abi.U128) history.Payment {
		t.Helper()
		for _, p := range l.Payments {
			if p.Job == job.ID(id) {
				return p
			}
		}
		t.Fatalf("no payment for job %x among %+v", id, l.Payments)
		panic("unreachable")
	}
	got := read(w.worker)
	if first, second := of(got, paid), of(got, refunded); len(got.Payments) != 3 || first.Paid == nil || first.Units != 1000 || second.Paid != nil || second.Units != 1001 {
		t.Errorf("the worker's payments: %+v", got.Payments)
	}
	states := map[job.ID]bindings.AttemptState{}
	for _, work := range got.Works {
		states[work.Job] = work.State
	}
	if states[job.ID(paid)] != bindings.AttemptStateApproved || states[job.ID(refunded)] != bindings.AttemptStateVoid {
		t.Errorf("states: %v", states)
	}
	if got := read(w.payer); len(got.Payments) != 3 || of(got, refunded).Back == nil || of(got, paid).Back != nil || of(got, again).Units != 997_500-1000 {
		t.Errorf("the payer's payments: %+v", got.Payments)
	}
}

// sequence begins calls of the payer.
func (w *world) sequence() *privacy.Sequence {
	w.t.Helper()
	s, err := w.payer.private.Sequence(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// allLocked are the payments of a transaction, in the order of its calls.
func (w *world) allLocked(r chain.Receipt) (out []bindings.PrivacyRouterPaymentLocked) {
	w.t.Helper()
	for _, e := range r.Events {
		if typed, err := w.router.DecodeEvent(e); err == nil {
			if locked, ok := typed.(*bindings.PrivacyRouterPaymentLocked); ok {
				out = append(out, *locked)
			}
		}
	}
	return out
}
