package vector

import "github.com/sage-network/sage-node/prover/m31"

// Complex is a vector over CM31: real parts, then imaginary parts.
type Complex [2][]m31.Element

// MakeComplex returns n zeros.
func MakeComplex(n int) Complex {
	all := make([]m31.Element, 2*n)
	return Complex{all[:n:n], all[n:]}
}

func (c Complex) slice(lo, hi int) Complex { return Complex{c[0][lo:hi], c[1][lo:hi]} }

// At returns element i.
func (c Complex) At(i int) m31.CM31 { return m31.CM31{A: c[0][i], B: c[1][i]} }

// Set stores element i.
func (c Complex) Set(i int, v m31.CM31) { c[0][i], c[1][i] = v.A, v.B }

// InverseComplex sets dst[i] = a[i]⁻¹ = conj(a[i])/|a[i]|², and 0 where
// a[i] = 0. scratch has the length of dst and is overwritten.
func InverseComplex(dst, a Complex, scratch []m31.Element) {
	n := len(dst[0])
	sameLength(n, dst[1], a[0], a[1], scratch)
	Mul(scratch, a[0], a[0])
	MulAdd(scratch, a[1], a[1], scratch)
	Inverse(scratch, scratch)
	Mul(dst[0], a[0], scratch)
	Mul(dst[1], a[1], scratch)
	Neg(dst[1], dst[1])
}

// MulComplex sets dst = a·b for b over CM31.
func MulComplex(dst, a Secure, b Complex) {
	n := dst.Len()
	dst.check(n)
	a.check(n)
	sameLength(n, b[0], b[1])
	for half := 0; half < 4; half += 2 {
		d, x := Complex{dst[half], dst[half+1]}, Complex{a[half], a[half+1]}
		done := mulComplex(d, x, b)
		mulComplexGeneric(d.slice(done, n), x.slice(done, n), b.slice(done, n))
	}
}

// InverseSecure sets dst[i] = a[i]⁻¹ = conj(a[i])/N(a[i]), and 0 where a[i] = 0, with the
// conjugate x − y·u of x + y·u and the norm x² − (2 + i)·y² over CM31. scratch has the
// length of dst and is overwritten; it shares no memory with a.
func InverseSecure(dst, a, scratch Secure) {
	n := dst.Len()
	dst.check(n)
	a.check(n)
	scratch.check(n)
	conjugate := Secure{a[0], a[1], make([]m31.Element, n), make([]m31.Element, n)}
	Neg(conjugate[2], a[2])
	Neg(conjugate[3], a[3])
	MulSecure(scratch, a, conjugate) // the norm, the upper half is zero
	norm := Complex{scratch[0], scratch[1]}
	InverseComplex(norm, norm, scratch[2])
	MulComplex(dst, conjugate, norm)
}

// Affine sets dst[i] = c + cx·x[i] + cy·y[i], as a line through two conjugate
// points takes its values on the points of a domain.
func Affine(dst Complex, x, y []m31.Element, c, cx, cy m31.CM31) {
	n := len(dst[0])
	sameLength(n, dst[1], x, y)
	for j, w := range [2][3]m31.Element{{c.A, cx.A, cy.A}, {c.B, cx.B, cy.B}} {
		Fill(dst[j], w[0])
		AddScaled(dst[j], dst[j], x, w[1])
		AddScaled(dst[j], dst[j], y, w[2])
	}
}

// AddQuotient sets dst += (c·f − b − a·y)·inv: a DEEP quotient whose numerator is
// c·f minus the line a·y + b, and whose denominator has the inverse inv.
func AddQuotient(dst, f Secure, y []m31.Element, inv Complex, a, b, c m31.QM31) {
	n := dst.Len()
	dst.check(n)
	f.check(n)
	sameLength(n, y, inv[0], inv[1])
	q := MakeSecure(n)
	ScaleSecure(q, f, c)
	for j, w := range a.Coords() {
		AddScaled(q[j], q[j], y, m31.Neg(w))
	}
	for j, w := range b.Coords() {
		AddConst(q[j], q[j], m31.Neg(w))
	}
	MulComplex(q, q, inv)
	AddSecure(dst, dst, q)
}
