package executor

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"lukechampine.com/blake3"

	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/journal"
)

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
