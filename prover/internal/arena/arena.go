// Package arena lends the prover its large buffers of field elements and takes
// them back, so that phases and proofs that follow each other work on the same
// memory: it is neither cleared nor faulted in again, and the garbage collector
// has nothing to pace itself by.
package arena

import (
	"math/bits"
	"sync"

	"github.com/sage-network/sage-node/prover/m31"
)

// minLog is log₂ of the number of elements from which on a buffer is worth
// keeping.
const minLog = 10

// elementSize is the size of an element in bytes.
const elementSize = 4

// Arena keeps returned buffers, by their size, for whoever asks next. It may be
// used by several goroutines. A nil Arena keeps nothing: it allocates, and leaves
// what is returned to the garbage collector.
type Arena struct {
	mu    sync.Mutex
	limit int64
	idle  int64
	free  [64][][]m31.Element // by log₂ of the capacity
}

// New returns an arena that keeps at most limit bytes while they are not lent.
func New(limit int64) *Arena { return &Arena{limit: limit} }

// Elements lends a buffer of n elements, of any content: the caller writes before
// it reads.
func (a *Arena) Elements(n int) []m31.Element {
	if n == 0 {
		return nil
	}
	log := bits.Len(uint(n - 1))
	if log < minLog {
		return make([]m31.Element, n)
	}
	if a != nil {
		if s := a.take(log); s != nil {
			return s[:n]
		}
	}
	s := make([]m31.Element, n, 1<<log)
	preferHugePages(s[:cap(s)])
	return s
}

func (a *Arena) take(log int) []m31.Element {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := len(a.free[log])
	if n == 0 {
		return nil
	}
	s := a.free[log][n-1]
	a.free[log][n-1] = nil
	a.free[log] = a.free[log][:n-1]
	a.idle -= elementSize << log
	return s
}

// Release takes buffers back, which may but need not have come from
// [Arena.Elements]. The caller must not use them any more, nor any slice of the
// same memory. Buffers whose capacity is not a power of two, or that would exceed
// the limit, are left to the garbage collector.
func (a *Arena) Release(buffers ...[]m31.Element) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range buffers {
		c := cap(s)
		log := bits.TrailingZeros(uint(c))
		if bits.OnesCount(uint(c)) != 1 || log < minLog || a.idle+elementSize<<log > a.limit {
			continue
		}
		a.free[log] = append(a.free[log], s[:c])
		a.idle += elementSize << log
	}
}

// Idle returns the number of bytes that are kept and not lent.
func (a *Arena) Idle() int64 {
	if a == nil {
		return 0
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.idle
}

// Trim drops everything that is not lent.
func (a *Arena) Trim() {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.free[:])
	a.idle = 0
}
