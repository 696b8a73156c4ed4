package circle

import "github.com/sage-network/sage-node/prover/m31"

// LogOrder is log₂ of the order of the circle group over M31.
const LogOrder = 31

// Point is a point of the circle over M31.
type Point struct{ X, Y m31.Element }

// Generator returns the fixed generator G of the circle group over M31.
func Generator() Point { return Point{2, 1268011823} }

// Identity returns the neutral point (1, 0).
func Identity() Point { return Point{1, 0} }

// Add returns p + q = (px·qx − py·qy, px·qy + py·qx).
func (p Point) Add(q Point) Point {
	return Point{
		m31.Sub(m31.Mul(p.X, q.X), m31.Mul(p.Y, q.Y)),
		m31.Add(m31.Mul(p.X, q.Y), m31.Mul(p.Y, q.X)),
	}
}

// Neg returns −p, the conjugate (x, −y).
func (p Point) Neg() Point { return Point{p.X, m31.Neg(p.Y)} }

// Sub returns p − q.
func (p Point) Sub(q Point) Point { return p.Add(q.Neg()) }

// Double returns 2p.
func (p Point) Double() Point { return p.Add(p) }

// RepeatedDouble returns 2ⁿ·p.
func (p Point) RepeatedDouble(n int) Point {
	for range n {
		p = p.Double()
	}
	return p
}

// Secure embeds p in the circle over QM31.
func (p Point) Secure() SecurePoint {
	return SecurePoint{m31.FromM31(p.X), m31.FromM31(p.Y)}
}

// DoubleX returns π(x) = 2x² − 1, the x-coordinate of 2p for p = (x, y).
func DoubleX(x m31.Element) m31.Element {
	return m31.Sub(m31.Double(m31.Mul(x, x)), 1)
}

// SecurePoint is a point of the circle over QM31.
type SecurePoint struct{ X, Y m31.QM31 }

// SecurePointFrom returns ((1 − t²)/(1 + t²), 2t/(1 + t²)), the point that a
// drawn t ∈ QM31 parametrises. For the four-in-2¹²⁴ chance 1 + t² = 0 the result
// is (0, 0), which is not on the circle.
func SecurePointFrom(t m31.QM31) SecurePoint {
	t2 := t.Square()
	inv := t2.AddM31(1).Inverse()
	return SecurePoint{m31.One().Sub(t2).Mul(inv), t.Double().Mul(inv)}
}

// Add returns p + q.
func (p SecurePoint) Add(q SecurePoint) SecurePoint {
	return SecurePoint{
		p.X.Mul(q.X).Sub(p.Y.Mul(q.Y)),
		p.X.Mul(q.Y).Add(p.Y.Mul(q.X)),
	}
}

// Neg returns −p, the conjugate (x, −y).
func (p SecurePoint) Neg() SecurePoint { return SecurePoint{p.X, p.Y.Neg()} }

// Sub returns p − q.
func (p SecurePoint) Sub(q SecurePoint) SecurePoint { return p.Add(q.Neg()) }

// Double returns 2p.
func (p SecurePoint) Double() SecurePoint { return p.Add(p) }

// RepeatedDouble returns 2ⁿ·p.
func (p SecurePoint) RepeatedDouble(n int) SecurePoint {
	for range n {
		p = p.Double()
	}
	return p
}

// ComplexConjugate returns the image of p under the conjugation of QM31 over
// CM31, coordinate by coordinate.
func (p SecurePoint) ComplexConjugate() SecurePoint {
	return SecurePoint{p.X.Conjugate(), p.Y.Conjugate()}
}

// SecureDoubleX returns π(x) = 2x² − 1.
func SecureDoubleX(x m31.QM31) m31.QM31 { return x.Square().Double().SubM31(1) }

// Index i in [0, 2³¹) stands for the point i·G.
type Index uint32

const indexMask = 1<<LogOrder - 1

// SubgroupGenerator returns the index of the generator of the subgroup of order
// 2^logSize, for 0 ≤ logSize ≤ 31.
func SubgroupGenerator(logSize int) Index {
	if logSize < 0 || logSize > LogOrder {
		panic("circle: subgroup log size out of range")
	}
	return Index(1<<(LogOrder-logSize)) & indexMask
}

// Add returns i + j mod 2³¹.
func (i Index) Add(j Index) Index { return (i + j) & indexMask }

// Neg returns −i mod 2³¹.
func (i Index) Neg() Index { return -i & indexMask }

// Mul returns n·i mod 2³¹.
func (i Index) Mul(n int) Index { return Index(uint64(i)*uint64(n)) & indexMask }

// Half returns i/2; i must be even.
func (i Index) Half() Index { return i >> 1 }

// Point returns i·G.
func (i Index) Point() Point {
	r, g := Identity(), Generator()
	for ; i > 0; i >>= 1 {
		if i&1 == 1 {
			r = r.Add(g)
		}
		g = g.Double()
	}
	return r
}
