package executor

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/journal"
)

// ticking moves the chain's clock with the virtual one until the end of the test.
func ticking(t *testing.T, w *world) {
	done := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-done:
				return
			case <-time.After(time.Second):
				w.change(func() { w.now++ })
			}
		}
	}()
	t.Cleanup(func() { close(done); <-stopped })
}

func (w *world) block() uint64 { defer w.lock()(); return w.now }

// certificate is one for the test's attempt; it verifies in round goodRound.
func certificate(round uint32, verdict wire.Verdict) wire.Certificate {
	return wire.Certificate{Slot: wire.Slot{Job: theKey.Job, Attempt: theKey.Attempt}, Round: round, Verdict: verdict}
}

// TestNobodyElseSettles: after the submission neither coordinator nor validators do anything. The worker
// finds a certificate among bad ones, and ends the attempt itself, each call once.
func TestNobodyElseSettles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.onSubmit = func(*View) {}
		ticking(t, w)
		other := certificate(goodRound, wire.Valid)
		other.Slot.Attempt++
		e := begin(t, w, 0, func(c *Config) {
			c.Grace = 20
			c.Certificates = certificates{other, certificate(goodRound, wire.Invalid), certificate(0, wire.Valid), certificate(goodRound, wire.Valid)}
		})
		defer e.stop()
		e.Offer(offer(t, spec()))
		r := until(t, w)
		if r.Step != journal.Paid || r.ApproveTx.IsZero() || r.FinalizeTx.IsZero() || r.ReleaseTx.IsZero() {
			t.Fatalf("%+v", r)
		}
		for _, call := range []string{"approve", "finalize", "release"} {
			if w.count(call) != 1 {
				t.Errorf("%s was sent %d times", call, w.count(call))
			}
		}
	})
}

// TestOthersSettle: whoever is faster than the grace period saves the worker the fees.
func TestOthersSettle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.onSubmit = func(v *View) { v.State, v.Deadline = StateChallenge, w.now+50 }
		ticking(t, w)
		e := begin(t, w, 0, func(c *Config) { c.Grace = 20 })
		defer e.stop()
		e.Offer(offer(t, spec()))
		for w.block() < 1_065 { // the window is over, the grace period is not
			time.Sleep(time.Second)
		}
		w.change(func() { w.view.State = StateApproved })
		for w.block() < 1_080 {
			time.Sleep(time.Second)
		}
		w.change(func() { w.view.Released = true })
		if r := until(t, w); r.Step != journal.Paid || !r.FinalizeTx.IsZero() || !r.ReleaseTx.IsZero() || len(w.tried) != 2 { // accept, submit
			t.Errorf("%+v, calls %v", r, w.tried)
		}
	})
}

// TestUndecidedEndsVoid: without any certificate the bond comes back after the decide window.
func TestUndecidedEndsVoid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.onSubmit = func(*View) {}
		ticking(t, w)
		e := begin(t, w, 0, func(c *Config) { c.Grace = 5; c.Certificates = certificates{certificate(0, wire.Valid)} })
		defer e.stop()
		e.Offer(offer(t, spec()))
		if r := until(t, w); r.Step != journal.Void || w.count("finalize") != 1 || w.count("approve") != 0 {
			t.Errorf("%+v, calls %v", r, w.sent)
		}
	})
}

// TestRefusedSettlementIsGivenUp: fees are not burnt on calls that revert; a payment by others is seen.
func TestRefusedSettlementIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.onSubmit = func(v *View) { v.State, v.Deadline = StateChallenge, w.now+5 }
		w.sendErr["finalize"] = fmt.Errorf("%w: paused", ErrReverted)
		ticking(t, w)
		e := begin(t, w, 0, func(c *Config) { c.Grace = 5 })
		defer e.stop()
		e.Offer(offer(t, spec()))
		for w.block() < 2_000 {
			time.Sleep(time.Second)
		}
		w.change(func() {
			if w.tried["finalize"] != maxReverts {
				t.Errorf("tried %d times, want %d", w.tried["finalize"], maxReverts)
			}
			w.view.State, w.view.Released = StateApproved, true
		})
		if r := until(t, w); r.Step != journal.Paid {
			t.Errorf("%+v", r)
		}
	})
}

// TestKilledWhileSettling kills the worker at every instant from the submission on. It is paid, and no call
// takes effect twice.
func TestKilledWhileSettling(t *testing.T) {
	for at := 1; ; at++ {
		died := false
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.onSubmit = func(*View) {}
				ticking(t, w)
				change := func(c *Config) {
					c.Grace, c.Poll = 3, 20*time.Second
					c.Certificates = certificates{certificate(goodRound, wire.Valid)}
				}
				first := begin(t, w, at, change)
				first.Offer(offer(t, spec()))
				for range 100_000 {
					first.life.crash.mu.Lock()
					died = first.life.crash.dead
					first.life.crash.mu.Unlock()
					if died || w.stored().Step.Final() {
						break
					}
					time.Sleep(10 * time.Millisecond)
				}
				first.stop()
				if !w.stored().Step.Reached(journal.Submitted) {
					return // another test's
				}
				second := begin(t, w, 0, change)
				defer second.stop()
				if r := until(t, w); r.Step != journal.Paid {
					t.Fatalf("%+v", r)
				}
				for _, call := range []string{"approve", "finalize", "release"} {
					if w.count(call) != 1 {
						t.Errorf("%s was sent %d times", call, w.count(call))
					}
				}
			})
		})
		if !died {
			break
		}
	}
}

func TestNoMoveWithoutKnowledge(t *testing.T) {
	if _, err := Make(t.Context(), nil, nil, theKey, Certify); !errors.Is(err, ErrNoCertificate) {
		t.Error(err)
	}
	if _, err := Make(t.Context(), nil, nil, theKey, Stay); err == nil {
		t.Error("made no move and said so")
	}
}
