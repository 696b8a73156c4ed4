package executor

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/journal"
)

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
		if r := w.stored(); r.Delivered || !e.blobs.serves(r.ProofHash) {
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
