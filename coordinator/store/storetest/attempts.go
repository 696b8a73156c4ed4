package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/job"
)

func testClaim(t *testing.T, f *fixture) {
	j := f.open(1)
	other := f.open(2)
	if !j.WantsWorker {
		t.Fatal("an open job wants a worker")
	}
	a := f.claim(j.ID, 70)
	if a.Number != 1 || a.Fence != 1 || a.State != job.Assigned || !a.LeaseUntil.Equal(f.clock.Now().Add(Lease)) {
		t.Fatalf("claimed %+v", a)
	}
	if got := f.job(j.ID); got.State != job.Assigned || got.WantsWorker || got.Fence != 1 {
		t.Fatalf("job %+v", got)
	}
	for _, c := range []struct {
		id     job.ID
		worker uint64
	}{{j.ID, 71}, {other.ID, 70}} { // the job is taken; the worker is busy
		err := f.update(func(ctx context.Context, tx store.Tx) error {
			_, err := store.Claim(ctx, tx, c.id, Felt(c.worker), job.Hash{}, tx.Now(), Lease)
			return err
		})
		wantError(t, err, store.ErrNotWanted)
	}
	f.advance(a, job.Void)
	if got := f.job(j.ID); got.State != job.Queued || !got.WantsWorker {
		t.Fatalf("after VOID: %+v", got)
	}
	b := f.claim(j.ID, 71)
	if b.Number != 2 || b.Fence != 2 {
		t.Fatalf("second attempt %+v", b)
	}
}

func testTransitions(t *testing.T, f *fixture) {
	j := f.open(1)
	a := f.claim(j.ID, 70)
	err := f.update(func(ctx context.Context, tx store.Tx) error {
		_, err := store.Advance(ctx, tx, j.ID, 1, job.Paid, "theft", nil)
		return err
	})
	wantError(t, err, job.ErrTransition)
	a = f.advance(a, job.Funded, job.Accepted, job.Executing, job.Proving, job.Submitted, job.Voting, job.Challenge, job.Approved, job.Paid)
	if got := f.job(j.ID); got.State != job.Paid || got.Closed != job.Paid || got.WantsWorker {
		t.Fatalf("job %+v", got)
	}
	err = f.update(func(ctx context.Context, tx store.Tx) error {
		_, err := store.Advance(ctx, tx, j.ID, 1, job.Void, "undo", nil)
		return err
	})
	wantError(t, err, job.ErrTransition)
	err = f.update(func(ctx context.Context, tx store.Tx) error {
		_, err := store.Close(ctx, tx, j.ID, job.Voting, "x")
		return err
	})
	wantError(t, err, job.ErrTransition)
	f.must(func(ctx context.Context, tx store.Tx) error { // a closed job stays as it was closed
		_, err := store.Close(ctx, tx, j.ID, job.Cancelled, "late")
		return err
	})
	if got := f.job(j.ID); got.State != job.Paid {
		t.Fatalf("job %+v", got)
	}
	_ = a
}

func testLeases(t *testing.T, f *fixture) {
	j := f.open(1)
	f.must(func(ctx context.Context, tx store.Tx) error { return tx.PutWorker(ctx, worker(tx, 70)) })
	f.claim(j.ID, 70)
	expired := func() (as []store.Attempt) {
		f.view(func(ctx context.Context, r store.Reader) (err error) { as, err = r.ExpiredLeases(ctx); return err })
		return as
	}
	f.clock.Advance(20 * time.Second)
	// A heartbeat that arrived five seconds ago renews from then.
	f.must(func(ctx context.Context, tx store.Tx) error {
		return tx.Beats(ctx, []store.Beat{{Worker: Felt(70), Status: "busy", Age: 5 * time.Second}}, Lease)
	})
	f.clock.Advance(25 * time.Second)
	if as := expired(); len(as) != 0 {
		t.Fatalf("expired at its last moment: %v", as)
	}
	f.clock.Advance(time.Millisecond)
	as := expired()
	if len(as) != 1 || as[0].Job != j.ID {
		t.Fatalf("expired: %v", as)
	}
	f.must(func(ctx context.Context, tx store.Tx) error {
		_, err := store.Advance(ctx, tx, j.ID, 1, job.Assigned, "lost", func(a *store.Attempt) { a.Lost = true })
		return err
	})
	if as := expired(); len(as) != 0 {
		t.Fatalf("a lost lease expires once: %v", as)
	}
	f.must(func(ctx context.Context, tx store.Tx) error { // heartbeats do not bring it back
		return tx.Beats(ctx, []store.Beat{{Worker: Felt(70), Status: "busy"}}, Lease)
	})
	f.view(func(ctx context.Context, r store.Reader) error {
		if _, err := store.Fenced(ctx, r, j.ID, 1, Felt(70), 1); !errors.Is(err, store.ErrFence) {
			t.Fatalf("a lost lease's token: %v", err)
		}
		return nil
	})
	var a store.Attempt
	f.must(func(ctx context.Context, tx store.Tx) (err error) {
		if a, err = tx.Attempt(ctx, j.ID, 1); err == nil {
			a, err = store.Relet(ctx, tx, a, tx.Now().Add(Lease))
		}
		return err
	})
	if a.Fence != 2 || a.Lost {
		t.Fatalf("relet %+v", a)
	}
	f.view(func(ctx context.Context, r store.Reader) error {
		for _, c := range []struct {
			worker, fence uint64
			want          error
		}{{70, 2, nil}, {70, 1, store.ErrFence}, {71, 2, store.ErrFence}} {
			if _, err := store.Fenced(ctx, r, j.ID, 1, Felt(c.worker), c.fence); !errors.Is(err, c.want) {
				t.Errorf("worker %d token %d: %v, want %v", c.worker, c.fence, err, c.want)
			}
		}
		return nil
	})
	f.advance(a, job.Funded, job.Submitted)
	f.clock.Advance(time.Hour)
	if as := expired(); len(as) != 0 {
		t.Fatalf("a submitted attempt needs no lease: %v", as)
	}
}

func testHedge(t *testing.T, f *fixture) {
	j := f.open(1)
	a := f.advance(f.claim(j.ID, 70), job.Funded, job.Accepted)
	lose := func(number uint32) {
		f.must(func(ctx context.Context, tx store.Tx) error {
			_, err := store.Advance(ctx, tx, j.ID, number, job.Accepted, "lost", func(a *store.Attempt) { a.Lost = true })
			return err
		})
	}
	lose(a.Number)
	if !f.job(j.ID).WantsWorker {
		t.Fatal("a job whose worker is silent wants a hedge")
	}
	b := f.claim(j.ID, 71)
	if b.Number != 2 || f.job(j.ID).Hedges != 1 {
		t.Fatalf("hedge %+v", b)
	}
	if got := f.job(j.ID); got.State != job.Accepted {
		t.Fatalf("a job is as far as its most advanced attempt, got %s", got.State)
	}
	b = f.advance(b, job.Funded, job.Accepted)
	lose(b.Number)
	if f.job(j.ID).WantsWorker {
		t.Fatal("more hedges than the job allows")
	}
	f.advance(a, job.Submitted)
	f.advance(a, job.Challenge, job.Approved, job.Paid)
	if got := f.job(j.ID); got.State != job.Paid || got.WantsWorker {
		t.Fatalf("job %+v", got)
	}
}

func testDrop(t *testing.T, f *fixture) {
	j := f.open(1)
	a := f.claim(j.ID, 70)
	f.must(func(ctx context.Context, tx store.Tx) error { return store.Drop(ctx, tx, a, "not eligible") })
	if got := f.job(j.ID); got.State != job.Queued || !got.WantsWorker {
		t.Fatalf("job %+v", got)
	}
	b := f.claim(j.ID, 71)
	if b.Number != 1 || b.Fence != 2 {
		t.Fatalf("the number is free again, the token is not: %+v", b)
	}
}

func testEvents(t *testing.T, f *fixture) {
	j := f.open(1)
	f.open(2)
	a := f.advance(f.claim(j.ID, 70), job.Funded, job.Funded, job.Accepted)
	f.must(func(ctx context.Context, tx store.Tx) error { return store.Note(ctx, tx, a, "hello", Felt(5)) })
	var events []store.Event
	f.view(func(ctx context.Context, r store.Reader) (err error) {
		events, err = r.Events(ctx, j.ID, 0, 100)
		return err
	})
	var got string
	for i, e := range events {
		got += fmt.Sprintf("%d:%s>%s ", e.Attempt, e.From, e.To)
		if i > 0 && e.Sequence <= events[i-1].Sequence || e.At.IsZero() || e.Cause == "" {
			t.Fatalf("event %+v", e)
		}
	}
	const want = "0:QUEUED>QUEUED 1:QUEUED>ASSIGNED 0:QUEUED>ASSIGNED 1:ASSIGNED>FUNDED 0:ASSIGNED>FUNDED " +
		"1:FUNDED>ACCEPTED 0:FUNDED>ACCEPTED 1:ACCEPTED>ACCEPTED "
	if got != want {
		t.Fatalf("events\n%s, want\n%s", got, want)
	}
	f.view(func(ctx context.Context, r store.Reader) error {
		rest, err := r.Events(ctx, j.ID, events[5].Sequence, 1)
		if err != nil || len(rest) != 1 || rest[0] != events[6] {
			t.Fatalf("events after the sixth: %v, %v", rest, err)
		}
		return nil
	})
}
