package executor

import (
	"context"
	"sync"
	"time"

	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/worker/journal"
)

// task is one attempt in memory. Its record is written by the goroutine that drives it, but for the
// fence, which a new lease may raise at any time.
type task struct {
	key  Key
	wake chan struct{} // holds one token: look again

	mu        sync.Mutex
	rec       journal.Record
	withdrawn bool
	computing bool

	// Of the driving goroutine only.
	a, b      prover.Matrix // inputs, once derived
	holdsSlot bool
	offeredAt time.Time
	reported  time.Time // last progress message
	phase     string
}

func newTask(r journal.Record) *task {
	return &task{key: Key{r.Job, r.Attempt}, rec: r, wake: make(chan struct{}, 1), offeredAt: time.Now()}
}

func (t *task) record() journal.Record {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.rec
}

// refence takes a lease's token if it is newer and returns the record.
func (t *task) refence(fence uint64) journal.Record {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rec.Fence = max(t.rec.Fence, fence)
	return t.rec
}

func (t *task) set(r journal.Record) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r.Fence = max(t.rec.Fence, r.Fence)
	t.rec = r
}

func (t *task) withdraw() {
	t.mu.Lock()
	t.withdrawn = true
	t.mu.Unlock()
	t.nudge()
}

func (t *task) wasWithdrawn() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.withdrawn
}

func (t *task) computes() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.computing
}

func (t *task) setComputing(is bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.computing = is
}

func (t *task) nudge() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// wait pauses until the time is over, a nudge comes or ctx is done.
func (t *task) wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.wake:
	case <-timer.C:
	}
	return nil
}
