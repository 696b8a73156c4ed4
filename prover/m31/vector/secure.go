package vector

import "github.com/sage-network/sage-node/prover/m31"

// Secure is a vector over QM31 by coordinates over the basis 1, i, u, iu. Its
// slices have equal lengths.
type Secure [4][]m31.Element

// MakeSecure returns n zeros.
func MakeSecure(n int) Secure {
	var s Secure
	all := make([]m31.Element, 4*n)
	for j := range s {
		s[j] = all[j*n : (j+1)*n : (j+1)*n]
	}
	return s
}

// Len returns the number of elements.
func (s Secure) Len() int { return len(s[0]) }

// At returns element i.
func (s Secure) At(i int) m31.QM31 {
	return m31.FromCoords([4]m31.Element{s[0][i], s[1][i], s[2][i], s[3][i]})
}

// Set stores element i.
func (s Secure) Set(i int, v m31.QM31) {
	w := v.Coords()
	s[0][i], s[1][i], s[2][i], s[3][i] = w[0], w[1], w[2], w[3]
}

// Slice returns the elements [lo, hi), sharing memory.
func (s Secure) Slice(lo, hi int) Secure {
	return Secure{s[0][lo:hi], s[1][lo:hi], s[2][lo:hi], s[3][lo:hi]}
}

func (s Secure) check(n int) { sameLength(n, s[0], s[1], s[2], s[3]) }

// AddSecure sets dst = a + b.
func AddSecure(dst, a, b Secure) {
	for j := range dst {
		Add(dst[j], a[j], b[j])
	}
}

// SubSecure sets dst = a − b.
func SubSecure(dst, a, b Secure) {
	for j := range dst {
		Sub(dst[j], a[j], b[j])
	}
}

// NegSecure sets dst = −a.
func NegSecure(dst, a Secure) {
	for j := range dst {
		Neg(dst[j], a[j])
	}
}

// MulSecure sets dst = a·b.
func MulSecure(dst, a, b Secure) {
	n := dst.Len()
	dst.check(n)
	a.check(n)
	b.check(n)
	done := mulSecure(dst, a, b)
	mulSecureGeneric(dst.Slice(done, n), a.Slice(done, n), b.Slice(done, n))
}

// MulBase sets dst = a·b for b over M31.
func MulBase(dst, a Secure, b []m31.Element) {
	for j := range dst {
		Mul(dst[j], a[j], b)
	}
}

// ScaleSecure sets dst = w·a.
func ScaleSecure(dst, a Secure, w m31.QM31) {
	n := dst.Len()
	dst.check(n)
	a.check(n)
	m := matrix(w)
	done := transform(dst, a, m)
	transformGeneric(dst.Slice(done, n), a.Slice(done, n), m)
}

// matrix returns the matrix of x ↦ w·x on coordinates, row by row.
func matrix(w m31.QM31) *[16]uint64 {
	d := w.B.Mul(m31.CM31{A: 2, B: 1}) // (2 + i)·(w₂ + w₃i), see mulSecureGeneric
	neg := func(x m31.Element) uint64 { return uint64(m31.Neg(x)) }
	w0, w1, w2, w3 := uint64(w.A.A), uint64(w.A.B), uint64(w.B.A), uint64(w.B.B)
	d0, d1 := uint64(d.A), uint64(d.B)
	return &[16]uint64{
		w0, neg(w.A.B), d0, neg(d.B),
		w1, w0, d1, d0,
		w2, neg(w.B.B), w0, neg(w.A.B),
		w3, w2, w1, w0,
	}
}

// ScaleBase sets dst = w·a for w in M31.
func ScaleBase(dst, a Secure, w m31.Element) {
	for j := range dst {
		Scale(dst[j], a[j], w)
	}
}

// AddScaledSecure sets dst += w·a.
func AddScaledSecure(dst, a Secure, w m31.QM31) {
	n := dst.Len()
	dst.check(n)
	a.check(n)
	m := matrix(w)
	done := addTransform(dst, a, m)
	addTransformGeneric(dst.Slice(done, n), a.Slice(done, n), m)
}

// columnGroup is the number of columns whose products are summed before they are
// reduced: four products of two elements stay below 2⁶⁴.
const columnGroup = 4

// AddCombination sets dst += Σ weights[k]·columns[k], for columns over M31 of
// dst's length, none of which is a coordinate of dst.
func AddCombination(dst Secure, columns [][]m31.Element, weights []m31.QM31) {
	n := dst.Len()
	dst.check(n)
	if len(columns) != len(weights) {
		panic("vector: as many weights as columns are wanted")
	}
	sameLength(n, columns...)
	// Whole groups, the last filled up by columns of weight 0.
	groups := (len(columns) + columnGroup - 1) / columnGroup
	padded := columns
	for len(padded) < groups*columnGroup {
		padded = append(padded[:len(padded):len(padded)], columns[0])
	}
	var few [32][4]uint64
	coords := few[:]
	if len(padded) > len(coords) {
		coords = make([][4]uint64, len(padded))
	}
	for k, weight := range weights {
		for j, w := range weight.Coords() {
			coords[k][j] = uint64(w)
		}
	}
	combineGeneric(dst, padded, coords, combine(dst, padded, coords))
}

// DotSecure returns Σ a[i]·w[i] for a over M31.
func DotSecure(a []m31.Element, w Secure) m31.QM31 {
	w.check(len(a))
	sum, done := dotSecure(a, w)
	var rest [4]m31.Element
	for j := range rest {
		rest[j] = Dot(a[done:], w[j][done:])
	}
	return sum.Add(m31.FromCoords(rest))
}

// Fold sets dst[i] = 2·(src[2i] + alpha·src[2i+1]), one folding of FRI on
// coefficients. src has twice the length of dst and does not overlap it.
func Fold(dst, src Secure, alpha m31.QM31) {
	n := dst.Len()
	dst.check(n)
	src.check(2 * n)
	m := matrix(alpha.Double())
	done := fold(dst, src, m)
	foldGeneric(dst.Slice(done, n), src.Slice(2*done, 2*n), m)
}
