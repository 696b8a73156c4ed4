// Package storetest is the conformance suite of [store.Store]: every driver passes [Run].
package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/job"
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
