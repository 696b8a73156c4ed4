package privacy_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/privacy"
)

// refused sends calls that the contracts must refuse for a reason.
func (w *world) refused(a actor, reason string, calls ...abi.Call) {
	w.t.Helper()
	_, err := a.Send(w.t.Context(), calls...)
	var revert *chain.RevertError
	if !errors.As(err, &revert) || !strings.Contains(revert.Reason+revert.Trace, reason) {
		w.t.Fatalf("%v: got %v, want a revert with %q", calls, err, reason)
	}
}

// locked finds the event of a payment in its receipt.
func (w *world) locked(r chain.Receipt) bindings.PrivacyRouterPaymentLocked {
	w.t.Helper()
	for _, e := range r.Events {
		if typed, err := w.router.DecodeEvent(e); err == nil {
			if locked, ok := typed.(*bindings.PrivacyRouterPaymentLocked); ok {
				return *locked
			}
		}
	}
	w.t.Fatal("no PaymentLocked event in the receipt")
	panic("unreachable")
}

// TestPayments takes the private accounts through their life on a local
// network: deposit, payments that fail and one that is earned, withdrawal.
func TestPayments(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()

	if _, err := w.payer.private.Register(ctx); !errors.Is(err, privacy.ErrRegistered) {
		t.Errorf("second registration: %v", err)
	}
	deposit, err := w.payer.private.Deposit(ctx, 5_000_000_000_000) // 5,000 SAGE
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("deposit: %d L2 gas", w.send(w.payer, deposit...).L2Gas)
	const balance = 5_000_000_000_000 - 5_000_000_000_000*feeBps/10_000
	if s := w.state(w.payer); s != (privacy.State{Nonce: 1, Balance: balance}) {
		t.Fatalf("after the deposit: %+v", s)
	}
	w.conserved(0)
	w.refused(w.payer, "nonce has changed", deposit...)

	w.voided()
	w.earned()
	w.leaves()
}

// voided pays for an attempt that the owner cancels.
func (w *world) voided() {
	w.t.Helper()
	ctx := w.t.Context()
	id := w.newJob()
	const price = 3<<32 + 12_345
	w.send(w.payer, w.jobs.Assign(id, w.worker.Address(), abi.U256{}))
	call := w.must(w.payer.private.Pay(ctx, job.ID(id), 1, w.worker.Address(), price))
	w.mutatedPays(call)
	receipt := w.send(w.payer, call)
	w.t.Logf("pay: %d L2 gas, %d felts", receipt.L2Gas, len(call.Calldata))
	event := w.locked(receipt)
	w.conserved(price)
	w.refused(w.payer, "attempt is not assigned", call)

	w.checksEscrow(job.ID(id), event, price)
	w.refused(w.payer, "attempt has not failed", w.contracts.Payments.Refund(event.Escrow))
	w.refused(w.worker, "attempt is not approved", w.contracts.Payments.Release(event.Escrow))
	w.send(w.payer, w.jobs.Cancel(id, 1))
	w.refused(w.worker, "attempt is not approved", w.contracts.Payments.Release(event.Escrow))
	forged := event.Escrow
	forged.Payer = w.worker.Address()
	w.refused(w.worker, "escrow tuple does not match", w.contracts.Payments.Refund(forged))
	w.send(w.worker, w.contracts.Payments.Refund(event.Escrow)) // anyone may
	w.send(w.payer, w.contracts.Payments.Refund(event.Escrow))
	if s := w.state(w.payer); s.Pending != price || s.Credits != 1 {
		w.t.Fatalf("after the refund: %+v", s)
	}
	w.conserved(0)
	before := w.state(w.payer)
	w.send(w.payer, w.must(w.payer.private.Rollover(ctx)))
	if s := w.state(w.payer); s.Balance != before.Balance+price || s.Pending != 0 {
		w.t.Fatalf("after the rollover: %+v", s)
	}
	if _, err := w.payer.private.Rollover(ctx); !errors.Is(err, privacy.ErrNothingPending) {
		w.t.Errorf("rollover of nothing: %v", err)
	}
	w.conserved(0)
}

// mutatedPays sends payments with one felt changed; all are refused before
// they are broadcast.
func (w *world) mutatedPays(valid abi.Call) {
	w.t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	for range 12 {
		at := r.IntN(len(valid.Calldata))
		mutated := valid
		mutated.Calldata = append([]felt.Felt{}, valid.Calldata...)
		mutated.Calldata[at].Add(&mutated.Calldata[at], &felt.One)
		if _, err := w.payer.Send(w.t.Context(), mutated); !errors.Is(err, chain.ErrReverted) {
			w.t.Fatalf("pay with felt %d changed: %v", at, err)
		}
	}
	w.refused(w.worker, "caller does not own the job", valid)
	direct := abi.Call{To: w.router.Address(), EntryPoint: "lock", Calldata: append([]felt.Felt{w.payer.Address(), w.worker.Address()}, valid.Calldata...)}
	w.refused(w.payer, "caller is not PaymentRouter", direct)
}

// checksEscrow is the worker's look before it accepts.
func (w *world) checksEscrow(id job.ID, event bindings.PrivacyRouterPaymentLocked, price uint64) {
	w.t.Helper()
	ctx := w.t.Context()
	got, err := w.worker.private.CheckEscrow(ctx, id, 1, event)
	if err != nil || got.Units != price || got.KeyEpoch != 1 {
		w.t.Fatalf("escrow: %+v, %v", got, err)
	}
	for name, change := range map[string]func(*bindings.PrivacyRouterPaymentLocked){
		"another amount":  func(e *bindings.PrivacyRouterPaymentLocked) { e.Escrow.Lo, e.Escrow.Hi = e.Escrow.Hi, e.Escrow.Lo },
		"another payer":   func(e *bindings.PrivacyRouterPaymentLocked) { e.Escrow.Payer = e.Escrow.Worker },
		"another worker":  func(e *bindings.PrivacyRouterPaymentLocked) { e.Escrow.Worker = e.Escrow.Payer },
		"another attempt": func(e *bindings.PrivacyRouterPaymentLocked) { e.Escrow.Attempt++ },
		"a broken point":  func(e *bindings.PrivacyRouterPaymentLocked) { e.Escrow.Lo.R.X = felt.One },
	} {
		e := event
		change(&e)
		if _, err := w.worker.private.CheckEscrow(ctx, id, 1, e); !errors.Is(err, privacy.ErrEscrow) {
			w.t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.payer.private.CheckEscrow(ctx, id, 1, event); !errors.Is(err, privacy.ErrEscrow) {
		w.t.Errorf("the payer takes it for its own: %v", err)
	}
	// A false hint only makes it slower.
	event.WorkerHint = starkhash.Uint64(1)
	if got, err := w.worker.private.CheckEscrow(ctx, id, 1, event); err != nil || got.Units != price {
		w.t.Errorf("without a hint: %+v, %v", got, err)
	}
	if _, err := w.payer.private.Pay(ctx, id, 1, w.owner.Address(), 1); !errors.Is(err, privacy.ErrNotRegistered) {
		w.t.Errorf("payment to a stranger: %v", err)
	}
}

// earned pays for an attempt that the validator approves.
func (w *world) earned() {
	w.t.Helper()
	ctx := w.t.Context()
	id := w.newJob()
	const price = 777_000_000_000
	w.send(w.payer, w.jobs.Assign(id, w.worker.Address(), abi.U256{}))
	event := w.locked(w.send(w.payer, w.must(w.payer.private.Pay(ctx, job.ID(id), 1, w.worker.Address(), price))))
	w.approve(id, 1)
	w.refused(w.payer, "attempt has not failed", w.contracts.Payments.Refund(event.Escrow))
	w.conserved(price)
	w.t.Logf("release: %d L2 gas", w.send(w.owner, w.contracts.Payments.Release(event.Escrow)).L2Gas)
	w.send(w.worker, w.contracts.Payments.Release(event.Escrow)) // moves nothing
	if s := w.state(w.worker); s.Pending != price || s.Credits != 1 || s.Balance != 0 {
		w.t.Fatalf("worker after two releases: %+v", s)
	}
	w.conserved(0)
	w.t.Logf("rollover: %d L2 gas", w.send(w.worker, w.must(w.worker.private.Rollover(ctx))).L2Gas)
	if s := w.state(w.worker); s.Balance != price {
		w.t.Fatalf("worker after the rollover: %+v", s)
	}
}

// leaves takes money out: a part, and all of it.
func (w *world) leaves() {
	w.t.Helper()
	ctx := w.t.Context()
	to := starkhash.Uint64(0xfeed)
	have := w.state(w.worker).Balance
	if _, err := w.worker.private.Withdraw(ctx, to, have+1); !errors.Is(err, elgamal.ErrInsufficient) {
		w.t.Errorf("withdrawal of too much: %v", err)
	}
	call := w.must(w.worker.private.Withdraw(ctx, to, 1_000_000_007))
	stolen := call
	stolen.Calldata = append([]felt.Felt{starkhash.Uint64(0xbad)}, call.Calldata[1:]...)
	w.refused(w.worker, "proof does not verify", stolen)
	w.refused(w.payer, "proof does not verify", call)
	tooMuch := call
	tooMuch.Calldata = append([]felt.Felt{}, call.Calldata...)
	tooMuch.Calldata[1] = *new(felt.Felt).SetBytes(append([]byte{1}, make([]byte, 8)...)) // 2^64
	w.refused(w.worker, "deserialize", tooMuch)
	w.t.Logf("withdraw: %d L2 gas", w.send(w.worker, call).L2Gas)
	w.refused(w.worker, "proof does not verify", call) // the nonce has moved
	if got, err := w.token.BalanceOf(ctx, to); err != nil || got != abi.U256FromUint64(1_000_000_007_000_000_000) {
		w.t.Fatalf("recipient has %s, %v", got, err)
	}
	w.conserved(0)
	w.t.Logf("ragequit: %d L2 gas", w.send(w.worker, w.must(w.worker.private.Ragequit(ctx, to))).L2Gas)
	w.send(w.payer, w.must(w.payer.private.Ragequit(ctx, to)))
	w.conserved(0)
	if total, err := w.router.TotalUnits(ctx); err != nil || total != 0 {
		w.t.Fatalf("%d units are left, %v", total, err)
	}
}
