package lease

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"go.uber.org/goleak"

	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/coordinator/store/sqlite"
	"github.com/sage-network/sage-node/coordinator/store/storetest"
	"github.com/sage-network/sage-node/job"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type fixture struct {
	*testing.T
	clock  *storetest.Clock
	store  *sqlite.Store
	keeper *Keeper
	id     job.ID
}

var worker = storetest.Felt(70)

func start(t *testing.T, states ...job.State) *fixture {
	f := &fixture{T: t, clock: storetest.NewClock(), id: storetest.Job(1).ID}
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "s.db"), sqlite.WithClock(f.clock.Now), sqlite.WithoutSync())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	f.store, f.keeper = s, New(s, slog.New(slog.DiscardHandler))
	f.update(func(ctx context.Context, tx store.Tx) error {
		if err := tx.PutWorker(ctx, store.Worker{Address: worker, NodeKey: []byte{2}, LastHeartbeat: tx.Now(), Health: 1}); err != nil {
			return err
		}
		if _, err := store.Submit(ctx, tx, storetest.Job(1)); err != nil {
			return err
		}
		if _, err := store.Refresh(ctx, tx, f.id, "", func(j *store.Job) { j.OnChain = true }); err != nil {
			return err
		}
		if _, err := store.Claim(ctx, tx, f.id, worker, job.Hash{}, tx.Now(), Length); err != nil {
			return err
		}
		for _, s := range states {
			if _, err := store.Advance(ctx, tx, f.id, 1, s, "test", nil); err != nil {
				return err
			}
		}
		return nil
	})
	return f
}

func (f *fixture) update(fn func(ctx context.Context, tx store.Tx) error) {
	f.Helper()
	if err := f.store.Update(f.Context(), func(tx store.Tx) error { return fn(f.Context(), tx) }); err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) read() (j store.Job, a store.Attempt, w store.Worker) {
	f.Helper()
	err := f.store.View(f.Context(), func(r store.Reader) (err error) {
		if j, err = r.Job(f.Context(), f.id); err != nil {
			return err
		}
		if a, err = r.Attempt(f.Context(), f.id, 1); err != nil {
			return err
		}
		w, err = r.Worker(f.Context(), worker)
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	return j, a, w
}

func (f *fixture) sweep() []store.Attempt {
	f.Helper()
	lost, err := f.keeper.Sweep(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	return lost
}

// TestReplaced35 is the promise: thirty seconds after the last heartbeat the lease is lost, and a hedge
// is wanted at once.
func TestReplaced35(t *testing.T) {
	f := start(t, job.Funded, job.Accepted)
	f.clock.Advance(25 * time.Second)
	f.keeper.Beat(worker, "busy")
	if lost := f.sweep(); len(lost) != 0 { // sweeping flushes first
		t.Fatalf("lost %v", lost)
	}
	if _, _, w := f.read(); w.Status != "busy" || w.LastHeartbeat.Before(f.clock.Now().Add(-time.Second)) {
		t.Fatalf("worker %+v", w)
	}
	f.clock.Advance(29 * time.Second)
	if lost := f.sweep(); len(lost) != 0 {
		t.Fatalf("lost %v", lost)
	}
	f.clock.Advance(2 * time.Second)
	if lost := f.sweep(); len(lost) != 1 || lost[0].Number != 1 {
		t.Fatalf("lost %v", lost)
	}
	j, a, w := f.read()
	if !a.Lost || !j.WantsWorker || w.Health >= 1 {
		t.Fatalf("job %+v, attempt %+v, health %v", j, a, w.Health)
	}
	if lost := f.sweep(); len(lost) != 0 {
		t.Fatalf("lost again: %v", lost)
	}
}

func TestOfferIsNotHedged(t *testing.T) {
	f := start(t, job.Funded)
	f.clock.Advance(31 * time.Second)
	if lost := f.sweep(); len(lost) != 1 {
		t.Fatalf("lost %v", lost)
	}
	if j, a, _ := f.read(); !a.Lost || j.WantsWorker {
		t.Fatalf("job %+v", j)
	}
}

func TestGrace(t *testing.T) {
	f := start(t, job.Funded, job.Accepted)
	f.clock.Advance(time.Hour) // the coordinator was away
	if err := f.keeper.Grace(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(29 * time.Second)
	if lost := f.sweep(); len(lost) != 0 {
		t.Fatalf("lost %v", lost)
	}
	f.clock.Advance(2 * time.Second)
	if lost := f.sweep(); len(lost) != 1 {
		t.Fatalf("lost %v", lost)
	}
}

// broken fails its updates.
type broken struct {
	store.Store
	err error
}

func (b *broken) Update(ctx context.Context, fn func(store.Tx) error) error {
	if b.err != nil {
		return b.err
	}
	return b.Store.Update(ctx, fn)
}

func TestFailedFlushKeepsBeats(t *testing.T) {
	f := start(t)
	b := &broken{f.store, errors.New("disk full")}
	k := New(b, slog.New(slog.DiscardHandler))
	k.Beat(worker, "busy")
	if err := k.Flush(t.Context()); !errors.Is(err, b.err) {
		t.Fatalf("error %v", err)
	}
	k.Beat(felt.Felt{}, "idle")
	b.err = nil
	if err := k.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, w := f.read(); w.Status != "busy" {
		t.Fatalf("worker %+v", w)
	}
}

func TestRunEnds(t *testing.T) {
	f := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { f.keeper.Run(ctx, func(store.Attempt) {}); close(ended) }()
	cancel()
	<-ended
}
