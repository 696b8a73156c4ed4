package circle

import (
	"context"
	"math/bits"

	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/m31/vector"
)

// Double returns the twiddles of the domain of all points doubled n times, which
// has 2⁻ⁿ as many points and at least two. All but its lowest layer share memory
// with t; the inverse is there if t has it.
//
// A polynomial f on the doubled domain is, at position p of t's domain, the
// polynomial Q ↦ f(2ⁿ·Q): Stwo lifts shorter columns in this way, see
// [LiftedPosition].
func (t *Twiddles) Double(n int) *Twiddles {
	if n < 0 || n >= t.LogSize() {
		panic("circle: a domain of fewer than two points")
	}
	if n == 0 {
		return t
	}
	d := &Twiddles{domain: Domain{t.domain.HalfCoset.RepeatedDouble(n)}}
	d.layers = doubleLayers(d.domain, t.layers, n)
	if t.inverse != nil {
		d.inverse = doubleLayers(d.domain, t.inverse, n)
		if len(d.layers) < 3 {
			m31.BatchInverse(d.inverse[0], d.layers[0])
		}
	}
	return d
}

// doubleLayers returns the layers of the domain d, given those of the domain
// that becomes d when its points are doubled n times. Layer 0 of d is new.
func doubleLayers(d Domain, layers [][]m31.Element, n int) [][]m31.Element {
	out := make([][]m31.Element, d.LogSize())
	copy(out[1:], layers[n+1:])
	out[0] = heap.Elements(1 << (d.LogSize() - 1))
	if d.LogSize() < 3 {
		for i := range out[0] {
			out[0][i] = d.HalfCoset.At(BitReverseIndex(i, d.LogSize()-1)).Y
		}
		return out
	}
	if err := quarterTurns(context.Background(), 1, out[0], out[1]); err != nil {
		panic(err) // only a context's end is an error
	}
	return out
}

// Front returns the twiddles of the first 2^logSize points in bit-reversed order,
// which are a domain by themselves: Part(0, …) of t's. The layers share memory with
// t; the inverse, if it is wanted, is computed unless t has it.
func (t *Twiddles) Front(ctx context.Context, w parallel.Workers, logSize int, inverse bool) (*Twiddles, error) {
	if logSize < 1 || logSize > t.LogSize() {
		panic("circle: a front of no points or more than there are")
	}
	f := &Twiddles{domain: t.domain.Part(0, t.LogSize()-logSize), layers: t.Circle().Run(0, t.LogSize()-logSize).layers}
	switch {
	case !inverse:
		return f, nil
	case t.inverse != nil:
		f.inverse = Transform{t.inverse}.Run(0, t.LogSize()-logSize).layers
		return f, nil
	}
	return f, f.invert(ctx, w)
}

// LiftedPosition returns the position, in a bit-reversed domain of 2^to points,
// of what stands at position pos of a bit-reversed domain of 2^from points. For
// to ≤ from it is the doubled point's position there. For to > from it is the
// first position that is mapped back to pos, or to its neighbour of the same pair.
func LiftedPosition(pos, from, to int) int {
	if to > from {
		return pos>>1<<(to-from+1) + pos&1
	}
	return pos>>(from-to+1)<<1 + pos&1
}

// AddLifted adds to sum the coefficients of Q ↦ f(2ᵏ·Q), where those of f are 2ᵏ
// times fewer than sum's, at least two. Doubling a point k times takes π^i(x) to
// π^{i+k}(x) and y to 2ᵏ·y·x·π(x)·…·π^{k−1}(x): the lowest bit of a coefficient's
// index becomes the lowest k + 1 bits, the others move up by k.
func AddLifted(sum, f []m31.Element) {
	k := bits.TrailingZeros(uint(len(sum))) - bits.TrailingZeros(uint(len(f)))
	if k == 0 {
		vector.Add(sum, sum, f)
		return
	}
	factor := m31.Pow(2, uint64(k))
	for i := 0; i < len(f); i += 2 {
		even, odd := i<<k, i<<k+2<<k-1
		sum[even] = m31.Add(sum[even], f[i])
		sum[odd] = m31.Add(sum[odd], m31.Mul(factor, f[i+1]))
	}
}
