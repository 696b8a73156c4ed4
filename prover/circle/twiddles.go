package circle

import "github.com/sage-network/sage-node/prover/m31"

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

// NewTwiddles computes the twiddles of the domain d, of at least two points.
// With inverse set, [Twiddles.Interpolate] is possible too.
func NewTwiddles(d Domain, inverse bool) *Twiddles {
	logSize := d.LogSize()
	layers := make([][]m31.Element, logSize)
	half := 1 << (logSize - 1)
	xs := make([]m31.Element, half/2)
	ys := make([]m31.Element, half)
	// The second half of the half coset is the first half plus the point of
	// order two: (x, y) becomes (−x, −y). In bit-reversed order the pair lies
	// side by side.
	if half == 1 {
		ys[0] = d.At(0).Y
	} else {
		bitReversedPoints(xs, ys, d.HalfCoset)
		layers[1] = xs
	}
	layers[0] = ys
	for l := 2; l < logSize; l++ {
		prev := layers[l-1]
		next := make([]m31.Element, len(prev)/2)
		for i := range next {
			next[i] = DoubleX(prev[2*i])
		}
		layers[l] = next
	}
	t := &Twiddles{domain: d, layers: layers}
	if inverse {
		t.inverse = make([][]m31.Element, logSize)
		for l := range layers {
			t.inverse[l] = make([]m31.Element, len(layers[l]))
			batchInverseBlocks(t.inverse[l], layers[l])
		}
	}
	return t
}

// bitReversedPoints writes the x-coordinates of the first half of the coset and
// the y-coordinates of all of it, both in bit-reversed order. Position i of the
// order is the sum of initial and the steps of i's set bits, so each run of
// length 2ʲ is the run before it plus one fixed point.
func bitReversedPoints(xs, ys []m31.Element, c Coset) {
	first := c.Initial.Point()
	xs[0], ys[0] = first.X, first.Y
	ys[1] = m31.Neg(first.Y)
	for j := 1; j < c.LogSize; j++ {
		// Bit j of the position is bit (LogSize−1−j) of the index.
		s := c.Step.Mul(1 << (c.LogSize - 1 - j)).Point()
		n := 1 << (j - 1)
		for i := range n {
			p := Point{xs[i], ys[2*i]}.Add(s)
			xs[n+i] = p.X
			ys[2*(n+i)] = p.Y
			ys[2*(n+i)+1] = m31.Neg(p.Y)
		}
	}
}

// batchInverseBlocks inverts in blocks that stay in cache.
func batchInverseBlocks(dst, src []m31.Element) {
	const block = 1 << 12
	for i := 0; i < len(src); i += block {
		j := min(i+block, len(src))
		m31.BatchInverse(dst[i:j], src[i:j])
	}
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
