// Package parallel runs the prover's loops on a bounded number of goroutines,
// with cancellation between tasks.
package parallel

import (
	"context"
	"fmt"
	"math/bits"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// Workers is the number of goroutines that a loop may use. Zero stands for the
// number of usable processors.
type Workers int

// Count returns the number of goroutines.
func (w Workers) Count() int {
	if w <= 0 {
		return runtime.GOMAXPROCS(0)
	}
	return int(w)
}

// tasksPerWorker is the number of tasks that [Workers.Chunk] leaves each worker at
// least, so that none waits long for the others.
const tasksPerWorker = 2

// Chunk returns how many of n items a task takes, a power of two from least to most:
// as many as leave every worker some tasks.
func (w Workers) Chunk(n, least, most int) int {
	share := max(n/(tasksPerWorker*w.Count()), 1)
	return max(least, min(most, 1<<(bits.Len(uint(share))-1)))
}

// For calls f(worker, i) for every i in [0, n), in ascending order of start on
// each of at most w goroutines; worker < w.Count() names the goroutine, so that f
// can keep scratch memory for each. After the first error, or once ctx is done,
// no further call starts, and For returns that error. Calls that run are waited
// for: f should last well below 100 ms or watch ctx itself. A panic of f on any
// goroutine becomes a panic of For, with the first one's value and stack as text:
// a caller that recovers survives it.
func For(ctx context.Context, w Workers, n int, f func(worker, i int) error) error {
	var (
		next     atomic.Int64
		stop     atomic.Bool
		once     sync.Once
		first    error
		panicked atomic.Pointer[string]
		wg       sync.WaitGroup
	)
	fail := func(err error) {
		once.Do(func() { first = err })
		stop.Store(true)
	}
	work := func(worker int) {
		for !stop.Load() {
			i := int(next.Add(1)) - 1
			if i >= n {
				return
			}
			if err := ctx.Err(); err != nil {
				fail(err)
				return
			}
			if err := f(worker, i); err != nil {
				fail(err)
				return
			}
		}
	}
	guarded := func(worker int) {
		defer func() {
			if r := recover(); r != nil {
				text := fmt.Sprintf("%v\n%s", r, debug.Stack())
				panicked.CompareAndSwap(nil, &text)
				stop.Store(true)
			}
		}()
		work(worker)
	}
	count := min(w.Count(), n)
	for worker := 1; worker < count; worker++ {
		wg.Go(func() { guarded(worker) })
	}
	if count > 0 {
		guarded(0)
	}
	wg.Wait()
	if text := panicked.Load(); text != nil {
		panic(*text)
	}
	return first
}

// Chunks splits [0, n) into chunks of at most size and calls f(worker, lo, hi)
// for each as [For] does.
func Chunks(ctx context.Context, w Workers, n, size int, f func(worker, lo, hi int) error) error {
	return For(ctx, w, (n+size-1)/size, func(worker, i int) error {
		return f(worker, i*size, min((i+1)*size, n))
	})
}
