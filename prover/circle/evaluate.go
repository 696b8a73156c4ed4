package circle

import (
	"math/bits"

	"github.com/sage-network/sage-node/prover/m31"
)

// basisLog is log₂ of the number of basis values that a [PointBasis] tabulates
// in each of its two halves at most.
const basisLog = 11

// PointBasis holds the values of the FFT basis at one point over QM31, split so
// that basis j is low[j mod 2ᵇ] · high[j div 2ᵇ].
type PointBasis struct {
	low  [4][]m31.Element // coordinates, for sums of M31 products
	high []m31.QM31
}

// NewPointBasis tabulates the basis for polynomials of 2^logSize coefficients at
// the point p.
func NewPointBasis(p SecurePoint, logSize int) *PointBasis {
	factors := make([]m31.QM31, logSize)
	x := p.X
	for i := range factors {
		if i == 0 {
			factors[0] = p.Y
			continue
		}
		factors[i] = x
		x = SecureDoubleX(x)
	}
	split := min(logSize, basisLog)
	low := products(factors[:split])
	b := &PointBasis{high: products(factors[split:])}
	for c := range b.low {
		b.low[c] = make([]m31.Element, len(low))
		for i, v := range low {
			b.low[c][i] = v.Coords()[c]
		}
	}
	return b
}

// products returns all 2ⁿ products of subsets of the n factors.
func products(factors []m31.QM31) []m31.QM31 {
	out := make([]m31.QM31, 1, 1<<len(factors))
	out[0] = m31.One()
	for _, f := range factors {
		for _, v := range out {
			out = append(out, v.Mul(f))
		}
	}
	return out
}

// Evaluate returns the value at the point of the polynomial with the given
// coefficients, as many as the basis was made for.
func (b *PointBasis) Evaluate(coeffs []m31.Element) m31.QM31 {
	n := len(b.low[0])
	if len(coeffs) != n*len(b.high) || bits.OnesCount(uint(len(coeffs))) != 1 {
		panic("circle: PointBasis was made for another number of coefficients")
	}
	var sum m31.QM31
	for i, h := range b.high {
		chunk := coeffs[i*n : (i+1)*n]
		inner := m31.FromCoords([4]m31.Element{
			dot(chunk, b.low[0]), dot(chunk, b.low[1]), dot(chunk, b.low[2]), dot(chunk, b.low[3]),
		})
		sum = sum.Add(inner.Mul(h))
	}
	return sum
}

// dot returns Σ a[i]·b[i].
func dot(a, b []m31.Element) m31.Element {
	b = b[:len(a)]
	var lo, hi uint64 // Σ of the low and high 31 bits; each fits for 2³³ terms
	for i, x := range a {
		p := uint64(x) * uint64(b[i])
		lo += p & m31.P
		hi += p >> 31
	}
	return m31.Reduce(uint64(m31.Reduce(lo)) + uint64(m31.Reduce(hi)))
}
