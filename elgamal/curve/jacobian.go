package curve

import "github.com/sage-network/sage-node/elgamal/field"

// jacobian is the point (x/z², y/z³), and O where z = 0. Doubling takes 3 products and 6
// squares instead of the 13 products of the complete formula, and covers O, for
// no point has order two. Adding does not cover equal points, nor O as a summand; opposite
// ones it does, with z = 0 and the rest not zero.
type jacobian struct{ x, y, z field.Element }

// cached is a jacobian to be added, with z² and z³.
type cached struct {
	jacobian
	zz, zzz field.Element
}

func (j *jacobian) cache() cached {
	c := cached{jacobian: *j}
	field.Square(&c.zz, &j.z)
	field.Mul(&c.zzz, &c.zz, &j.z)
	return c
}

// point changes to homogeneous coordinates: (xz : y : z³).
func (j *jacobian) point() Point {
	c := j.cache()
	p := Point{y: j.y, z: c.zzz}
	field.Mul(&p.x, &j.x, &j.z)
	return p
}

// doubleGeneric sets j to 2^n·j (a = 1, Chudnovsky, Chudnovsky 1986):
//
//	M = 3·X² + Z⁴      S = 4·X·Y²
//	X3 = M² − 2·S      Y3 = M·(S − X3) − 8·Y⁴      Z3 = 2·Y·Z
func (j *jacobian) doubleGeneric(n int) {
	for range n {
		var xx, yy, m, s, t field.Element
		field.Square(&xx, &j.x)
		field.Square(&yy, &j.y)
		field.Square(&m, &j.z)
		field.Square(&m, &m)
		field.Add(&m, &m, &xx)
		field.Add(&m, &m, &xx)
		field.Add(&m, &m, &xx)
		field.Mul(&j.z, &j.y, &j.z)
		field.Add(&j.z, &j.z, &j.z)
		field.Add(&yy, &yy, &yy)
		field.Mul(&s, &j.x, &yy)
		field.Add(&s, &s, &s)
		field.Square(&j.x, &m)
		field.Sub(&j.x, &j.x, &s)
		field.Sub(&j.x, &j.x, &s)
		field.Square(&t, &yy)
		field.Add(&t, &t, &t)
		field.Sub(&s, &s, &j.x)
		field.Mul(&j.y, &m, &s)
		field.Sub(&j.y, &j.y, &t)
	}
}

// addMixedGeneric sets j to j + q.
func (j *jacobian) addMixedGeneric(q *Affine) { j.sum(j.x, j.y, j.z, &q.X, &q.Y) }

// addCachedGeneric sets j to j + q.
func (j *jacobian) addCachedGeneric(q *cached) {
	var x, y, z field.Element
	field.Mul(&x, &j.x, &q.zz)
	field.Mul(&y, &j.y, &q.zzz)
	field.Mul(&z, &j.z, &q.z)
	j.sum(x, y, z, &q.x, &q.y)
}

// sum sets j to the sum of j, whose coordinates times the other's z², z³, z are x1, y1 and z,
// and a point whose first coordinates are x2, y2 (Cohen, Miyaji, Ono 1998):
//
//	H = X2·Z1² − X1      r = Y2·Z1³ − Y1
//	X3 = r² − H³ − 2·X1·H²      Y3 = r·(X1·H² − X3) − Y1·H³      Z3 = z·H
func (j *jacobian) sum(x1, y1, z field.Element, x2, y2 *field.Element) {
	var h, r, hh, hhh, v field.Element
	field.Square(&hh, &j.z)
	field.Mul(&h, x2, &hh)
	field.Sub(&h, &h, &x1)
	field.Mul(&r, &hh, &j.z)
	field.Mul(&r, &r, y2)
	field.Sub(&r, &r, &y1)
	field.Square(&hh, &h)
	field.Mul(&hhh, &hh, &h)
	field.Mul(&v, &x1, &hh)
	field.Square(&j.x, &r)
	field.Sub(&j.x, &j.x, &hhh)
	field.Sub(&j.x, &j.x, &v)
	field.Sub(&j.x, &j.x, &v)
	field.Sub(&v, &v, &j.x)
	field.Mul(&j.y, &r, &v)
	field.Mul(&y1, &y1, &hhh)
	field.Sub(&j.y, &j.y, &y1)
	field.Mul(&j.z, &z, &h)
}
