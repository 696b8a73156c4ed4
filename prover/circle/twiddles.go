package circle

import (
	"context"

	"github.com/sage-network/sage-node/prover/internal/arena"
	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/m31/vector"
)

// Twiddles are the factors of the circle FFT over one domain of 2ᴸ points.
//
// Layer 0 holds the y-coordinates and layer ℓ ≥ 1 the values π^{ℓ−1}(x) that the
// butterflies of that layer multiply by, one per block of 2^{ℓ+1} points, in
// bit-reversed order. A run of blocks in bit-reversed order is a part of the
// domain, so the twiddles of a part are slices of these.
type Twiddles struct {
	domain  Domain
	layers  [][]m31.Element
	inverse [][]m31.Element
}

// heap allocates the tables, in huge pages where they are large.
var heap *arena.Arena

// twiddleChunk is the number of twiddles computed between two looks at the
// context.
const twiddleChunk = 1 << 14

// NewTwiddles computes the twiddles of the domain d, of at least two points. With
// inverse set, [Twiddles.Interpolate] is possible too.
func NewTwiddles(d Domain, inverse bool) *Twiddles {
	t, err := ComputeTwiddles(context.Background(), 1, d, inverse)
	if err != nil {
		panic(err) // only a context's end is an error
	}
	return t
}

// ComputeTwiddles is NewTwiddles on several goroutines; it stops when ctx is
// done.
func ComputeTwiddles(ctx context.Context, w parallel.Workers, d Domain, inverse bool) (*Twiddles, error) {
	logSize := d.LogSize()
	layers := make([][]m31.Element, logSize)
	half := 1 << (logSize - 1)
	layers[0] = heap.Elements(half)
	if half < 4 {
		for i := range layers[0] {
			layers[0][i] = d.HalfCoset.At(BitReverseIndex(i, logSize-1)).Y
		}
		if half == 2 {
			layers[1] = []m31.Element{d.At(0).X}
		}
	} else {
		layers[1] = heap.Elements(half / 2)
		if err := bitReversedXs(ctx, w, layers[1], d.HalfCoset); err != nil {
			return nil, err
		}
		if err := quarterTurns(ctx, w, layers[0], layers[1]); err != nil {
			return nil, err
		}
	}
	for l := 2; l < logSize; l++ {
		prev, next := layers[l-1], heap.Elements(len(layers[l-1])/2)
		err := parallel.Chunks(ctx, w, len(next), twiddleChunk, func(_, lo, hi int) error {
			for i := lo; i < hi; i++ {
				next[i] = DoubleX(prev[2*i])
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		layers[l] = next
	}
	t := &Twiddles{domain: d, layers: layers}
	if !inverse {
		return t, nil
	}
	return t, t.invert(ctx, w)
}

// invert computes the inverse twiddles.
func (t *Twiddles) invert(ctx context.Context, w parallel.Workers) error {
	t.inverse = make([][]m31.Element, len(t.layers))
	for l := len(t.layers) - 1; l >= 0; l-- {
		layer := t.layers[l]
		dst := heap.Elements(len(layer))
		t.inverse[l] = dst
		if l == 0 && len(layer) >= 4 {
			return quarterTurns(ctx, w, dst, t.inverse[1])
		}
		err := parallel.Chunks(ctx, w, len(layer), twiddleChunk, func(_, lo, hi int) error {
			vector.Inverse(dst[lo:hi], layer[lo:hi])
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// bitReversedXs writes the x-coordinates of the first half of the coset, of at
// least four points, in bit-reversed order. Position i of the order is the sum of
// initial and the steps of i's set bits, so each run of length 2ʲ is the run before
// it plus one fixed point. Two neighbours are a quarter turn apart, see
// [quarterTurns]: their x-coordinates are both coordinates of the first.
func bitReversedXs(ctx context.Context, w parallel.Workers, xs []m31.Element, c Coset) error {
	pairs := len(xs) / 2
	x, y := heap.Elements(pairs), heap.Elements(pairs)
	first := c.Initial.Point()
	x[0], y[0] = first.X, first.Y
	for n := 1; n < pairs; n *= 2 {
		// Bit j of the position is bit (LogSize−1−j) of the index; j is 2 at first.
		s := c.Step.Mul(c.Size() / 8 / n).Point()
		err := parallel.Chunks(ctx, w, n, twiddleChunk, func(_, lo, hi int) error {
			x, nextX := x[lo:hi], x[n+lo:n+hi]
			y, nextY := y[lo:hi], y[n+lo:n+hi]
			vector.Scale(nextX, x, s.X)
			vector.AddScaled(nextX, nextX, y, m31.Neg(s.Y))
			vector.Scale(nextY, y, s.X)
			vector.AddScaled(nextY, nextY, x, s.Y)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return parallel.Chunks(ctx, w, pairs, twiddleChunk, func(_, lo, hi int) error {
		x, y, out := x[lo:hi], y[lo:hi], xs[2*lo:2*hi]
		for i := range x {
			out[2*i], out[2*i+1] = x[i], y[i]
		}
		return nil
	})
}

// quarterTurns writes layer 0, the y-coordinates of a half coset, given layer 1, the
// x-coordinates of its first half; or the inverses of the one, given those of the
// other. In bit-reversed order the point of order four separates neighbours of layer
// 1, and takes (x, y) to (y, −x); the point of order two, which takes (x, y) to
// (−x, −y), separates neighbours of layer 0.
func quarterTurns(ctx context.Context, w parallel.Workers, ys, xs []m31.Element) error {
	return parallel.Chunks(ctx, w, len(xs)/2, twiddleChunk, func(_, lo, hi int) error {
		xs, ys := xs[2*lo:2*hi], ys[4*lo:4*hi]
		for i := 0; i+1 < len(xs); i += 2 {
			x0, x1 := xs[i], xs[i+1]
			y := ys[2*i : 2*i+4 : 2*i+4]
			y[0], y[1], y[2], y[3] = x1, m31.Neg(x1), m31.Neg(x0), x0
		}
		return nil
	})
}

// Domain returns the domain of the twiddles.
func (t *Twiddles) Domain() Domain { return t.domain }

// LogSize returns log₂ of the number of points of the domain.
func (t *Twiddles) LogSize() int { return len(t.layers) }

// Circle returns the transform of polynomials on the domain.
func (t *Twiddles) Circle() Transform { return Transform{t.layers} }

// Line returns the transform of line polynomials on the x-coordinates of the
// domain's half coset doubled n times.
func (t *Twiddles) Line(n int) Transform { return Transform{t.layers[n+1:]} }

// Points writes the coordinates of the domain's points at the positions lo,
// lo + 1 … of the bit-reversed order. lo and the number of points are multiples
// of four.
func (t *Twiddles) Points(xs, ys []m31.Element, lo int) {
	for i := 0; i < len(xs); i += 4 {
		p := (lo + i) >> 2
		x, y, z := t.layers[1][p], t.layers[0][2*p], t.layers[0][2*p+1]
		u, v := xs[i:i+4:i+4], ys[i:i+4:i+4]
		u[0], u[1], u[2], u[3] = x, x, m31.Neg(x), m31.Neg(x)
		v[0], v[1], v[2], v[3] = y, m31.Neg(y), z, m31.Neg(z)
	}
}

// Point returns the domain's point at position i of the bit-reversed order. The
// domain has at least four points.
func (t *Twiddles) Point(i int) Point {
	p := Point{t.layers[1][i>>2], t.layers[0][i>>1]}
	if i&2 != 0 {
		p.X = m31.Neg(p.X)
	}
	if i&1 != 0 {
		p.Y = m31.Neg(p.Y)
	}
	return p
}
