package circle

import (
	"context"

	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/m31"
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
	layers[0] = make([]m31.Element, half)
	if half == 1 {
		layers[0][0] = d.At(0).Y
	} else {
		layers[1] = make([]m31.Element, half/2)
		if err := bitReversedPoints(ctx, w, layers[1], layers[0], d.HalfCoset); err != nil {
			return nil, err
		}
	}
	for l := 2; l < logSize; l++ {
		prev, next := layers[l-1], make([]m31.Element, len(layers[l-1])/2)
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
	for l, layer := range t.layers {
		dst := make([]m31.Element, len(layer))
		err := parallel.Chunks(ctx, w, len(layer), twiddleChunk, func(_, lo, hi int) error {
			m31.BatchInverse(dst[lo:hi], layer[lo:hi])
			return nil
		})
		if err != nil {
			return err
		}
		t.inverse[l] = dst
	}
	return nil
}

// bitReversedPoints writes the x-coordinates of the first half of the coset and
// the y-coordinates of all of it, both in bit-reversed order. Position i of the
// order is the sum of initial and the steps of i's set bits, so each run of
// length 2ʲ is the run before it plus one fixed point. The coset's second half is
// the first plus the point of order two, (x, y) becoming (−x, −y): in this order
// the pair lies side by side.
func bitReversedPoints(ctx context.Context, w parallel.Workers, xs, ys []m31.Element, c Coset) error {
	first := c.Initial.Point()
	xs[0], ys[0] = first.X, first.Y
	ys[1] = m31.Neg(first.Y)
	for j := 1; j < c.LogSize; j++ {
		// Bit j of the position is bit (LogSize−1−j) of the index.
		s := c.Step.Mul(1 << (c.LogSize - 1 - j)).Point()
		n := 1 << (j - 1)
		err := parallel.Chunks(ctx, w, n, twiddleChunk, func(_, lo, hi int) error {
			for i := lo; i < hi; i++ {
				p := Point{xs[i], ys[2*i]}.Add(s)
				xs[n+i] = p.X
				ys[2*(n+i)] = p.Y
				ys[2*(n+i)+1] = m31.Neg(p.Y)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
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
		copy(xs[i:i+4], []m31.Element{x, x, m31.Neg(x), m31.Neg(x)})
		copy(ys[i:i+4], []m31.Element{y, m31.Neg(y), z, m31.Neg(z)})
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
