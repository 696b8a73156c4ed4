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
	for i := range n {
		dst.Set(i, a.At(i).Mul(b.At(i)))
	}
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
	for i := range n {
		dst.Set(i, a.At(i).Mul(w))
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
	for i := range n {
		dst.Set(i, dst.At(i).Add(a.At(i).Mul(w)))
	}
}

// AddCombination sets dst += Σ weights[k]·columns[k], for columns over M31 of
// dst's length. Products are summed before they are reduced.
func AddCombination(dst Secure, columns [][]m31.Element, weights []m31.QM31) {
	n := dst.Len()
	dst.check(n)
	if len(columns) != len(weights) {
		panic("vector: as many weights as columns are wanted")
	}
	sameLength(n, columns...)
	for k, column := range columns {
		for j, w := range weights[k].Coords() {
			AddScaled(dst[j], dst[j], column, w)
		}
	}
}

// DotSecure returns Σ a[i]·w[i] for a over M31.
func DotSecure(a []m31.Element, w Secure) m31.QM31 {
	return m31.FromCoords([4]m31.Element{Dot(a, w[0]), Dot(a, w[1]), Dot(a, w[2]), Dot(a, w[3])})
}

// Fold sets dst[i] = 2·(src[2i] + alpha·src[2i+1]), one folding of FRI on
// coefficients. src has twice the length of dst and does not overlap it.
func Fold(dst, src Secure, alpha m31.QM31) {
	n := dst.Len()
	dst.check(n)
	src.check(2 * n)
	alpha = alpha.Double()
	for i := range n {
		dst.Set(i, src.At(2*i).Double().Add(src.At(2*i+1).Mul(alpha)))
	}
}
