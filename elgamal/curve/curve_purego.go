//go:build !amd64 || purego

package curve

import "github.com/sage-network/sage-node/elgamal/field"

// Add sets p to p + q.
func (p *Point) Add(q *Point) { p.addGeneric(q) }

// addAffine sets p to p + q, where q is not O.
func (p *Point) addAffine(q *Affine) { p.addAffineGeneric(q) }

// double sets j to 2^n·j, for n of at least 1.
func (j *jacobian) double(n int) { j.doubleGeneric(n) }

// addMixed sets j to j + q, where j is neither O nor q.
func (j *jacobian) addMixed(q *Affine) { j.addMixedGeneric(q) }

// add sets j to j + q, where neither is O and they are not equal.
func (j *jacobian) add(q *cached) { j.addCachedGeneric(q) }

// pick sets a to the multiple that a digit says.
func (r *Row) pick(a *Affine, at, negative uint64) { r.pickGeneric(a, at, negative) }

// pick sets c to the multiple that a digit says.
func (m *Multiples) pick(c *cached, at, negative uint64) { m.pickGeneric(c, at, negative) }

// addPairs sets sums[i] to points[2i] + points[2i+1]; inverses are those of the differences of
// their abscissas, the first from the second. sums may begin where points does.
func addPairs(sums, points []Affine, inverses []field.Element) {
	addPairsGeneric(sums, points, inverses)
}
