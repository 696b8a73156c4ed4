// Package storetest is the conformance suite of [store.Store]: every driver passes [Run].
package storetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
)

// Clock is the clock of the database under test; it stands still until advanced.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock starts at a fixed time.
func NewClock() *Clock { return &Clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }

// Now reads the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Driver opens and inspects stores of one kind.
type Driver struct {
	// Open opens the store of a name, which keeps its content between openings.
	Open func(t *testing.T, name string, clock func() time.Time) store.Store
	// Tasks lists the tasks that wait in an open store.
	Tasks func(t *testing.T, s store.Store) []store.Task
}

// Lease is the lease's length in tests.
const Lease = 30 * time.Second

// Run runs the suite.
func Run(t *testing.T, d Driver) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *fixture)
	}{
		{"Jobs", testJobs}, {"Idempotency", testIdempotency}, {"Rollback", testRollback}, {"Pages", testPages},
		{"Claim", testClaim}, {"Transitions", testTransitions}, {"Leases", testLeases}, {"Hedge", testHedge},
		{"Drop", testDrop}, {"Events", testEvents}, {"Workers", testWorkers}, {"Blobs", testBlobs}, {"PruneBlobs", testPruneBlobs},
		{"Grants", testGrants}, {"Transactions", testTransactions}, {"Tasks", testTasks}, {"Reopen", testReopen},
		{"Serial", testSerial}, {"Changed", testChanged},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &fixture{T: t, driver: d, clock: NewClock()}
			f.store = d.Open(t, t.Name(), f.clock.Now)
			t.Cleanup(func() { f.store.Close() })
			c.test(t, f)
		})
	}
}

type fixture struct {
	*testing.T
	driver Driver
	clock  *Clock
	store  store.Store
}

func (f *fixture) update(fn func(ctx context.Context, tx store.Tx) error) error {
	return f.store.Update(f.Context(), func(tx store.Tx) error { return fn(f.Context(), tx) })
}

func (f *fixture) must(fn func(ctx context.Context, tx store.Tx) error) {
	f.Helper()
	if err := f.update(fn); err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) view(fn func(ctx context.Context, r store.Reader) error) {
	f.Helper()
	if err := f.store.View(f.Context(), func(r store.Reader) error { return fn(f.Context(), r) }); err != nil {
		f.Fatal(err)
	}
}

// Felt is a small field element.
func Felt(n uint64) felt.Felt { return *new(felt.Felt).SetUint64(n) }

// Job is a job that was not stored yet.
func Job(n uint64) store.Job {
	salt := Felt(n)
	return store.Job{
		ID: job.NewID(Felt(0xacc), salt), Spec: job.NewMatmul(8, job.Hash{byte(n)}), Salt: salt, Price: store.Price(n + 5), MaxHedges: 1,
	}
}

// open stores a job and marks it as created on-chain.
func (f *fixture) open(n uint64) store.Job {
	f.Helper()
	j := Job(n)
	f.must(func(ctx context.Context, tx store.Tx) error {
		if _, err := store.Submit(ctx, tx, j); err != nil {
			return err
		}
		var err error
		j, err = store.Refresh(ctx, tx, j.ID, "created", func(j *store.Job) { j.OnChain = true })
		return err
	})
	return j
}

func (f *fixture) claim(id job.ID, worker uint64) store.Attempt {
	f.Helper()
	var a store.Attempt
	f.must(func(ctx context.Context, tx store.Tx) (err error) {
		a, err = store.Claim(ctx, tx, id, Felt(worker), job.Hash{}, tx.Now(), Lease)
		return err
	})
	return a
}

func (f *fixture) advance(a store.Attempt, states ...job.State) store.Attempt {
	f.Helper()
	for _, s := range states {
		f.must(func(ctx context.Context, tx store.Tx) (err error) {
			a, err = store.Advance(ctx, tx, a.Job, a.Number, s, "test", nil)
			return err
		})
	}
	return a
}

func (f *fixture) job(id job.ID) (j store.Job) {
	f.Helper()
	f.view(func(ctx context.Context, r store.Reader) (err error) { j, err = r.Job(ctx, id); return err })
	return j
}

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error %v, want %v", err, want)
	}
}

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

func testRollback(t *testing.T, f *fixture) {
	j, boom := Job(1), errors.New("boom")
	err := f.update(func(ctx context.Context, tx store.Tx) error {
		if _, err := store.Submit(ctx, tx, j); err != nil {
			return err
		}
		return boom
	})
	wantError(t, err, boom)
	f.view(func(ctx context.Context, r store.Reader) error {
		_, err := r.Job(ctx, j.ID)
		wantError(t, err, store.ErrNotFound)
		return nil
	})
	if tasks := f.driver.Tasks(t, f.store); len(tasks) != 0 {
		t.Fatalf("tasks %v outlived their change", tasks)
	}
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

func worker(tx store.Tx, n uint64) store.Worker {
	return store.Worker{
		Address: Felt(n), NodeKey: []byte{2, byte(n)}, Tier: job.TierConsumer, Status: "idle", LastHeartbeat: tx.Now(), Health: 1,
		Manifest: wire.Manifest{Wallet: wire.Felt(Felt(n)), PayloadKey: []byte{byte(n)}},
	}
}

func testWorkers(t *testing.T, f *fixture) {
	for n := range uint64(5) {
		f.must(func(ctx context.Context, tx store.Tx) error { return tx.PutWorker(ctx, worker(tx, n+1)) })
		f.clock.Advance(10 * time.Second)
	}
	f.view(func(ctx context.Context, r store.Reader) error {
		alive, err := r.Alive(ctx, 30*time.Second)
		if err != nil || len(alive) != 3 {
			t.Fatalf("alive: %v, %v", alive, err)
		}
		w, err := r.Worker(ctx, Felt(2))
		if err != nil || w.Manifest.PayloadKey[0] != 2 || w.CreatedAt.IsZero() {
			t.Fatalf("worker %+v, %v", w, err)
		}
		p, err := r.Workers(ctx, store.WorkerQuery{Limit: 3})
		if err != nil || len(p.Items) != 3 {
			t.Fatalf("page %v, %v", p, err)
		}
		p, err = r.Workers(ctx, store.WorkerQuery{Limit: 3, Cursor: p.Next})
		if err != nil || len(p.Items) != 2 || p.Next != "" {
			t.Fatalf("page %v, %v", p, err)
		}
		return nil
	})
}

func testBlobs(t *testing.T, f *fixture) {
	j := f.open(1)
	hash := job.Hash{7}
	uses := func() (bs []store.Blob) {
		f.view(func(ctx context.Context, r store.Reader) (err error) { bs, err = r.BlobUses(ctx, hash); return err })
		return bs
	}
	if len(uses()) != 0 {
		t.Fatal("uses of an unknown blob")
	}
	for _, attempt := range []uint32{1, 2, 1} {
		f.must(func(ctx context.Context, tx store.Tx) error {
			return tx.PutBlob(ctx, store.Blob{Hash: hash, Kind: "result", Size: 9, Job: j.ID, Attempt: attempt})
		})
	}
	if bs := uses(); len(bs) != 2 || bs[0].Public {
		t.Fatalf("uses %v", bs)
	}
	f.must(func(ctx context.Context, tx store.Tx) error { return tx.PublishBlobs(ctx, j.ID, 2, hash) })
	if bs := uses(); len(bs) != 2 || !bs[0].Public || bs[0].Attempt != 2 || bs[1].Public {
		t.Fatalf("uses %v", bs)
	}
	f.view(func(ctx context.Context, r store.Reader) error {
		bs, err := r.BlobsOf(ctx, j.ID, 1)
		if err != nil || len(bs) != 1 {
			t.Fatalf("blobs of attempt 1: %v, %v", bs, err)
		}
		return nil
	})
}

// testPruneBlobs: uses go when their job is over for long enough, and nothing of it is unsettled.
func testPruneBlobs(t *testing.T, f *fixture) {
	hash := job.Hash{9}
	over, unsettled, running := f.open(1), f.open(2), f.open(3)
	a := f.claim(unsettled.ID, 7)
	for _, j := range []store.Job{over, unsettled, running} {
		f.must(func(ctx context.Context, tx store.Tx) error {
			return tx.PutBlob(ctx, store.Blob{Hash: hash, Kind: "result", Size: 9, Job: j.ID, Attempt: 1})
		})
	}
	prune := func() (n, left int) {
		t.Helper()
		f.must(func(ctx context.Context, tx store.Tx) (err error) {
			n, err = tx.PruneBlobs(ctx, f.clock.Now().Add(-time.Hour))
			return err
		})
		f.view(func(ctx context.Context, r store.Reader) error {
			bs, err := r.BlobUses(ctx, hash)
			left = len(bs)
			return err
		})
		return n, left
	}
	f.clock.Advance(2 * time.Hour)
	if n, left := prune(); n != 0 || left != 3 {
		t.Fatalf("with all jobs open: %d uses gone, %d left", n, left)
	}
	f.must(func(ctx context.Context, tx store.Tx) error {
		for _, j := range []store.Job{over, unsettled} {
			if _, err := store.Close(ctx, tx, j.ID, job.Cancelled, "over"); err != nil {
				return err
			}
		}
		return nil
	})
	if n, left := prune(); n != 0 || left != 3 {
		t.Fatalf("right after the end: %d uses gone, %d left", n, left)
	}
	f.clock.Advance(2 * time.Hour)
	if n, left := prune(); n != 1 || left != 2 {
		t.Fatalf("later: %d uses gone, %d left; an attempt is not settled", n, left)
	}
	f.must(func(ctx context.Context, tx store.Tx) error {
		_, err := store.Advance(ctx, tx, a.Job, a.Number, job.Void, "over", func(a *store.Attempt) { a.Settled = true })
		return err
	})
	f.clock.Advance(2 * time.Hour)
	if n, left := prune(); n != 1 || left != 1 {
		t.Fatalf("after the settlement: %d uses gone, %d left", n, left)
	}
}

func testGrants(t *testing.T, f *fixture) {
	g := store.Grant{Address: Felt(1), Source: "10.0.0.1", At: f.clock.Now()}
	f.must(func(ctx context.Context, tx store.Tx) error {
		if err := tx.PutGrant(ctx, g); err != nil {
			return err
		}
		return tx.PutGrant(ctx, store.Grant{Address: Felt(2), Source: "10.0.0.1", At: g.At.Add(-time.Hour)})
	})
	count := func(since time.Duration) (a, s int) {
		f.view(func(ctx context.Context, r store.Reader) (err error) {
			a, s, err = r.CountGrants(ctx, Felt(1), "10.0.0.1", f.clock.Now().Add(-since))
			return err
		})
		return a, s
	}
	if a, s := count(time.Minute); a != 1 || s != 1 {
		t.Fatalf("within a minute: %d to the address, %d to the source", a, s)
	}
	if a, s := count(2 * time.Hour); a != 1 || s != 2 {
		t.Fatalf("within two hours: %d, %d", a, s)
	}
	f.must(func(ctx context.Context, tx store.Tx) error { return tx.DeleteGrant(ctx, g) })
	if a, s := count(2 * time.Hour); a != 0 || s != 1 {
		t.Fatalf("after the deletion: %d, %d", a, s)
	}
}

func testTransactions(t *testing.T, f *fixture) {
	for nonce := range uint64(4) {
		f.must(func(ctx context.Context, tx store.Tx) error {
			return tx.PutTransaction(ctx, store.Transaction{
				Account: Felt(1), Hash: Felt(103 - nonce), Nonce: 3 - nonce, Method: "add", Param: "tx", Signed: []byte("bytes"), Purpose: "test",
			})
		})
	}
	nonces := func(from uint64) (out []uint64) {
		f.view(func(ctx context.Context, r store.Reader) error {
			open, err := r.OpenTransactions(ctx, Felt(1), from)
			for _, v := range open {
				if string(v.Signed) != "bytes" || v.Method != "add" || v.Param != "tx" {
					t.Errorf("signed bytes never change: %+v", v)
				}
				out = append(out, v.Nonce)
			}
			return err
		})
		return out
	}
	for nonce := range uint64(3) {
		f.must(func(ctx context.Context, tx store.Tx) error {
			return tx.PutTransaction(ctx, store.Transaction{
				Account: Felt(1), Hash: Felt(100 + nonce), Nonce: nonce, Method: "other", Signed: []byte("other"), Accepted: true, Block: nonce,
			})
		})
	}
	if got := nonces(2); !slices.Equal(got, []uint64{2, 3}) {
		t.Fatalf("open from nonce 2: %v", got)
	}
	f.must(func(ctx context.Context, tx store.Tx) error { return tx.PruneTransactions(ctx, Felt(1), 0, 1) })
	if got := nonces(0); !slices.Equal(got, []uint64{2, 3}) {
		t.Fatalf("after pruning: %v", got)
	}
	f.must(func(ctx context.Context, tx store.Tx) error { return tx.DeleteTransaction(ctx, Felt(1), Felt(103)) })
	if got := nonces(0); !slices.Equal(got, []uint64{2}) {
		t.Fatalf("after the deletion: %v", got)
	}
}

func testTasks(t *testing.T, f *fixture) {
	j := f.open(1)
	watch := store.Task{Kind: store.TaskWatch, Job: j.ID, Attempt: 1}
	for range 3 {
		f.must(func(ctx context.Context, tx store.Tx) error { return tx.Enqueue(ctx, watch, watch) })
	}
	tasks := f.driver.Tasks(t, f.store)
	if len(tasks) != 2 || tasks[0] != (store.Task{Kind: store.TaskCreate, Job: j.ID}) || tasks[1] != watch {
		t.Fatalf("tasks %v", tasks)
	}
}

func testReopen(t *testing.T, f *fixture) {
	j := f.open(1)
	a := f.claim(j.ID, 70)
	f.must(func(ctx context.Context, tx store.Tx) error {
		_, err := store.Advance(ctx, tx, j.ID, 1, job.Funded, "paid in", func(a *store.Attempt) {
			a.Escrow, a.FundTx, a.ProofHash = []felt.Felt{Felt(1), Felt(2)}, Felt(3), job.Hash{4}
		})
		return err
	})
	if err := f.store.Close(); err != nil {
		t.Fatal(err)
	}
	f.store = f.driver.Open(t, t.Name(), f.clock.Now)
	f.view(func(ctx context.Context, r store.Reader) error {
		got, err := r.Attempt(ctx, j.ID, 1)
		if err != nil || got.State != job.Funded || len(got.Escrow) != 2 || got.Escrow[1] != Felt(2) || got.FundTx != Felt(3) || got.ProofHash != (job.Hash{4}) || got.Fence != a.Fence {
			t.Fatalf("attempt %+v, %v", got, err)
		}
		open, err := r.Unfinished(ctx)
		if err != nil || len(open) != 1 || open[0].ID != j.ID {
			t.Fatalf("unfinished %v, %v", open, err)
		}
		return nil
	})
	if tasks := f.driver.Tasks(t, f.store); len(tasks) != 2 {
		t.Fatalf("tasks %v", tasks)
	}
}

// testSerial lets many claims race for few jobs: each job goes to one worker.
func testSerial(t *testing.T, f *fixture) {
	const jobs, workers = 4, 12
	var ids []job.ID
	for n := range uint64(jobs) {
		ids = append(ids, f.open(n+1).ID)
	}
	var (
		wg  sync.WaitGroup
		mu  sync.Mutex
		won = map[job.ID]int{}
	)
	for w := range uint64(workers) {
		wg.Go(func() {
			for _, id := range ids {
				err := f.update(func(ctx context.Context, tx store.Tx) error {
					_, err := store.Claim(ctx, tx, id, Felt(100+w), job.Hash{}, tx.Now(), Lease)
					return err
				})
				switch {
				case err == nil:
					mu.Lock()
					won[id]++
					mu.Unlock()
				case !errors.Is(err, store.ErrNotWanted):
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for _, id := range ids {
		if won[id] != 1 {
			t.Errorf("job %s was claimed %d times", id, won[id])
		}
	}
}

func testChanged(t *testing.T, f *fixture) {
	changed := f.store.Changed()
	f.open(1)
	select {
	case <-changed:
	default:
		t.Fatal("an update was not announced")
	}
	changed = f.store.Changed()
	if err := f.update(func(context.Context, store.Tx) error { return errors.New("no") }); err == nil {
		t.Fatal("no error")
	}
	select {
	case <-changed:
		t.Fatal("a failed update was announced")
	default:
	}
}
