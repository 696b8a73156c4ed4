// Package arena lends the prover its large buffers of field elements and takes
// them back, so that phases and proofs that follow each other work on the same
// memory: it is neither cleared nor faulted in again, and the garbage collector
// has nothing to pace itself by.
package arena

import (
	"math/bits"
	"sync"
	"unsafe"

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
	lent  map[uintptr]int     // log₂ of the capacity by address
	slab  []m31.Element       // what is left of the last slab
	next  int                 // log₂ of the size of the slab after it
}

// Buffers of less than a slab are cut from slabs, which grow to this log₂: hundreds
// of columns of some KiB each then lie side by side in huge pages.
const slabLog = 22

// stagger is the number of elements between buffers in a slab, a line of the caches:
// whoever reads the same position of hundreds of columns, as a leaf of a tree is, would
// find all of them in the same few sets of a cache if they lay powers of two apart.
const stagger = 64 / elementSize

// hugePage is the size of a huge page in bytes on the platforms that have them by
// default.
const hugePage = 2 << 20

// New returns an arena that keeps at most limit bytes while they are not lent.
func New(limit int64) *Arena { return &Arena{limit: limit, lent: map[uintptr]int{}} }

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
	if a == nil {
		return allocate(1<<log, 0)[:n]
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	var s []m31.Element
	if free := a.free[log]; len(free) > 0 {
		s = free[len(free)-1]
		free[len(free)-1] = nil
		a.free[log] = free[:len(free)-1]
		a.idle -= elementSize << log
	} else {
		s = a.cut(log)
	}
	a.lent[address(s)] = log
	return s[:n]
}

// cut returns a buffer that was never lent.
func (a *Arena) cut(log int) []m31.Element {
	size := 1 << log
	if log >= slabLog {
		return allocate(size, 0)
	}
	if len(a.slab) < size {
		a.next = max(a.next, log)
		// Room for as many of the smallest buffers as if there were nothing in between.
		a.slab = allocate(1<<a.next, stagger<<(a.next-minLog))
		a.next = min(a.next+1, slabLog)
	}
	s := a.slab[:size:size]
	a.slab = a.slab[min(size+stagger, len(a.slab)):]
	return s
}

// Expect says that so many bytes will be asked for in all, before the first of them are
// returned, so that slabs need not start small: each that is twice the last one is one
// more reason for the garbage collector to run.
func (a *Arena) Expect(bytes int64) {
	if a == nil || bytes < elementSize<<minLog {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.next = max(a.next, min(bits.Len64(uint64(bytes)/elementSize)-1, slabLog))
}

// allocate returns new memory of size elements, a power of two, and some more. It starts
// at a huge page if it is large, and the part of that size is in huge pages then.
func allocate(size, more int) []m31.Element {
	if size*elementSize < 2*hugePage {
		return make([]m31.Element, size+more)
	}
	s := make([]m31.Element, size+more+hugePage/elementSize)
	skip := int(-address(s)&(hugePage-1)) / elementSize
	preferHugePages(s[skip : skip+size])
	return s[skip : skip+size+more : skip+size+more]
}

// address identifies a buffer without keeping it alive.
func address(s []m31.Element) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(s))) }

// Release takes back buffers that [Arena.Elements] has lent; others, and parts of
// such buffers, are left alone. The caller must not use a returned buffer any
// more, nor any slice of the same memory. What exceeds the limit is left to the
// garbage collector, which frees a slab when none of its buffers is kept or lent.
func (a *Arena) Release(buffers ...[]m31.Element) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range buffers {
		log, ok := a.lent[address(s)]
		if !ok || cap(s) != 1<<log {
			continue
		}
		delete(a.lent, address(s))
		if a.idle+elementSize<<log > a.limit {
			continue
		}
		a.free[log] = append(a.free[log], s[:cap(s)])
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
	a.slab, a.next = nil, 0
}
