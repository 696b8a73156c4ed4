package elgamal

import (
	"fmt"

	"github.com/NethermindEth/juno/core/felt"
	starkcurve "github.com/consensys/gnark-crypto/ecc/stark-curve"
	"github.com/consensys/gnark-crypto/ecc/stark-curve/fp"

	"github.com/sage-network/sage-node/elgamal/curve"
)

// Point is a point of the STARK curve in affine coordinates; the zero value is
// the identity O, encoded as (0, 0) exactly as the contracts encode it.
//
// A Point made by this package is always on the curve (whose order is prime,
// so there is no subgroup to check).
type Point struct{ a starkcurve.G1Affine }

// NewPoint returns the point with the given coordinates. The identity is
// accepted as (0, 0); use [NewNonZeroPoint] where it must not appear.
//
// It returns [ErrPoint] when (x, y) is not on the curve.
func NewPoint(x, y felt.Felt) (Point, error) {
	p := Point{starkcurve.G1Affine{X: fp.Element(x), Y: fp.Element(y)}}
	if p.IsIdentity() {
		return p, nil
	}
	if !p.a.IsOnCurve() {
		return Point{}, fmt.Errorf("%w: (%s, %s) is not on the curve", ErrPoint, x.String(), y.String())
	}
	return p, nil
}

// NewNonZeroPoint is [NewPoint] that refuses the identity with [ErrPoint].
func NewNonZeroPoint(x, y felt.Felt) (Point, error) {
	p, err := NewPoint(x, y)
	if err == nil && p.IsIdentity() {
		return Point{}, fmt.Errorf("%w: the identity is not allowed here", ErrPoint)
	}
	return p, err
}

// pointFromX returns the point with abscissa x and ordinate at most (p−1)/2.
func pointFromX(x felt.Felt) (Point, error) {
	p := starkcurve.G1Affine{X: fp.Element(x)}
	a, b := starkcurve.CurveCoefficients()
	var y2 fp.Element
	y2.Square(&p.X).Add(&y2, &a).Mul(&y2, &p.X).Add(&y2, &b)
	if p.Y.Sqrt(&y2) == nil {
		return Point{}, fmt.Errorf("%w: no point has abscissa %s", ErrPoint, x.String())
	}
	if p.Y.LexicographicallyLargest() {
		p.Y.Neg(&p.Y)
	}
	return Point{p}, nil
}

// X returns the abscissa (0 for the identity).
func (p Point) X() felt.Felt { return felt.Felt(p.a.X) }

// Y returns the ordinate (0 for the identity).
func (p Point) Y() felt.Felt { return felt.Felt(p.a.Y) }

// Felts returns the two coordinates, as the contracts serialise a point.
func (p Point) Felts() []felt.Felt { return []felt.Felt{p.X(), p.Y()} }

// IsIdentity reports whether p = O.
func (p Point) IsIdentity() bool { return p.a.X.IsZero() && p.a.Y.IsZero() }

// Equal reports whether p = q.
func (p Point) Equal(q Point) bool { return p.a.Equal(&q.a) }

// Add returns p + q.
func (p Point) Add(q Point) Point {
	var r Point
	r.a.Add(&p.a, &q.a)
	return r
}

// Sub returns p − q.
func (p Point) Sub(q Point) Point { return p.Add(q.Neg()) }

// Neg returns −p.
func (p Point) Neg() Point {
	var r Point
	r.a.Neg(&p.a)
	return r
}

// String formats the coordinates in hexadecimal.
func (p Point) String() string {
	x, y := p.X(), p.Y()
	return fmt.Sprintf("(%s, %s)", x.String(), y.String())
}

// mulSecret returns s·p in constant time; Point is thereby a base of sigma equations.
func (p Point) mulSecret(s *Scalar) curve.Point { return curve.NewMultiples(&p.a).Mul(s) }

// mulPublic returns s·p for an s that anybody may know. It is mulSecret, whose arithmetic is faster than
// that of gnark-crypto's points.
func (p Point) mulPublic(s *Scalar) starkcurve.G1Jac {
	m := p.mulSecret(s)
	return m.Jac()
}

// shift32 returns 2^32·p.
func (p Point) shift32() Point {
	var j starkcurve.G1Jac
	j.FromAffine(&p.a)
	for range halfBits {
		j.DoubleAssign()
	}
	return fromJac(&j)
}

func fromJac(j *starkcurve.G1Jac) Point {
	var p Point
	p.a.FromJacobian(j)
	return p
}

func fromProjective(c *curve.Point) Point { return Point{c.Affine()} }

// fromProjectives converts with one field inversion.
func fromProjectives(cs []curve.Point) []Point {
	out := make([]Point, len(cs))
	for i, a := range curve.AffineAll(cs) {
		out[i].a = a
	}
	return out
}

// batchFromJac converts with one field inversion.
func batchFromJac(js []starkcurve.G1Jac) []Point {
	out := make([]Point, len(js))
	for i, a := range starkcurve.BatchJacobianToAffineG1(js) {
		out[i].a = a
	}
	return out
}
