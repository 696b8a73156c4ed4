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
	n := add(dst, a, b)
	addGeneric(dst[n:], a[n:], b[n:])
}

// AddConst sets dst = a + w.
func AddConst(dst, a []m31.Element, w m31.Element) {
	sameLength(len(dst), a)
	n := addConst(dst, a, w)
	addConstGeneric(dst[n:], a[n:], w)
}

// Sub sets dst = a − b.
func Sub(dst, a, b []m31.Element) {
	sameLength(len(dst), a, b)
	n := sub(dst, a, b)
	subGeneric(dst[n:], a[n:], b[n:])
}

// Neg sets dst = −a.
func Neg(dst, a []m31.Element) {
	sameLength(len(dst), a)
	Scale(dst, a, m31.P-1)
}

// Mul sets dst = a·b, element by element.
func Mul(dst, a, b []m31.Element) {
	sameLength(len(dst), a, b)
	n := mul(dst, a, b)
	mulGeneric(dst[n:], a[n:], b[n:])
}

// MulAdd sets dst = a·b + c.
func MulAdd(dst, a, b, c []m31.Element) {
	sameLength(len(dst), a, b, c)
	n := mulAdd(dst, a, b, c)
	mulAddGeneric(dst[n:], a[n:], b[n:], c[n:])
}

// MulSub sets dst = c − a·b.
func MulSub(dst, a, b, c []m31.Element) {
	sameLength(len(dst), a, b, c)
	n := mulSub(dst, a, b, c)
	mulSubGeneric(dst[n:], a[n:], b[n:], c[n:])
}

// Scale sets dst = w·a.
func Scale(dst, a []m31.Element, w m31.Element) {
	sameLength(len(dst), a)
	n := scale(dst, a, w)
	scaleGeneric(dst[n:], a[n:], w)
}

// AddScaled sets dst = a + w·b.
func AddScaled(dst, a, b []m31.Element, w m31.Element) {
	sameLength(len(dst), a, b)
	n := addScaled(dst, a, b, w)
	addScaledGeneric(dst[n:], a[n:], b[n:], w)
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
	n := alternate(dst, even, odd)
	alternateGeneric(dst[n:], even[n:], odd[n:])
}

// Dot returns Σ a[i]·b[i].
func Dot(a, b []m31.Element) m31.Element {
	sameLength(len(a), b)
	sum, n := dot(a, b)
	return m31.Add(sum, dotGeneric(a[n:], b[n:]))
}
