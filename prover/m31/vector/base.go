package vector

import (
	"fmt"

	"github.com/sage-network/sage-node/prover/m31"
)

// sameLength panics unless all vectors have n elements.
func sameLength(n int, vectors ...[]m31.Element) {
	for _, v := range vectors {
		if len(v) != n {
			panic(fmt.Sprintf("vector: an operand of %d elements, want %d", len(v), n))
		}
	}
}

// Add sets dst = a + b.
func Add(dst, a, b []m31.Element) {
	sameLength(len(dst), a, b)
	for i := range dst {
		dst[i] = m31.Add(a[i], b[i])
	}
}

// AddConst sets dst = a + w.
func AddConst(dst, a []m31.Element, w m31.Element) {
	sameLength(len(dst), a)
	for i := range dst {
		dst[i] = m31.Add(a[i], w)
	}
}

// Sub sets dst = a − b.
func Sub(dst, a, b []m31.Element) {
	sameLength(len(dst), a, b)
	for i := range dst {
		dst[i] = m31.Sub(a[i], b[i])
	}
}

// Neg sets dst = −a.
func Neg(dst, a []m31.Element) {
	sameLength(len(dst), a)
	for i := range dst {
		dst[i] = m31.Neg(a[i])
	}
}

// Mul sets dst = a·b, element by element.
func Mul(dst, a, b []m31.Element) {
	sameLength(len(dst), a, b)
	for i := range dst {
		dst[i] = m31.Mul(a[i], b[i])
	}
}

// MulAdd sets dst = a·b + c.
func MulAdd(dst, a, b, c []m31.Element) {
	sameLength(len(dst), a, b, c)
	for i := range dst {
		dst[i] = m31.Add(m31.Mul(a[i], b[i]), c[i])
	}
}

// MulSub sets dst = c − a·b.
func MulSub(dst, a, b, c []m31.Element) {
	sameLength(len(dst), a, b, c)
	for i := range dst {
		dst[i] = m31.Sub(c[i], m31.Mul(a[i], b[i]))
	}
}

// Scale sets dst = w·a.
func Scale(dst, a []m31.Element, w m31.Element) {
	sameLength(len(dst), a)
	for i := range dst {
		dst[i] = m31.Mul(a[i], w)
	}
}

// AddScaled sets dst = a + w·b.
func AddScaled(dst, a, b []m31.Element, w m31.Element) {
	sameLength(len(dst), a, b)
	for i := range dst {
		dst[i] = m31.Add(a[i], m31.Mul(b[i], w))
	}
}

// Fill sets every element of dst to w.
func Fill(dst []m31.Element, w m31.Element) {
	for i := range dst {
		dst[i] = w
	}
}

// Alternate sets dst[i] to even[i] where i is even and to odd[i] where it is odd.
func Alternate(dst, even, odd []m31.Element) {
	sameLength(len(dst), even, odd)
	for i := range dst {
		if i&1 == 0 {
			dst[i] = even[i]
		} else {
			dst[i] = odd[i]
		}
	}
}

// Dot returns Σ a[i]·b[i].
func Dot(a, b []m31.Element) m31.Element {
	sameLength(len(a), b)
	var lo, hi uint64 // Σ of the low and high 31 bits; each fits for 2³³ terms
	for i, x := range a {
		p := uint64(x) * uint64(b[i])
		lo += p & m31.P
		hi += p >> 31
	}
	return m31.Reduce(uint64(m31.Reduce(lo)) + uint64(m31.Reduce(hi)))
}

// Inverse sets dst[i] = a[i]⁻¹, and 0 where a[i] = 0.
func Inverse(dst, a []m31.Element) {
	sameLength(len(dst), a)
	m31.BatchInverse(dst, a)
}
