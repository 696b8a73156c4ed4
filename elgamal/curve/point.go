package curve

import (
	starkcurve "github.com/consensys/gnark-crypto/ecc/stark-curve"

	"github.com/sage-network/sage-node/elgamal/field"
)

// Affine is a point with its affine coordinates; (0, 0) stands for O.
type Affine = starkcurve.G1Affine

// Point is a point of the curve in projective coordinates. The zero value is no
// point; [Identity] is O.
type Point struct{ x, y, z field.Element }

var (
	one       field.Element
	b3        field.Element // 3b
	generator Affine
)

func init() {
	one.SetOne()
	_, b := starkcurve.CurveCoefficients()
	b3.Double(&b).Add(&b3, &b)
	_, generator = starkcurve.Generators()
}

// Identity returns O.
func Identity() Point { return Point{y: one} }

// FromAffine returns a as a projective point. Whether a is O may show.
func FromAffine(a *Affine) Point {
	if a.X.IsZero() && a.Y.IsZero() {
		return Identity()
	}
	return Point{a.X, a.Y, one}
}

// Affine returns the affine coordinates. Whether the result is O may show.
func (p *Point) Affine() Affine {
	var a Affine
	var inv field.Element
	field.Invert(&inv, &p.z) // 0 for O
	field.Mul(&a.X, &p.x, &inv)
	field.Mul(&a.Y, &p.y, &inv)
	return a
}

// AffineAll is Affine of many points with one inversion.
func AffineAll(ps []Point) []Affine {
	zs := make([]field.Element, len(ps))
	for i := range ps {
		zs[i] = ps[i].z
		if zs[i].IsZero() {
			zs[i] = one // O: the coordinates below are cleared
		}
	}
	field.InvertAll(zs, make([]field.Element, len(zs)))
	out := make([]Affine, len(ps))
	for i := range ps {
		if ps[i].z.IsZero() {
			continue
		}
		field.Mul(&out[i].X, &ps[i].x, &zs[i])
		field.Mul(&out[i].Y, &ps[i].y, &zs[i])
	}
	return out
}

// addGeneric sets p to p + q.
func (p *Point) addGeneric(q *Point) {
	var t0, t1, t2, t3, t4, t5, u field.Element
	field.Mul(&t0, &p.x, &q.x)
	field.Mul(&t1, &p.y, &q.y)
	field.Mul(&t2, &p.z, &q.z)
	// The sums of cross products, by Karatsuba.
	field.Add(&t3, &p.x, &p.y)
	field.Add(&u, &q.x, &q.y)
	field.Mul(&t3, &t3, &u)
	field.Add(&u, &t0, &t1)
	field.Sub(&t3, &t3, &u) // X1·Y2 + X2·Y1
	field.Add(&t4, &p.x, &p.z)
	field.Add(&u, &q.x, &q.z)
	field.Mul(&t4, &t4, &u)
	field.Add(&u, &t0, &t2)
	field.Sub(&t4, &t4, &u) // X1·Z2 + X2·Z1
	field.Add(&t5, &p.y, &p.z)
	field.Add(&u, &q.y, &q.z)
	field.Mul(&t5, &t5, &u)
	field.Add(&u, &t1, &t2)
	field.Sub(&t5, &t5, &u) // Y1·Z2 + Y2·Z1
	p.finish(&t0, &t1, &t2, &t3, &t4, &t5)
}

// addAffineGeneric sets p to p + q, where q is not O.
func (p *Point) addAffineGeneric(q *Affine) {
	var t0, t1, t2, t3, t4, t5, u field.Element
	field.Mul(&t0, &p.x, &q.X)
	field.Mul(&t1, &p.y, &q.Y)
	t2 = p.z
	field.Add(&t3, &p.x, &p.y)
	field.Add(&u, &q.X, &q.Y)
	field.Mul(&t3, &t3, &u)
	field.Add(&u, &t0, &t1)
	field.Sub(&t3, &t3, &u)
	field.Mul(&t4, &q.X, &p.z)
	field.Add(&t4, &t4, &p.x)
	field.Mul(&t5, &q.Y, &p.z)
	field.Add(&t5, &t5, &p.y)
	p.finish(&t0, &t1, &t2, &t3, &t4, &t5)
}

// finish sets p to the sum of two points with the products X1X2, Y1Y2, Z1Z2 and
// the cross sums XY, XZ, YZ (a = 1):
//
//	U = X1X2 − Z1Z2 + 3b·XZ      V = 3·X1X2 + Z1Z2      W = 3b·Z1Z2 + XZ
//	X3 = XY·(Y1Y2 − W) − YZ·U
//	Y3 = (Y1Y2 − W)(Y1Y2 + W) + V·U
//	Z3 = YZ·(Y1Y2 + W) + XY·V
func (p *Point) finish(xx, yy, zz, xy, xz, yz *field.Element) {
	var u, v, w, m, s, t field.Element
	field.Mul(&w, &b3, zz)
	field.Add(&w, &w, xz)
	field.Sub(&m, yy, &w)
	field.Add(&s, yy, &w)
	field.Add(&v, xx, xx)
	field.Add(&v, &v, xx)
	field.Add(&v, &v, zz)
	field.Sub(&u, xx, zz)
	field.Mul(&t, &b3, xz)
	field.Add(&u, &u, &t)
	field.Mul(&p.x, xy, &m)
	field.Mul(&t, yz, &u)
	field.Sub(&p.x, &p.x, &t)
	field.Mul(&p.y, &m, &s)
	field.Mul(&t, &v, &u)
	field.Add(&p.y, &p.y, &t)
	field.Mul(&p.z, yz, &s)
	field.Mul(&t, xy, &v)
	field.Add(&p.z, &p.z, &t)
}

// jacobian changes the coordinates: (XZ, YZ², Z), which are all 0 for O.
func (p *Point) jacobian() jacobian {
	j := jacobian{z: p.z}
	field.Mul(&j.x, &p.x, &p.z)
	field.Square(&j.y, &p.z)
	field.Mul(&j.y, &j.y, &p.y)
	return j
}

// Jac returns p as gnark-crypto's type for Jacobian coordinates.
func (p *Point) Jac() starkcurve.G1Jac {
	j := p.jacobian()
	return starkcurve.G1Jac{X: j.x, Y: j.y, Z: j.z}
}

// Neg sets p to −p.
func (p *Point) Neg() { field.Neg(&p.y, &p.y) }

// CondNeg sets p to −p when bit is 1.
func (p *Point) CondNeg(bit uint64) { condNeg(&p.y, bit) }

// IsIdentity reports whether p = O.
func (p *Point) IsIdentity() bool { return p.z.IsZero() }

// Equal reports whether p = q, in constant time but for the answer.
func (p *Point) Equal(q *Point) bool {
	var a, b, c, d field.Element
	field.Mul(&a, &p.x, &q.z)
	field.Mul(&b, &q.x, &p.z)
	field.Mul(&c, &p.y, &q.z)
	field.Mul(&d, &q.y, &p.z)
	return a == b && c == d && p.IsIdentity() == q.IsIdentity()
}
