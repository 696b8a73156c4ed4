package hostile_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/privacy"
)

// Where the parts of a payment are in the calldata of PaymentRouter.pay: job, attempt and epoch come first.
const (
	payHalves     = 3
	payWorkerKey  = payHalves + 4 // L for the worker, in the low half
	payAuditorKey = payHalves + 6
	payHints      = payHalves + 16
)

func changed(call abi.Call, at int, by felt.Felt) abi.Call {
	call.Calldata = slices.Clone(call.Calldata)
	call.Calldata[at].Add(&call.Calldata[at], &by)
	return call
}

// TestPaymentSeenInFlight: whoever sees a payment before it is in a block can neither make it its own nor change it, and
// the payment still goes through afterwards.
func TestPaymentSeenInFlight(t *testing.T) {
	w := newTrade(t, net)
	id, other := w.assigned(), w.assigned()
	call := w.payment(id, 1_000_000)
	thief := net.as(t, stranger)

	refused(t, thief, "caller does not own the job", call)
	direct := abi.Call{To: w.router.Address(), EntryPoint: "lock", Calldata: slices.Concat([]felt.Felt{w.payer.Address(), w.worker.Address()}, call.Calldata)}
	refused(t, thief, "caller is not PaymentRouter", direct)
	for name, at := range map[string]int{"payer's hint": payHints, "worker's hint": payHints + 1, "balance hint": payHints + 2} {
		t.Run("another "+name, func(t *testing.T) {
			refused(t, w.payer.Sender, "proof does not verify", changed(call, at, felt.One))
		})
	}
	elsewhere := call
	elsewhere.Calldata = slices.Concat([]felt.Felt{other.Felt()}, call.Calldata[1:])
	refused(t, w.payer.Sender, "proof does not verify", elsewhere)
	refused(t, w.payer.Sender, "auditor epoch not accepted", changed(call, 2, felt.One))
	for at := payHalves; at < payHints; at++ {
		refused(t, w.payer.Sender, "", changed(call, at, felt.One))
	}
	before := w.state(w.payer)
	send(t, w.payer.Sender, call)
	if after := w.state(w.payer); after.Balance != before.Balance-1_000_000 || after.Nonce != before.Nonce+1 {
		t.Errorf("after the payment %+v, before it %+v", after, before)
	}
	refused(t, w.payer.Sender, "attempt is not assigned", call)
}

// TestWrongCiphertexts: a ciphertext that the auditor or the worker cannot decrypt to the amount is no payment.
func TestWrongCiphertexts(t *testing.T) {
	w := newTrade(t, net)
	id := w.assigned()
	call := w.payment(id, 5)
	g := elgamal.G()
	for name, at := range map[string]int{"worker": payWorkerKey, "auditor": payAuditorKey} {
		for change, to := range map[string]func(elgamal.Point) elgamal.Point{
			"one more":  func(p elgamal.Point) elgamal.Point { return p.Add(g) },
			"one less":  func(p elgamal.Point) elgamal.Point { return p.Sub(g) },
			"negated":   elgamal.Point.Neg,
			"arbitrary": func(elgamal.Point) elgamal.Point { return g },
		} {
			p, err := elgamal.NewPoint(call.Calldata[at], call.Calldata[at+1])
			if err != nil {
				t.Fatal(err)
			}
			q := to(p)
			forged := call
			forged.Calldata = slices.Clone(call.Calldata)
			forged.Calldata[at], forged.Calldata[at+1] = q.X(), q.Y()
			t.Run(name+" "+change, func(t *testing.T) { refused(t, w.payer.Sender, "proof does not verify", forged) })
		}
	}
}

// TestUnreadableHint: a payer that seals nonsense costs the worker time, and nothing else.
func TestUnreadableHint(t *testing.T) {
	w := newTrade(t, net)
	ctx := t.Context()
	id := w.assigned()
	event := w.pay(id, 3<<32+77)
	event.WorkerHint = starkhash.Uint64(12345)
	got, err := w.worker.private.CheckEscrow(ctx, job.ID(id), 1, event)
	if err != nil || got.Units != 3<<32+77 {
		t.Errorf("without a readable hint: %+v, %v", got, err)
	}
	event.Escrow.Lo, event.Escrow.Hi = event.Escrow.Hi, event.Escrow.Lo
	if _, err := w.worker.private.CheckEscrow(ctx, job.ID(id), 1, event); !errors.Is(err, privacy.ErrEscrow) {
		t.Errorf("a tuple that is not the chain's: %v", err)
	}
}

// TestSlotsOfOthers: nobody occupies the slot of an attempt but the job's owner, and it cannot do so twice.
func TestSlotsOfOthers(t *testing.T) {
	w := newTrade(t, net)
	id := w.assigned()
	call := w.payment(id, 100)
	refused(t, w.worker.Sender, "caller does not own the job", call)
	refused(t, w.owner, "caller does not own the job", call)
	ahead := call
	ahead.Calldata = slices.Clone(call.Calldata)
	ahead.Calldata[1] = starkhash.Uint64(2)
	refused(t, w.payer.Sender, "attempt is not assigned", ahead)
	nowhere := call
	nowhere.Calldata = slices.Concat([]felt.Felt{starkhash.Uint64(77)}, call.Calldata[1:])
	refused(t, w.payer.Sender, "caller does not own the job", nowhere)
	status, _, err := w.router.Escrow(t.Context(), id, 1)
	if err != nil || status != bindings.EscrowStatusNone {
		t.Fatalf("the slot is %s, %v", status, err)
	}
	send(t, w.payer.Sender, call)
	refused(t, w.payer.Sender, "attempt is not assigned", w.payment(id, 100))
}

// TestEndings: an escrow ends once, as the attempt did, whoever calls how often.
func TestEndings(t *testing.T) {
	w := newTrade(t, net)
	pay := w.contracts.Payments
	void, earned := w.assigned(), w.assigned()
	lost, won := w.pay(void, 1_000), w.pay(earned, 2_000)
	thief := net.as(t, stranger)
	for _, e := range []bindings.Escrow{lost.Escrow, won.Escrow} {
		refused(t, thief, "attempt is not approved", pay.Release(e))
		refused(t, thief, "attempt has not failed", pay.Refund(e))
		refused(t, thief, "caller is not PaymentRouter", w.router.CreditWorker(e))
		refused(t, thief, "caller is not PaymentRouter", w.router.CreditPayer(e))
	}
	send(t, w.payer.Sender, w.jobs.Cancel(void, 1))
	w.approve(earned)
	refused(t, thief, "attempt is not approved", pay.Release(lost.Escrow))
	refused(t, thief, "attempt has not failed", pay.Refund(won.Escrow))
	// The other escrow's ciphertexts under this attempt, and this one's for another worker.
	swapped := won.Escrow
	swapped.Lo, swapped.Hi = lost.Escrow.Lo, lost.Escrow.Hi
	refused(t, thief, "escrow tuple does not match", pay.Release(swapped))
	stolen := won.Escrow
	stolen.Worker = thief.Address()
	refused(t, thief, "escrow tuple does not match", pay.Release(stolen))
	for range 2 {
		send(t, thief, pay.Release(won.Escrow))
		send(t, thief, pay.Refund(lost.Escrow))
	}
	if s := w.state(w.worker); s.Pending != 2_000 || s.Credits != 1 {
		t.Errorf("worker after two releases: %+v", s)
	}
	if s := w.state(w.payer); s.Pending != 1_000 || s.Credits != 1 {
		t.Errorf("payer after two refunds: %+v", s)
	}
}

// TestCertificatesForOtherResults: a certificate releases the payment of exactly the result that was voted on, of this
// attempt of this job.
func TestCertificatesForOtherResults(t *testing.T) {
	w := newTrade(t, net)
	id, other := w.assigned(), w.assigned()
	won := w.pay(id, 2_000)
	w.pay(other, 3_000)
	slot, elsewhere := w.submit(id), w.submit(other)
	for name, change := range map[string]func(*bindings.VoteSlot){
		"proof":         func(s *bindings.VoteSlot) { s.ProofCommitment = starkhash.Uint64(33) },
		"proof's bytes": func(s *bindings.VoteSlot) { s.ProofHash = abi.U256FromUint64(44) },
		"result":        func(s *bindings.VoteSlot) { s.ResultCommitment = abi.U256FromUint64(22) },
		"attempt":       func(s *bindings.VoteSlot) { s.Attempt++ },
		"terms":         func(s *bindings.VoteSlot) { s.TermsHash = starkhash.Uint64(66) },
		"worker":        func(s *bindings.VoteSlot) { s.Worker = w.payer.Address() },
		"job":           func(s *bindings.VoteSlot) { *s = elsewhere },
	} {
		t.Run(name, func(t *testing.T) {
			voted := slot
			change(&voted)
			refused(t, w.worker.Sender, "vote signature invalid", w.certify(id, voted))
			refused(t, w.worker.Sender, "attempt is not approved", w.contracts.Payments.Release(won.Escrow))
		})
	}
	send(t, w.worker.Sender, w.certify(id, slot))
	if err := w.n.IncreaseTime(t.Context(), challenge+time.Second); err != nil {
		t.Fatal(err)
	}
	send(t, w.worker.Sender, w.jobs.Finalize(id, 1), w.contracts.Payments.Release(won.Escrow))
	if s := w.state(w.worker); s.Pending != 2_000 || s.Credits != 1 {
		t.Errorf("worker after the release: %+v", s)
	}
}

// TestDust: credits that somebody forces on an account touch no proof of its owner, and a rollover counts them.
func TestDust(t *testing.T) {
	token := badToken{placeHostile(t, as(t, owner), "HostileToken")}
	b := newBank(t, token.at, 0)
	giver := &customer{at: placeHostile(t, b.owner, "Puppet"), key: newKey(t)}
	victim := &customer{at: placeHostile(t, b.owner, "Puppet"), key: newKey(t)}
	send(t, b.owner, token.mint(giver.at, 1_000), token.mint(victim.at, 1_000), by(giver.at, b.register(giver)), by(victim.at, b.register(victim)),
		by(giver.at, b.deposit(giver, 1_000, 0)), by(victim.at, b.deposit(victim, 1_000, 0)))
	var escrows []*locked
	dust := func() abi.Call {
		call, l := b.lock(giver, victim, salts.Add(1), 1)
		escrows = append(escrows, l)
		send(t, b.owner, by(b.payments, call))
		return by(b.payments, b.release(l))
	}
	withdrawal := b.withdraw(victim, starkhash.Uint64(0xfeed), 400)
	send(t, b.owner, dust(), dust(), by(victim.at, withdrawal))
	both := []*customer{giver, victim}
	b.check(both, escrows)

	// A rollover that was made before one more credit fails, and the one made after it takes all.
	state := *victim
	rollover := b.rollover(victim)
	*victim = state
	send(t, b.owner, dust())
	refused(t, b.owner, "pending has changed", by(victim.at, rollover))
	send(t, b.owner, by(victim.at, b.rollover(victim)))
	if victim.units != 603 || victim.pending != 0 {
		t.Errorf("%d units and %d pending", victim.units, victim.pending)
	}
	b.check(both, escrows)
}
