package privacy_test

import (
	"testing"

	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/privacy/history"
)

// TestHistory reads back, from the keys alone, what payer and worker did on a local network.
func TestHistory(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	calls, err := w.payer.private.Deposit(ctx, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	w.send(w.payer, calls...)
	paid, refunded := w.newJob(), w.newJob()
	var events []bindings.PrivacyRouterPaymentLocked
	for i, id := range []abi.U128{paid, refunded} {
		w.send(w.payer, w.jobs.Assign(id, w.worker.Address(), abi.U256{}))
		pay := w.must(w.payer.private.Pay(ctx, job.ID(id), 1, w.worker.Address(), uint64(1000+i)))
		events = append(events, w.locked(w.send(w.payer, pay)))
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
	w.send(w.worker, w.must(w.worker.private.Rollover(ctx)))
	w.send(w.worker, w.must(w.worker.private.Withdraw(ctx, w.owner.Address(), 300)))

	got := read(w.worker)
	if len(got.Payments) != 2 || got.Payments[0].Paid == nil || got.Payments[0].Units != 1000 || got.Payments[1].Paid != nil || got.Payments[1].Units != 1001 {
		t.Errorf("the worker's payments: %+v", got.Payments)
	}
	states := map[job.ID]bindings.AttemptState{}
	for _, work := range got.Works {
		states[work.Job] = work.State
	}
	if states[job.ID(paid)] != bindings.AttemptStateApproved || states[job.ID(refunded)] != bindings.AttemptStateVoid {
		t.Errorf("states: %v", states)
	}
	if got := read(w.payer); len(got.Payments) != 2 || got.Payments[1].Back == nil || got.Payments[0].Back != nil {
		t.Errorf("the payer's payments: %+v", got.Payments)
	}
}
