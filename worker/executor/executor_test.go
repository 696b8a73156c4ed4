package executor

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"go.uber.org/goleak"
	"lukechampine.com/blake3"

	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/journal"
)

// All tests of running executors are in synctest bubbles: time is virtual, so that a pause costs
// nothing and synctest.Wait is the moment at which nothing more happens by itself.

func TestMain(m *testing.M) {
	if _, err := testIdentity(); err != nil { // outside of any bubble
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

func tempDir() (string, error) { return os.MkdirTemp("", "sage-executor-") }

// until runs virtual time until the record is at a final step.
func until(t *testing.T, w *world) journal.Record {
	t.Helper()
	for range 100_000 {
		if r := w.stored(); r.Step.Final() {
			synctest.Wait()
			return w.stored()
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("never ended: %+v, on-chain %s", w.stored(), w.view.State)
	return journal.Record{}
}

func last[M wire.WorkerMessage](w *world) (m M, ok bool) {
	defer w.lock()()
	for _, sent := range w.messages {
		if v, is := sent.(M); is {
			m, ok = v, true
		}
	}
	return m, ok
}

func TestOneAttemptToPayment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		e := begin(t, w, 0, nil)
		defer e.stop()
		if e.Status() != Ready {
			t.Errorf("status %s before the offer", e.Status())
		}
		e.Offer(offer(t, spec()))
		r := until(t, w)
		if r.Step != journal.Paid || w.count("accept") != 1 || w.count("submit") != 1 || w.count("hand_back") != 0 {
			t.Fatalf("%+v %v", r, w.sent)
		}
		id, _ := testIdentity()
		result, ok := last[wire.ComputeResult](w)
		if !ok {
			t.Fatal("no result was returned")
		}
		if err := wire.VerifyNode(id.NodeKey(), wire.ResultDigest(result), result.Signature); err != nil {
			t.Error(err)
		}
		a, b, _ := prover.Expand(spec().Input.Seed, 8, 8, 8)
		c, _ := prover.Multiply(t.Context(), a, b)
		if want := job.Hash(prover.ResultHash(c)); result.ResultHash != want || r.ResultHash != want {
			t.Errorf("result hash %s, want %s", result.ResultHash, want)
		}
		if want := wire.ProofOfExecution(theKey.Job, encodeResult(c), id.NodeID()); result.ProofOfExecution != want {
			t.Error("wrong proof of execution")
		}
		if w.view.Submitted.ProofHash != r.ProofHash || result.ProofHash != r.ProofHash || result.Transaction.IsZero() || result.Fence != 3 {
			t.Errorf("%+v of %+v", result, w.view.Submitted)
		}
		for _, h := range []job.Hash{r.ResultHash, r.ProofHash} {
			if w.depot[h] == nil {
				t.Errorf("%s was not uploaded", h)
			}
			if !e.blobs.published[h] {
				t.Errorf("%s is not served", h)
			}
		}
		if e.Status() != Ready {
			t.Errorf("status %s at the end", e.Status())
		}
		if p, ok := last[wire.Progress](w); !ok || p.Job != theKey.Job {
			t.Error("no progress was reported")
		}
	})
}

// A worker killed at every instant of an attempt, before and after the effect of every operation on
// the chain, the disk, the coordinator and the engine, and started again on the same disk, ends with
// the job paid, one accept and one submission.
func TestKilledAtEveryInstant(t *testing.T) {
	instants := 0
	for at := 1; ; at++ {
		died := false
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				first := begin(t, w, at, nil)
				first.Offer(offer(t, spec()))
				for range 1000 {
					first.life.crash.mu.Lock()
					died = first.life.crash.dead
					first.life.crash.mu.Unlock()
					if died || w.stored().Step.Final() {
						break
					}
					time.Sleep(10 * time.Millisecond)
				}
				first.stop()
				second := begin(t, w, 0, nil)
				defer second.stop()
				if len(second.Holding()) == 0 && !w.stored().Step.Final() {
					second.Offer(offer(t, spec())) // killed before the first record: the coordinator offers again
				}
				r := until(t, w)
				if r.Step != journal.Paid {
					t.Fatalf("instant %d: %+v", at, r)
				}
				if w.count("accept") != 1 || w.count("submit") != 1 || w.count("hand_back") != 0 {
					t.Errorf("instant %d: %v", at, w.sent)
				}
				if w.view.Submitted.ProofHash != r.ProofHash || !second.blobs.published[r.ProofHash] || w.depot[r.ProofHash] == nil {
					t.Errorf("instant %d: the submitted proof is not the one that is served", at)
				}
			})
		})
		if !died {
			break
		}
		instants++
	}
	if instants < 30 {
		t.Errorf("only %d instants were tried", instants)
	}
}

// What is wrong before accept costs nothing: the offer is declined with a reason, and nothing is sent.
func TestDeclines(t *testing.T) {
	small := spec()
	small.Rows = 7
	cases := map[string]struct {
		change func(*world)
		offer  func(*testing.T) wire.Offer
		text   string
	}{
		"another specification": {offer: func(t *testing.T) wire.Offer { return offer(t, job.NewMatmul(8, job.Hash{8})) }, text: "specification hashes to"},
		"another shape":         {offer: func(t *testing.T) wire.Offer { return offer(t, small) }, text: "specification hashes to"},
		"invalid specification": {offer: func(t *testing.T) wire.Offer { return offer(t, job.NewMatmul(4096, job.Hash{7})) }, text: "bad payload"},
		"garbage": {offer: func(t *testing.T) wire.Offer {
			return wire.Offer{Job: theKey.Job, Attempt: 1, Payload: []byte("garbage")}
		}, text: "bad payload"},
		"unknown field": {offer: func(t *testing.T) wire.Offer {
			return wire.Offer{Job: theKey.Job, Attempt: 1, Payload: sealed(t, map[string]any{"spec": spec(), "price": 1})}
		}, text: "unknown field"},
		"attempt 0":               {offer: func(t *testing.T) wire.Offer { o := offer(t, spec()); o.Attempt = 0; return o }, text: "numbered from 1"},
		"another worker":          {change: func(w *world) { w.view.Terms.Worker = jobs }, text: "assigned to"},
		"another input root":      {change: func(w *world) { w.view.Terms.InputCommitment[0] ^= 1 }, text: "inputs commit to"},
		"another escrow":          {change: func(w *world) { w.view.Terms.EscrowHash = jobs }, text: "escrow hashes to"},
		"bad escrow":              {change: func(w *world) { w.escrowErr = fmt.Errorf("%w: amount", ErrEscrow) }, text: "bad escrow"},
		"price too low":           {change: func(w *world) { w.units = 4_999_999_999 }, text: "at least 5 is wanted"},
		"another terms hash":      {change: func(w *world) { w.view.TermsHash = jobs }, text: "terms hash to"},
		"hidden penalty":          {change: func(w *world) { w.view.Terms.PenaltyCap = amount.SAGE(51) }, text: "terms hash to"},
		"hidden window":           {change: func(w *world) { w.view.Terms.Windows.Appeal++ }, text: "terms hash to"},
		"another delivery":        {change: func(w *world) { w.view.Terms.Delivery = job.DeliverProof }, text: "delivery"},
		"another k":               {change: func(w *world) { w.view.Terms.K = 9 }, text: "k is"},
		"another tier":            {change: func(w *world) { w.view.MinTier = job.TierFrontier }, text: "minimum tier"},
		"synthetic on-chain":      {change: func(w *world) { w.view.Synthetic = true }, text: "synthetic"},
		"unknown AIR":             {change: func(w *world) { w.view.Terms.AIR = 2 }, text: "AIR"},
		"unknown AIR version":     {change: func(w *world) { w.view.Terms.AIRVersion = 2 }, text: "AIR 1 version 2"},
		"jailed":                  {change: func(w *world) { w.standing.Eligible = false }, text: "not eligible"},
		"accept window over":      {change: func(w *world) { w.now = w.view.Deadline + 1 }, text: "accept window"},
		"void":                    {change: func(w *world) { w.view.State = StateVoid }, text: "VOID"},
		"submitted by another":    {change: func(w *world) { w.view.State = StateSubmitted }, text: "SUBMITTED"},
		"never funded":            {change: func(w *world) { w.view.State = StateAssigned }, text: "not funded after"},
		"unknown on-chain":        {change: func(w *world) { w.view = View{} }, text: "NONE on-chain"},
		"panic while checking":    {change: func(w *world) { w.compute = func(string) error { panic("boom") } }, text: "panicked"},
		"accept keeps reverting":  {change: func(w *world) { w.sendErr["accept"] = fmt.Errorf("%w: terms", ErrReverted) }, text: "failed 3 times"},
		"input blob is not there": {offer: func(t *testing.T) wire.Offer { return offer(t, blobSpec(job.Hash{1})) }, change: func(w *world) { w.fundBlob(blobSpec(job.Hash{1})) }, text: "input blob"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				if c.change != nil {
					c.change(w)
				}
				e := begin(t, w, 0, func(cfg *Config) { cfg.Policy.MinPriceUnits = 5_000_000_000 })
				defer e.stop()
				o := offer(t, spec())
				if c.offer != nil {
					o = c.offer(t)
				}
				e.Offer(o)
				var d wire.Declined
				for range 1000 {
					var ok bool
					if d, ok = last[wire.Declined](w); ok {
						break
					}
					time.Sleep(10 * time.Millisecond)
				}
				if !strings.Contains(d.Reason, c.text) || d.Fence != o.Fence || d.Job != o.Job {
					t.Errorf("declined with %+v, want %q", d, c.text)
				}
				if len(w.sent) != 0 {
					t.Errorf("sent %v", w.sent)
				}
				if r := w.stored(); r.Step != "" && r.Step != journal.Dropped {
					t.Errorf("recorded as %s", r.Step)
				}
			})
		})
	}
}

func blobSpec(h job.Hash) job.Spec {
	s := spec()
	s.Input = job.Input{Kind: job.InputBlob, Blob: h}
	return s
}

// fundBlob funds a job whose inputs are those of the seed specification, given as a blob.
func (w *world) fundBlob(s job.Spec) {
	w.fund(spec())
	w.view.Terms.SpecHash = s.Hash()
	w.view.TermsHash = w.view.Terms.Hash()
}

func TestOtherInputs(t *testing.T) {
	a, b, err := prover.Expand(spec().Input.Seed, 8, 8, 8)
	if err != nil {
		t.Fatal(err)
	}
	pair, _ := a.MarshalBinary()
	second, _ := b.MarshalBinary()
	pair = wire.JoinInput(pair, second)
	synthetic := spec()
	synthetic.Input = job.Input{Kind: job.InputSynthetic, SeedBlock: 9}
	cases := map[string]struct {
		spec job.Spec
		fund func(*world, job.Spec)
	}{
		"blob": {blobSpec(job.Hash{9}), func(w *world, s job.Spec) { w.depot[s.Input.Blob] = pair; w.fundBlob(s) }},
		"synthetic": {synthetic, func(w *world, s job.Spec) {
			w.blockHash = *new(felt.Felt).SetUint64(0xb10c)
			w.fund(s)
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				c.fund(w, c.spec)
				e := begin(t, w, 0, nil)
				defer e.stop()
				e.Offer(offer(t, c.spec))
				if r := until(t, w); r.Step != journal.Paid {
					t.Errorf("%+v", r)
				}
			})
		})
	}
}

// Trouble that passes is waited for, and nothing is sent twice.
func TestTroubleThatPasses(t *testing.T) {
	cases := map[string]struct{ trouble, over func(*world) }{
		"no node":         {func(w *world) { w.readErr = errors.New("connection refused") }, func(w *world) { w.readErr = nil }},
		"no escrow event": {func(w *world) { w.escrowErr = errors.New("timeout") }, func(w *world) { w.escrowErr = nil }},
		"funded later":    {func(w *world) { w.view.State = StateAssigned }, func(w *world) { w.view.State = StateFunded }},
		"accept unknown":  {func(w *world) { w.sendErr["accept"] = errors.New("timeout") }, func(w *world) { delete(w.sendErr, "accept") }},
		"submit unknown":  {func(w *world) { w.sendErr["submit"] = errors.New("timeout") }, func(w *world) { delete(w.sendErr, "submit") }},
		"submit reverts once": {
			func(w *world) { w.sendErr["submit"] = fmt.Errorf("%w: fee", ErrReverted) },
			func(w *world) { delete(w.sendErr, "submit") },
		},
		"depot away": {func(w *world) { w.depotErr = errors.New("503") }, func(w *world) { w.depotErr = nil }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.change(func() { c.trouble(w) })
				e := begin(t, w, 0, nil)
				defer e.stop()
				e.Offer(offer(t, spec()))
				time.Sleep(15 * time.Millisecond)
				if w.stored().Step.Final() {
					t.Fatalf("gave up at once: %+v", w.stored())
				}
				w.change(func() { c.over(w) })
				if r := until(t, w); r.Step != journal.Paid || w.count("accept") != 1 || w.count("submit") != 1 {
					t.Errorf("%+v %v", r, w.sent)
				}
			})
		})
	}
}

// A coordinator that stays away does not keep the worker from submitting; it gets the blobs later.
func TestSubmitsWithoutTheCoordinator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.depotErr = errors.New("connection refused")
		w.onSubmit = func(*View) {}
		e := begin(t, w, 0, nil)
		defer e.stop()
		e.Offer(offer(t, spec()))
		for w.stored().Step != journal.Submitted {
			time.Sleep(time.Second)
		}
		if r := w.stored(); r.Delivered || !e.blobs.published[r.ProofHash] {
			t.Errorf("%+v", r)
		}
		w.change(func() { w.depotErr = nil })
		for !w.stored().Delivered {
			time.Sleep(time.Second)
		}
		w.change(func() { w.view.State, w.view.Released = StateApproved, true })
		if r := until(t, w); r.Step != journal.Paid || w.depot[r.ProofHash] == nil {
			t.Errorf("%+v", r)
		}
	})
}

// After accept, a worker that cannot finish hands the attempt back.
func TestHandsBack(t *testing.T) {
	cases := map[string]func(phase string) error{
		"error":          func(p string) error { return failAt(p, "multiply", errors.New("bad memory")) },
		"prover error":   func(p string) error { return failAt(p, "prove", errors.New("C is not A·B")) },
		"prover panic":   func(p string) error { return panicAt(p, "prove") },
		"multiply panic": func(p string) error { return panicAt(p, "multiply") },
	}
	for name, compute := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.compute = compute
				e := begin(t, w, 0, nil)
				defer e.stop()
				e.Offer(offer(t, spec()))
				r := until(t, w)
				if r.Step != journal.Void || w.count("hand_back") != 1 || w.count("submit") != 0 || r.SlashedWei != amount.SAGE(1).String() {
					t.Errorf("%+v %v", r, w.sent)
				}
				if f, ok := last[wire.Failed](w); !ok || f.Reason == "" {
					t.Error("the coordinator was not told")
				}
				if len(w.blobs) != 0 {
					t.Error("blobs stay behind")
				}
			})
		})
	}
}

func failAt(phase, at string, err error) error {
	if phase == at {
		return err
	}
	return nil
}

func panicAt(phase, at string) error {
	if phase == at {
		panic("boom")
	}
	return nil
}

// An attempt that ended on-chain while the worker proved is left at once; one that the coordinator
// withdraws, but the chain still shows as accepted, is finished.
func TestWithdrawnWhileProving(t *testing.T) {
	for _, c := range []struct {
		name  string
		state AttemptState
		want  journal.Step
	}{{"ended on-chain", StateVoid, journal.Void}, {"still the worker's", StateAccepted, journal.Paid}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				proving, goOn := make(chan struct{}), make(chan struct{})
				w.compute = func(phase string) error {
					if phase == "prove" {
						close(proving)
						<-goOn
					}
					return nil
				}
				e := begin(t, w, 0, nil)
				defer e.stop()
				e.Offer(offer(t, spec()))
				<-proving
				if id, ok := e.Current(); !ok || id != theKey.Job || e.Status() != Executing || e.Willing() {
					t.Errorf("current %v %v, status %s", id, ok, e.Status())
				}
				w.change(func() { w.view.State = c.state })
				e.Withdrawn(wire.Withdrawn{Job: theKey.Job, Attempt: 1, Reason: "lease lost"})
				synctest.Wait()
				close(goOn)
				if r := until(t, w); r.Step != c.want || w.count("hand_back") != 0 {
					t.Errorf("%+v %v", r, w.sent)
				}
			})
		})
	}
}

func TestWithdrawnBeforeAccept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.view.State = StateAssigned
		e := begin(t, w, 0, nil)
		defer e.stop()
		e.Offer(offer(t, spec()))
		e.Resumed(nil) // a welcome that keeps nothing
		if r := until(t, w); r.Step != journal.Dropped || len(w.sent) != 0 {
			t.Errorf("%+v %v", r, w.sent)
		}
	})
}

// Once accept may have been sent, a withdrawal does not stop the worker from finding out.
func TestWithdrawnWhileAcceptIsUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.sendErr["accept"] = errors.New("timeout")
		e := begin(t, w, 0, nil)
		defer e.stop()
		e.Offer(offer(t, spec()))
		for !w.stored().AcceptSent {
			time.Sleep(time.Millisecond)
		}
		e.Withdrawn(wire.Withdrawn{Job: theKey.Job, Attempt: 1})
		w.change(func() { w.view.State, w.view.Deadline = StateAccepted, w.now+600 }) // it had landed
		if r := until(t, w); r.Step != journal.Paid {
			t.Errorf("%+v", r)
		}
	})
}

func TestTooLateToSubmit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.compute = func(phase string) error {
			if phase == "multiply" {
				w.change(func() { w.now = w.view.Deadline + 1 })
			}
			return nil
		}
		e := begin(t, w, 0, nil)
		defer e.stop()
		e.Offer(offer(t, spec()))
		for w.stored().Step != journal.Abandoned {
			time.Sleep(10 * time.Millisecond)
		}
		w.change(func() { w.view.State, w.view.Slashed = StateVoid, amount.SAGE(50) }) // timeout
		r := until(t, w)
		if r.Step != journal.Void || len(w.sent) != 1 || r.SlashedWei != amount.SAGE(50).String() || !strings.Contains(r.Reason, "submit window") {
			t.Errorf("%+v %v", r, w.sent)
		}
	})
}

func TestRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.onSubmit = func(v *View) { v.State, v.Slashed = StateRejected, amount.SAGE(100) }
		e := begin(t, w, 0, nil)
		defer e.stop()
		e.Offer(offer(t, spec()))
		if r := until(t, w); r.Step != journal.Rejected || r.SlashedWei != amount.SAGE(100).String() {
			t.Errorf("%+v", r)
		}
	})
}

func TestCircuitBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.compute = func(string) error { return errors.New("bad memory") }
		e := begin(t, w, 0, func(cfg *Config) { cfg.BreakerLimit, cfg.BreakerPause = 2, time.Hour })
		defer e.stop()
		try := func(n byte) wire.Declined {
			o := offer(t, spec())
			o.Job = job.ID{n}
			w.change(func() { w.messages = nil })
			e.Offer(o)
			for {
				if d, ok := last[wire.Declined](w); ok {
					synctest.Wait()
					return d
				}
				time.Sleep(time.Millisecond)
			}
		}
		// Jobs other than the funded one are unknown on-chain: only failures to compute count.
		try(9)
		if !e.Willing() {
			t.Error("a declined offer counts as a failure")
		}
		try(1)
		if !e.Willing() || e.Status() != Ready {
			t.Error("open after one failure")
		}
		w.change(func() { w.records = map[string]journal.Record{} })
		e.mu.Lock()
		delete(e.tasks, theKey)
		e.mu.Unlock()
		try(1)
		if e.Willing() || e.Status() != Idle {
			t.Errorf("closed after two failures, status %s", e.Status())
		}
		if d := try(2); !strings.Contains(d.Reason, "circuit breaker") {
			t.Errorf("%+v", d)
		}
		time.Sleep(time.Hour)
		if !e.Willing() || e.Status() != Ready {
			t.Errorf("still open after the pause, status %s", e.Status())
		}
	})
}

func TestOneAtATimeAndRepeatedOffers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		goOn := make(chan struct{})
		w.compute = func(phase string) error {
			if phase == "prove" {
				<-goOn
			}
			return nil
		}
		e := begin(t, w, 0, nil)
		defer e.stop()
		e.Offer(offer(t, spec()))
		synctest.Wait()
		again := offer(t, spec())
		again.Fence = 8
		e.Offer(again) // a new lease for the same attempt
		if h := e.Holding(); len(h) != 1 || h[0].Fence != 8 || h[0].State != job.Proving {
			t.Errorf("%+v", h)
		}
		other := offer(t, spec())
		other.Job = job.ID{2}
		e.Offer(other)
		if d, ok := last[wire.Declined](w); !ok || d.Job != other.Job || !strings.Contains(d.Reason, "busy") {
			t.Errorf("%+v", d)
		}
		close(goOn)
		if r := until(t, w); r.Step != journal.Paid {
			t.Errorf("%+v", r)
		}
		if result, _ := last[wire.ComputeResult](w); result.Fence != 8 {
			t.Errorf("the result carries fence %d", result.Fence)
		}
		e.Offer(again)
		if d, _ := last[wire.Declined](w); d.Job != theKey.Job || !strings.Contains(d.Reason, "paid") {
			t.Errorf("an offer of a finished attempt: %+v", d)
		}
	})
}

func TestDrainingFinishesWhatRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var draining atomic.Bool
		w.compute = func(string) error { draining.Store(true); return nil }
		e := begin(t, w, 0, func(c *Config) { c.Draining = draining.Load })
		defer e.stop()
		e.Offer(offer(t, spec()))
		if r := until(t, w); r.Step != journal.Paid || e.Willing() {
			t.Errorf("%+v, willing %v", r, e.Willing())
		}
		other := offer(t, spec())
		other.Attempt++
		e.Offer(other)
		if d, ok := last[wire.Declined](w); !ok || d.Attempt != other.Attempt || !strings.Contains(d.Reason, "draining") {
			t.Errorf("%+v", d)
		}
	})
}

func TestUnstakingDeclines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		e := begin(t, w, 0, nil)
		defer e.stop()
		e.Unstaking(true)
		if e.Status() != Unstaking {
			t.Errorf("status %s", e.Status())
		}
		e.Offer(offer(t, spec()))
		if d, ok := last[wire.Declined](w); !ok || !strings.Contains(d.Reason, "unstaking") {
			t.Errorf("%+v", d)
		}
	})
}

func TestOldRecordsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		old := journal.Record{Job: job.ID{5}, Attempt: 1, Step: journal.Paid, ResultHash: job.Hash{1}, ProofHash: job.Hash{2}}
		w.records[Key{old.Job, 1}.String()] = old
		w.blobs[old.ProofHash] = []byte("x")
		e := begin(t, w, 0, nil)
		defer e.stop()
		if len(w.records) != 0 || len(w.blobs) != 0 {
			t.Errorf("%v %v", w.records, w.blobs)
		}
	})
}

// TestRecordsGoWhileTheWorkerRuns: declined offers after an hour, paid attempts with their blobs after the
// retention time, and nothing that is open.
func TestRecordsGoWhileTheWorkerRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		add := func(n byte, step journal.Step) string {
			r := journal.Record{Job: job.ID{n}, Attempt: 1, Step: step, ResultHash: job.Hash{n}, ProofHash: job.Hash{2}, Delivered: true, UpdatedAt: time.Now().Unix()}
			w.records[Key{r.Job, 1}.String()] = r
			w.blobs[r.ResultHash], w.blobs[r.ProofHash] = []byte("x"), []byte("shared")
			return Key{r.Job, 1}.String()
		}
		dropped, paid, waiting := add(5, journal.Dropped), add(6, journal.Paid), add(7, journal.Submitted)
		w.view.State, w.view.Deadline = StateChallenge, 1<<40
		e := begin(t, w, 0, func(c *Config) { c.Retention, c.Poll = 24*time.Hour, time.Hour })
		defer e.stop()
		has := func() (d, p, o bool) {
			defer w.lock()()
			_, d = w.records[dropped]
			_, p = w.records[paid]
			_, o = w.records[waiting]
			return d, p, o
		}
		time.Sleep(offerRetention / 2)
		if d, p, o := has(); !d || !p || !o {
			t.Errorf("after half an hour: %t %t %t", d, p, o)
		}
		time.Sleep(offerRetention)
		if d, p, o := has(); d || !p || !o {
			t.Errorf("after an hour and a half: %t %t %t", d, p, o)
		}
		time.Sleep(24 * time.Hour)
		if d, p, o := has(); d || p || !o {
			t.Errorf("after a day: %t %t %t", d, p, o)
		}
		w.change(func() {
			if w.blobs[job.Hash{6}] != nil || w.blobs[job.Hash{7}] == nil || w.blobs[job.Hash{2}] == nil {
				t.Errorf("blobs %v: those of the open attempt stay, its own and the shared one", w.blobs)
			}
		})
	})
}

func FuzzDecodePayload(f *testing.F) {
	f.Add([]byte(`{"spec":{"version":1,"type":"matmul","rows":8,"inner":8,"columns":8,"input":{"kind":"seed","seed":"0700000000000000000000000000000000000000000000000000000000000000"},"delivery":"result","min_tier":1}}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := DecodePayload(b)
		if err != nil {
			if !errors.Is(err, ErrPayload) {
				t.Errorf("%v does not wrap ErrPayload", err)
			}
			return
		}
		if err := p.Spec.Validate(); err != nil {
			t.Errorf("accepted %+v: %v", p.Spec, err)
		}
	})
}

func FuzzSplitPair(f *testing.F) {
	a, b, _ := prover.Expand([32]byte{1}, 2, 3, 4)
	pair, _ := a.MarshalBinary()
	second, _ := b.MarshalBinary()
	f.Add(wire.JoinInput(pair, second))
	f.Fuzz(func(t *testing.T, blob []byte) {
		a, b, err := splitPair(blob)
		if err != nil {
			return
		}
		x, err := a.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		y, err := b.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		if string(wire.JoinInput(x, y)) != string(blob) {
			t.Error("two encodings of one pair")
		}
	})
}

// The end of one attempt leaves the blobs that another needs: equal results are one blob, and a coordinator
// could otherwise have a result deleted that validators are about to ask for.
func TestSharedBlobsStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.onSubmit = func(v *View) { v.State = StateVoid }
		result, own, input := job.Hash{1}, job.Hash{2}, job.Hash{3}
		other := journal.Record{Job: job.ID{5}, Attempt: 1, Step: journal.Submitted, ResultHash: result}
		w.blobs[result], w.blobs[own], w.blobs[input] = []byte("r"), []byte("p"), []byte("i")
		e := begin(t, w, 0, nil)
		defer e.stop()
		e.mu.Lock()
		e.tasks[Key{other.Job, 1}] = newTask(other)
		e.mu.Unlock()
		ended := newTask(journal.Record{Job: job.ID{6}, Attempt: 1, Step: journal.Submitted, ResultHash: result, ProofHash: own, Spec: blobSpec(input)})
		if err := e.step(ended, ended.record(), journal.Void); err != nil {
			t.Fatal(err)
		}
		if w.blobs[result] == nil || w.blobs[own] != nil || w.blobs[input] != nil {
			t.Errorf("left: %v", w.blobs)
		}
	})
}

// A worker that restarts after it has accepted does not need the coordinator for the input.
func TestInputIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, err := prover.Expand(spec().Input.Seed, 8, 8, 8)
		if err != nil {
			t.Fatal(err)
		}
		first, _ := a.MarshalBinary()
		second, _ := b.MarshalBinary()
		pair := wire.JoinInput(first, second)
		s := blobSpec(blake3.Sum256(pair))
		w := newWorld(t)
		w.depot[s.Input.Blob] = pair
		w.fundBlob(s)
		e := begin(t, w, 0, nil)
		defer e.stop()
		if _, _, err := e.inputs(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		delete(w.depot, s.Input.Blob)
		got, _, err := e.inputs(t.Context(), s)
		if err != nil || !slices.Equal(got.Data, a.Data) {
			t.Fatalf("%v", err)
		}
	})
}
