package executor

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

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
			if !e.blobs.serves(h) {
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
				if w.view.Submitted.ProofHash != r.ProofHash || !second.blobs.serves(r.ProofHash) || w.depot[r.ProofHash] == nil {
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
