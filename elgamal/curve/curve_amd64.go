//go:build !purego

package curve

import (
	"golang.org/x/sys/cpu"

	"github.com/sage-network/sage-node/elgamal/field"
)

var hasKernels = cpu.X86.HasBMI2 && cpu.X86.HasAVX2

// first is the address of an element, and thereby of what lies behind it in the same struct or slice.
func first(e *field.Element) *[4]uint64 { return (*[4]uint64)(e) }

// Add sets p to p + q.
func (p *Point) Add(q *Point) {
	if hasKernels {
		addBMI2(first(&p.x), first(&q.x))
	} else {
		p.addGeneric(q)
	}
}

// addAffine sets p to p + q, where q is not O.
func (p *Point) addAffine(q *Affine) {
	if hasKernels {
		addAffineBMI2(first(&p.x), first(&q.X))
	} else {
		p.addAffineGeneric(q)
	}
}

// double sets j to 2^n·j, for n of at least 1.
func (j *jacobian) double(n int) {
	if hasKernels {
		doubleBMI2(first(&j.x), uint64(n))
	} else {
		j.doubleGeneric(n)
	}
}

// addMixed sets j to j + q, where j is neither O nor q.
func (j *jacobian) addMixed(q *Affine) {
	if hasKernels {
		addMixedBMI2(first(&j.x), first(&q.X))
	} else {
		j.addMixedGeneric(q)
	}
}

// add sets j to j + q, where neither is O and they are not equal.
func (j *jacobian) add(q *cached) {
	if hasKernels {
		addCachedBMI2(first(&j.x), first(&q.x))
	} else {
		j.addCachedGeneric(q)
	}
}

// pick sets a to the multiple that a digit says.
func (r *Row) pick(a *Affine, at, negative uint64) {
	if hasKernels {
		pickAffineAVX2(first(&a.X), first(&r[0].X), at, negative)
	} else {
		r.pickGeneric(a, at, negative)
	}
}

// pick sets c to the multiple that a digit says.
func (m *Multiples) pick(c *cached, at, negative uint64) {
	if hasKernels {
		pickCachedAVX2(first(&c.x), first(&m.odd[0].x), at, negative)
	} else {
		m.pickGeneric(c, at, negative)
	}
}

// addPairs sets sums[i] to points[2i] + points[2i+1]; inverses are those of the differences of
// their abscissas, the first from the second. sums may begin where points does.
func addPairs(sums, points []Affine, inverses []field.Element) {
	if n := len(inverses); n > 0 && hasKernels {
		_, _ = sums[n-1], points[2*n-1]
		addPairsBMI2(first(&sums[0].X), first(&points[0].X), first(&inverses[0]), uint64(n))
	} else {
		addPairsGeneric(sums, points, inverses)
	}
}
