package elgamal

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/sage-network/sage-node/elgamal/curve"
)

const (
	jumpKinds = 64   // different jumps of a walk
	herd      = 1024 // walkers of one goroutine, which share inversions
	markEvery = 1 << markBits
	markBits  = 10 // a point in so many powers of two is a landmark, at most
)

// wideBound is where kangaroos take over from baby steps.
const wideBound = 1 << 40

// FindWide is [Solver.Find] for bounds up to 2^64: beyond 2^40 by Pollard's parallel
// kangaroos (van Oorschot, Wiener 1999) on all cores. It is the last resort for a
// balance without a true hint.
//
// The work is some 3·√bound steps on average, and the store of met points grows
// to about √bound/500 entries; with bound = 2^50 that is 10^8 steps, some seconds,
// and with 2^64 it is 1.3·10^10 steps. progress, which may be nil, is told the number
// of steps and the number expected; it is called from several goroutines, one at a
// time. FindWide ends with ctx's error when ctx does, and with [ErrNotFound] after
// 16 times the expected work, which leaves out a value in reach with a probability
// below 10^−6.
func (s *Solver) FindWide(ctx context.Context, m Point, bound uint64, progress func(steps, expected float64)) (uint64, error) {
	if bound <= wideBound {
		return s.Find(ctx, m, bound)
	}
	return findWide(ctx, m, bound, progress)
}

func findWide(ctx context.Context, m Point, bound uint64, progress func(steps, expected float64)) (uint64, error) {
	root := math.Sqrt(float64(bound))
	h := &hunt{
		m: m, bound: bound, progress: progress,
		expected: 3*root + float64(runtime.GOMAXPROCS(0)*herd*markEvery),
		met:      map[uint64]landmark{},
	}
	h.mark = uint64(1)<<min(markBits, max(0, bits.Len64(uint64(root))-12)) - 1
	// Jumps of mean √bound·walkers/4 let tame and wild walks meet soonest.
	workers := runtime.GOMAXPROCS(0)
	mean := max(2, root*float64(workers*herd)/4)
	mean = min(mean, float64(bound)/4+2)
	for j := range h.jump {
		seed := sha256.Sum256(fmt.Appendf(nil, "SAGE/DLOG/1/jump %d %d", j, bound))
		u := float64(binary.BigEndian.Uint64(seed[:])>>11) / (1 << 53)
		h.length[j] = 1 + uint64(2*mean*u)
		h.jump[j] = multiple(h.length[j])
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			h.run(ctx, uint64(w))
			stop()
		})
	}
	all.Wait()
	if h.found {
		return h.value, nil
	}
	if err := context.Cause(ctx); err != nil && !h.exhausted() {
		return 0, err
	}
	return 0, fmt.Errorf("%w: no value below %d met", ErrNotFound, bound)
}

// hunt is one search. A tame walker at distance d stands at dG, a wild one at
// m + dG; distances are modulo 2^64, like the value.
type hunt struct {
	m        Point
	bound    uint64
	progress func(steps, expected float64)
	expected float64
	mark     uint64 // landmarks have these bits of the abscissa zero
	jump     [jumpKinds]Point
	length   [jumpKinds]uint64
	steps    atomic.Uint64

	mu    sync.Mutex
	met   map[uint64]landmark
	found bool
	value uint64
}

type landmark struct {
	distance uint64
	wild     bool
}

func (h *hunt) exhausted() bool { return float64(h.steps.Load()) > 16*h.expected }

// run walks a herd, half of it tame, until the value is found or ctx ends.
func (h *hunt) run(ctx context.Context, worker uint64) {
	at := make([]curve.Affine, herd)
	kind := make([]uint64, herd)
	distance := make([]uint64, herd)
	births := worker << 40
	place := func(i int) {
		seed := sha256.Sum256(fmt.Appendf(nil, "SAGE/DLOG/1/start %d", births))
		births++
		hi, _ := bits.Mul64(binary.BigEndian.Uint64(seed[:]), h.bound)
		distance[i] = hi // uniform below the bound
		start := multiple(hi)
		if i%2 == 1 {
			// Wild walks start around m on both sides, as tame ones around the middle.
			distance[i] -= h.bound / 2
			start = h.m.Add(start).Sub(multiple(h.bound / 2))
		}
		at[i] = start.a
	}
	for i := range at {
		place(i)
	}
	pairs := curve.NewPairs(herd)
	for round := 0; ; round++ {
		if round%64 == 0 && (ctx.Err() != nil || h.tell(64*herd)) {
			return
		}
		for i := range at {
			kind[i] = h.kind(&at[i])
			for !pairs.Set(i, &at[i], &h.jump[kind[i]].a) {
				place(i) // an affine addition cannot leave this point
				kind[i] = h.kind(&at[i])
			}
		}
		pairs.Sum(at)
		for i := range at {
			x := &at[i].X
			distance[i] += h.length[kind[i]]
			if x[0]&h.mark == 0 {
				if h.meet(x[2], landmark{distance[i], i%2 == 1}) {
					return
				}
				if h.crowded(x[2], distance[i], i%2 == 1) {
					place(i)
				}
			}
		}
	}
}

// kind says which jump leaves a point.
func (h *hunt) kind(at *curve.Affine) uint64 { return at.X[1] % jumpKinds }

// tell counts steps and reports them; it says whether the search should end.
func (h *hunt) tell(steps uint64) bool {
	n := h.steps.Add(steps)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.progress != nil {
		h.progress(float64(n), h.expected)
	}
	return h.found || float64(n) > 16*h.expected
}

// meet leaves a landmark and says whether it gives the value.
func (h *hunt) meet(x uint64, l landmark) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	other, ok := h.met[x]
	if !ok {
		h.met[x] = l
		return h.found
	}
	if other.wild != l.wild {
		tame, wild := l.distance, other.distance
		if l.wild {
			tame, wild = wild, tame
		}
		if v := tame - wild; v < h.bound && multiple(v).Equal(h.m) {
			h.found, h.value = true, v
		}
	}
	return h.found
}

// crowded says whether another walk of the same kind came here before: from here
// on both are one, so one of them starts anew.
func (h *hunt) crowded(x, distance uint64, wild bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	other := h.met[x]
	return other.wild == wild && other.distance != distance
}
