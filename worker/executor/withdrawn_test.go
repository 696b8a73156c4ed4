package executor

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/journal"
)

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
