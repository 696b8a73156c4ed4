package storetest

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/job"
)

func testJobs(t *testing.T, f *fixture) {
	j := Job(1)
	j.Price = math.MaxUint64 - 123456789
	j.Deadline = 1 << 40
	f.must(func(ctx context.Context, tx store.Tx) error { _, err := store.Submit(ctx, tx, j); return err })
	got := f.job(j.ID)
	j.State, j.CreatedAt, j.UpdatedAt = job.Queued, f.clock.Now(), f.clock.Now()
	if got != j {
		t.Fatalf("stored %#v, read %#v", j, got)
	}
	if s := fmt.Sprintf("%v %d %s %+v", got.Price, got.Price, got.Price, got); len(s) == 0 || containsDigits(s, uint64(got.Price)) {
		t.Fatalf("the price shows in %q", s)
	}
	if got.WantsWorker {
		t.Fatal("a job that is not on-chain wants no worker")
	}
	f.view(func(ctx context.Context, r store.Reader) error {
		_, err := r.Job(ctx, job.ID{1})
		wantError(t, err, store.ErrNotFound)
		return nil
	})
	err := f.update(func(ctx context.Context, tx store.Tx) error { return tx.InsertJob(ctx, j) })
	wantError(t, err, store.ErrExists)
	err = f.update(func(ctx context.Context, tx store.Tx) error { return tx.UpdateJob(ctx, Job(9)) })
	wantError(t, err, store.ErrNotFound)
}

func containsDigits(s string, n uint64) bool {
	digits := fmt.Sprint(n)
	for i := 0; i+len(digits) <= len(s); i++ {
		if s[i:i+len(digits)] == digits {
			return true
		}
	}
	return false
}

func testIdempotency(t *testing.T, f *fixture) {
	a, b := Job(1), Job(2)
	a.IdempotencyKey, b.IdempotencyKey = "order-7", "order-7"
	f.must(func(ctx context.Context, tx store.Tx) error { _, err := store.Submit(ctx, tx, a); return err })
	var known store.Job
	err := f.update(func(ctx context.Context, tx store.Tx) (err error) { known, err = store.Submit(ctx, tx, b); return err })
	wantError(t, err, store.ErrExists)
	if known.ID != a.ID {
		t.Fatalf("got job %s, want the first one's", known.ID)
	}
	c := Job(3) // jobs without a key do not collide
	f.must(func(ctx context.Context, tx store.Tx) error { _, err := store.Submit(ctx, tx, c); return err })
	d := Job(4)
	f.must(func(ctx context.Context, tx store.Tx) error { _, err := store.Submit(ctx, tx, d); return err })
}

func testPages(t *testing.T, f *fixture) {
	const n = 25
	for i := range uint64(n) {
		f.open(i + 1)
		if i%3 == 0 { // equal times must not lose or repeat rows
			f.clock.Advance(time.Second)
		}
	}
	seen := map[job.ID]bool{}
	var last time.Time
	q := store.JobQuery{Limit: 4}
	for pages := 0; ; pages++ {
		var p store.Page[store.Job]
		f.view(func(ctx context.Context, r store.Reader) (err error) { p, err = r.Jobs(ctx, q); return err })
		for _, j := range p.Items {
			if seen[j.ID] {
				t.Fatalf("job %s twice", j.ID)
			}
			if !last.IsZero() && j.CreatedAt.After(last) {
				t.Fatal("not the newest first")
			}
			seen[j.ID], last = true, j.CreatedAt
		}
		if q.Cursor = p.Next; q.Cursor == "" {
			break
		}
		if pages > n {
			t.Fatal("the list does not end")
		}
	}
	if len(seen) != n {
		t.Fatalf("%d jobs in pages, want %d", len(seen), n)
	}
	f.view(func(ctx context.Context, r store.Reader) error {
		for _, bad := range []string{"x", "!!!", store.EncodeCursor("text"), string(make([]byte, 300))} {
			_, err := r.Jobs(ctx, store.JobQuery{Cursor: bad})
			wantError(t, err, store.ErrCursor)
		}
		p, err := r.Jobs(ctx, store.JobQuery{State: job.Paid})
		if err != nil || len(p.Items) != 0 {
			t.Fatalf("PAID: %v, %v", p.Items, err)
		}
		return nil
	})
}
