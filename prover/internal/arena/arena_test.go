package arena

import (
	"sync"
	"testing"
	"unsafe"

	"github.com/sage-network/sage-node/prover/m31"
)

func TestBuffersComeBack(t *testing.T) {
	a := New(1 << 20)
	s := a.Elements(5000)
	if len(s) != 5000 || cap(s) != 8192 {
		t.Fatalf("%d elements of %d, want 5000 of 8192", len(s), cap(s))
	}
	a.Release(s)
	if got := a.Idle(); got != 4*8192 {
		t.Fatalf("%d bytes kept, want %d", got, 4*8192)
	}
	again := a.Elements(8192)
	if unsafe.SliceData(again) != unsafe.SliceData(s) {
		t.Error("another buffer although one was free")
	}
	if other := a.Elements(8192); unsafe.SliceData(other) == unsafe.SliceData(s) {
		t.Error("a lent buffer was lent again")
	}
	if a.Idle() != 0 {
		t.Errorf("%d bytes kept, want none", a.Idle())
	}
}

func TestWhatIsNotKept(t *testing.T) {
	const limit = 3 * 4096
	a := New(limit)
	a.Release(make([]m31.Element, 1024)) // not lent
	a.Release(a.Elements(16))            // small
	a.Release(a.Elements(2048)[1024:])   // a part
	a.Release(nil)
	if a.Idle() != 0 {
		t.Fatalf("%d bytes kept, want none", a.Idle())
	}
	s := a.Elements(1024)
	a.Release(s)
	a.Release(s) // twice
	if a.Idle() != 4096 {
		t.Fatalf("%d bytes kept, want 4096", a.Idle())
	}
	var lent [][]m31.Element
	for range 5 {
		lent = append(lent, a.Elements(1024))
	}
	a.Release(lent...)
	if a.Idle() != limit {
		t.Fatalf("%d bytes kept, want the limit %d", a.Idle(), limit)
	}
	a.Trim()
	if a.Idle() != 0 {
		t.Fatalf("%d bytes kept after Trim", a.Idle())
	}
}

func TestNilArenaAllocates(t *testing.T) {
	var a *Arena
	s := a.Elements(2048)
	a.Release(s)
	if len(s) != 2048 || a.Idle() != 0 || a.Elements(0) != nil {
		t.Error("a nil arena does not allocate")
	}
	a.Trim()
}

func TestLargeBuffersAreUsable(t *testing.T) {
	s := New(0).Elements(3 << 20)
	for i := range s {
		s[i] = m31.Element(i)
	}
	for i := range s {
		if s[i] != m31.Element(i) {
			t.Fatalf("element %d holds %d", i, s[i])
		}
	}
}

// Goroutines that lend and return never hold the same buffer at a time.
func TestConcurrentUse(t *testing.T) {
	a := New(1 << 20)
	var wg sync.WaitGroup
	for id := range m31.Element(8) {
		wg.Go(func() {
			for range 200 {
				s := a.Elements(1024)
				s[0], s[1023] = id, id
				if s[0] != id || s[1023] != id {
					t.Error("two goroutines hold one buffer")
				}
				a.Release(s)
			}
		})
	}
	wg.Wait()
}

// Slabs are as large as what is expected, up to their bound, and buffers from them do
// not overlap.
func TestExpect(t *testing.T) {
	for _, bytes := range []int64{0, 1, 4096, 5 << 20, 1 << 40} {
		a := New(1 << 30)
		a.Expect(bytes)
		var all [][]m31.Element
		for i := range m31.Element(100) {
			s := a.Elements(1024 << (i % 4))
			for j := range s {
				s[j] = i
			}
			all = append(all, s)
		}
		for i, s := range all {
			for _, v := range s {
				if v != m31.Element(i) {
					t.Fatalf("%d bytes expected: buffer %d holds %d", bytes, i, v)
				}
			}
		}
		a.Release(all...)
		if a.Idle() != 25*(4+8+16+32)<<10 {
			t.Errorf("%d bytes expected: %d bytes come back", bytes, a.Idle())
		}
	}
	var none *Arena
	none.Expect(1 << 20)
}

// Columns of one size do not lie powers of two apart, and take no more huge pages than
// if they did.
func TestStagger(t *testing.T) {
	a := New(0)
	const n = 1 << 12
	a.Expect(64 * n * elementSize)
	previous := address(a.Elements(n))
	for range 63 {
		at := address(a.Elements(n))
		if at-previous != (n+stagger)*elementSize {
			t.Fatalf("buffers of %d bytes lie %d bytes apart", n*elementSize, at-previous)
		}
		previous = at
	}
}
