package m31

import "fmt"

// CM31 is A + B·i with i² = −1.
type CM31 struct{ A, B Element }

// Add returns x + y.
func (x CM31) Add(y CM31) CM31 { return CM31{Add(x.A, y.A), Add(x.B, y.B)} }

// Sub returns x − y.
func (x CM31) Sub(y CM31) CM31 { return CM31{Sub(x.A, y.A), Sub(x.B, y.B)} }

// Neg returns −x.
func (x CM31) Neg() CM31 { return CM31{Neg(x.A), Neg(x.B)} }

// Mul returns x·y.
func (x CM31) Mul(y CM31) CM31 {
	a, b, c, d := uint64(x.A), uint64(x.B), uint64(y.A), uint64(y.B)
	// Each product is < P², so a·c + (P² − b·d) fits 63 bits.
	const p2 = uint64(P) * P
	return CM31{Reduce(a*c + (p2 - b*d)), Reduce(a*d + b*c)}
}

// MulM31 returns c·x for c in M31.
func (x CM31) MulM31(c Element) CM31 { return CM31{Mul(x.A, c), Mul(x.B, c)} }

// Square returns x².
func (x CM31) Square() CM31 {
	return CM31{Mul(Add(x.A, x.B), Sub(x.A, x.B)), Double(Mul(x.A, x.B))}
}

// Conjugate returns A − B·i.
func (x CM31) Conjugate() CM31 { return CM31{x.A, Neg(x.B)} }

// IsZero reports whether x = 0.
func (x CM31) IsZero() bool { return x == CM31{} }

// Inverse returns x⁻¹ = conj(x)/(A² + B²), and 0 for 0.
func (x CM31) Inverse() CM31 {
	n := Inverse(Add(Mul(x.A, x.A), Mul(x.B, x.B)))
	return CM31{Mul(x.A, n), Mul(Neg(x.B), n)}
}

// mulR returns (2 + i)·x, the product with u².
func (x CM31) mulR() CM31 {
	return CM31{Sub(Double(x.A), x.B), Add(Double(x.B), x.A)}
}

// QM31 is A + B·u with u² = 2 + i, the secure field.
type QM31 struct{ A, B CM31 }

// One is the multiplicative identity of QM31.
func One() QM31 { return QM31{A: CM31{A: 1}} }

// FromM31 embeds a in QM31.
func FromM31(a Element) QM31 { return QM31{A: CM31{A: a}} }

// FromCoords returns c[0] + c[1]·i + c[2]·u + c[3]·iu.
func FromCoords(c [4]Element) QM31 {
	return QM31{CM31{c[0], c[1]}, CM31{c[2], c[3]}}
}

// Coords returns the coordinates of x over the basis 1, i, u, iu.
func (x QM31) Coords() [4]Element { return [4]Element{x.A.A, x.A.B, x.B.A, x.B.B} }

// FromPartialEvals returns v[0] + v[1]·i + v[2]·u + v[3]·iu for v in QM31: the
// value at a QM31 point of a polynomial given by the values of its four
// coordinate polynomials there.
func FromPartialEvals(v [4]QM31) QM31 {
	i := QM31{A: CM31{B: 1}}
	u := QM31{B: CM31{A: 1}}
	iu := QM31{B: CM31{B: 1}}
	return v[0].Add(v[1].Mul(i)).Add(v[2].Mul(u)).Add(v[3].Mul(iu))
}

// Add returns x + y.
func (x QM31) Add(y QM31) QM31 { return QM31{x.A.Add(y.A), x.B.Add(y.B)} }

// AddM31 returns x + c for c in M31.
func (x QM31) AddM31(c Element) QM31 {
	x.A.A = Add(x.A.A, c)
	return x
}

// Sub returns x − y.
func (x QM31) Sub(y QM31) QM31 { return QM31{x.A.Sub(y.A), x.B.Sub(y.B)} }

// SubM31 returns x − c for c in M31.
func (x QM31) SubM31(c Element) QM31 {
	x.A.A = Sub(x.A.A, c)
	return x
}

// Neg returns −x.
func (x QM31) Neg() QM31 { return QM31{x.A.Neg(), x.B.Neg()} }

// Mul returns x·y = (AC + (2+i)·BD) + (AD + BC)·u. Each coordinate is a sum of
// four products, at most 4p² < 2⁶⁴, that is reduced once.
func (x QM31) Mul(y QM31) QM31 {
	d := y.B.mulR()
	x0, x1, x2, x3 := uint64(x.A.A), uint64(x.A.B), uint64(x.B.A), uint64(x.B.B)
	y0, y1, y2, y3 := uint64(y.A.A), uint64(y.A.B), uint64(y.B.A), uint64(y.B.B)
	d0, d1, n1, n3 := uint64(d.A), uint64(d.B), P-x1, P-x3
	return QM31{
		CM31{Reduce(x0*y0 + n1*y1 + x2*d0 + n3*d1), Reduce(x0*y1 + x1*y0 + x2*d1 + x3*d0)},
		CM31{Reduce(x0*y2 + n1*y3 + x2*y0 + n3*y1), Reduce(x0*y3 + x1*y2 + x2*y1 + x3*y0)},
	}
}

// MulCM31 returns c·x for c in CM31.
func (x QM31) MulCM31(c CM31) QM31 { return QM31{x.A.Mul(c), x.B.Mul(c)} }

// MulM31 returns c·x for c in M31.
func (x QM31) MulM31(c Element) QM31 { return QM31{x.A.MulM31(c), x.B.MulM31(c)} }

// Square returns x².
func (x QM31) Square() QM31 { return x.Mul(x) }

// Double returns 2x.
func (x QM31) Double() QM31 { return x.Add(x) }

// Conjugate returns A − B·u, the conjugate over CM31.
func (x QM31) Conjugate() QM31 { return QM31{x.A, x.B.Neg()} }

// IsZero reports whether x = 0.
func (x QM31) IsZero() bool { return x == QM31{} }

// Inverse returns x⁻¹ = (A − B·u)/(A² − (2+i)·B²), and 0 for 0.
func (x QM31) Inverse() QM31 {
	n := x.A.Square().Sub(x.B.Square().mulR()).Inverse()
	return x.Conjugate().MulCM31(n)
}

// Pow returns xᵉ, with 0⁰ = 1.
func (x QM31) Pow(e uint64) QM31 {
	r := One()
	for ; e > 0; e >>= 1 {
		if e&1 == 1 {
			r = r.Mul(x)
		}
		x = x.Square()
	}
	return r
}

// Canonical reports whether all four coordinates are < P.
func (x QM31) Canonical() bool {
	return x.A.A < P && x.A.B < P && x.B.A < P && x.B.B < P
}

// String writes x as its four coordinates.
func (x QM31) String() string {
	return fmt.Sprintf("(%d, %d, %d, %d)", x.A.A, x.A.B, x.B.A, x.B.B)
}

// BatchInverseCM31 sets dst[i] = src[i]⁻¹ with one inversion; zeros map to
// zero. dst and src have equal length and may be the same slice.
func BatchInverseCM31(dst, src []CM31) {
	if len(dst) != len(src) {
		panic("m31: BatchInverseCM31: lengths differ")
	}
	prefix := make([]CM31, len(src))
	acc := CM31{A: 1}
	for i, v := range src {
		prefix[i] = acc
		if !v.IsZero() {
			acc = acc.Mul(v)
		}
	}
	acc = acc.Inverse()
	for i := len(src) - 1; i >= 0; i-- {
		v := src[i]
		if v.IsZero() {
			dst[i] = CM31{}
			continue
		}
		dst[i] = acc.Mul(prefix[i])
		acc = acc.Mul(v)
	}
}

// BatchInverseQM31 sets dst[i] = src[i]⁻¹ with one inversion; zeros map to
// zero. dst and src have equal length and may be the same slice.
func BatchInverseQM31(dst, src []QM31) {
	if len(dst) != len(src) {
		panic("m31: BatchInverseQM31: lengths differ")
	}
	prefix := make([]QM31, len(src))
	acc := One()
	for i, v := range src {
		prefix[i] = acc
		if !v.IsZero() {
			acc = acc.Mul(v)
		}
	}
	acc = acc.Inverse()
	for i := len(src) - 1; i >= 0; i-- {
		v := src[i]
		if v.IsZero() {
			dst[i] = QM31{}
			continue
		}
		dst[i] = acc.Mul(prefix[i])
		acc = acc.Mul(v)
	}
}
