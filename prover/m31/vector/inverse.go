package vector

import (
	"slices"

	"github.com/sage-network/sage-node/prover/m31"
)

// inverseRow is the number of interleaved chains of products in [Inverse].
const inverseRow = 128

// Inverse sets dst[i] = a[i]⁻¹, and 0 where a[i] = 0, by Montgomery's trick: one
// inversion for each of some chains of products.
func Inverse(dst, a []m31.Element) {
	sameLength(len(dst), a)
	rows := len(a) / inverseRow
	if rows < 2 || slices.Contains(a, 0) {
		m31.BatchInverse(dst, a)
		return
	}
	row := func(v []m31.Element, r int) []m31.Element { return v[r*inverseRow : (r+1)*inverseRow] }
	products := make([]m31.Element, rows*inverseRow) // of rows 0 … r
	copy(products, row(a, 0))
	for r := 1; r < rows; r++ {
		Mul(row(products, r), row(products, r-1), row(a, r))
	}
	var inverse, next [inverseRow]m31.Element
	invertEach(inverse[:], row(products, rows-1))
	for r := rows - 1; r > 0; r-- {
		Mul(next[:], inverse[:], row(a, r))
		Mul(row(dst, r), inverse[:], row(products, r-1))
		inverse, next = next, inverse
	}
	copy(dst, inverse[:])
	m31.BatchInverse(dst[rows*inverseRow:], a[rows*inverseRow:])
}

// invertEach sets dst = a^(p−2), by the addition chain of [m31.Inverse].
func invertEach(dst, a []m31.Element) {
	power := func(x []m31.Element, squarings int, y []m31.Element) []m31.Element {
		z := slices.Clone(x)
		for range squarings {
			Mul(z, z, z)
		}
		Mul(z, z, y)
		return z
	}
	t0 := power(a, 2, a)        // a^5
	t1 := power(t0, 1, t0)      // a^15
	t2 := power(t1, 3, t0)      // a^125
	t3 := power(t2, 1, t0)      // a^255
	t4 := power(t3, 8, t3)      // a^(2¹⁶ − 1)
	t5 := power(t4, 8, t3)      // a^(2²⁴ − 1)
	copy(dst, power(t5, 7, t2)) // a^(2³¹ − 3)
}
