package circle

import (
	"math/bits"

	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/m31/vector"
)

// basisLog is log₂ of the number of basis values that a [PointBasis] tabulates
// in each of its two halves at most.
const basisLog = 11

// PointBasis holds the values of the FFT basis at one point over QM31, split so
// that basis j is low[j mod 2ᵇ] · high[j div 2ᵇ].
type PointBasis struct {
	low  vector.Secure
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
	b := &PointBasis{low: vector.MakeSecure(len(low)), high: products(factors[split:])}
	for i, v := range low {
		b.low.Set(i, v)
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
		sum = sum.Add(vector.DotSecure(chunk, b.low).Mul(h))
	}
	return sum
}
