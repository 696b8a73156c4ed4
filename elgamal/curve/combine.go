package curve

import (
	"github.com/consensys/gnark-crypto/ecc/stark-curve/fr"

	"github.com/sage-network/sage-node/elgamal/field"
)

// Row holds P, 3P, …, 15P of one base: what a digit picks from.
type Row [odd]Affine

// NewRows computes the rows of bases that are not O.
func NewRows(bases []Affine) []Row {
	all := make([]Point, 0, odd*len(bases))
	for i := range bases {
		all = append(all, NewMultiples(&bases[i])[:]...)
	}
	rows := make([]Row, len(bases))
	for i, a := range AffineAll(all) {
		rows[i/odd][i%odd] = a
	}
	return rows
}

// pick returns digit i of d times the base.
func (r *Row) pick(d *digits, i int) Affine {
	at, negative := d.row(i)
	var a Affine
	for j := range odd {
		m := equalMask(uint64(j), at)
		e := &r[j]
		for k := range a.X {
			a.X[k] |= e.X[k] & m
			a.Y[k] |= e.Y[k] & m
		}
	}
	var y field.Element
	field.Neg(&y, &a.Y)
	field.Select(&a.Y, &y, &a.Y, negative)
	return a
}

// Combine returns Σ s_i·B_i over bases of which nobody knows a linear relation.
//
// The points that the digits of one position pick are added in a tree, all
// positions at once, so that the affine additions of a level share one inversion:
// 6 field products an addition. These additions do not cover equal or opposite
// points, which would be a relation between the bases; should one occur all the
// same, the complete formulas add the rest.
func Combine(rows []Row, s []fr.Element) Point {
	if len(s) == 0 {
		return Identity()
	}
	n := len(s)
	leaves := make([]Affine, windows*n) // position by position
	for i := range s {
		d := recode(&s[i])
		for w := range windows {
			a := rows[i].pick(d, w)
			var y field.Element
			field.Neg(&y, &a.Y)
			field.Select(&a.Y, &y, &a.Y, d.negative)
			leaves[w*n+i] = a
		}
	}
	complete := false
	for n > 1 {
		leaves, n = addPairs(leaves, n, &complete)
	}
	acc := FromAffine(&leaves[windows-1])
	for w := windows - 2; w >= 0; w-- {
		for range window {
			acc.Double()
		}
		p := FromAffine(&leaves[w])
		acc.Add(&p)
	}
	return acc
}

// addPairs halves every run of n points by adding neighbours. It sets complete
// when affine additions do not do.
func addPairs(ps []Affine, n int, complete *bool) ([]Affine, int) {
	half, runs := n/2, len(ps)/n
	differences := make([]field.Element, half*runs)
	for r := range runs {
		for i := range half {
			p, q := &ps[r*n+2*i], &ps[r*n+2*i+1]
			field.Sub(&differences[r*half+i], &q.X, &p.X)
		}
	}
	for i := range differences {
		*complete = differences[i].IsZero() || *complete
	}
	if !*complete {
		field.InvertAll(differences)
	}
	next := n - half
	out := make([]Affine, next*runs)
	for r := range runs {
		for i := range half {
			p, q, to := &ps[r*n+2*i], &ps[r*n+2*i+1], &out[r*next+i]
			if *complete {
				a, b := FromAffine(p), FromAffine(q)
				a.Add(&b)
				*to = a.Affine()
				continue
			}
			var l, x, y field.Element
			field.Sub(&l, &q.Y, &p.Y)
			field.Mul(&l, &l, &differences[r*half+i])
			field.Square(&x, &l)
			field.Sub(&x, &x, &p.X)
			field.Sub(&x, &x, &q.X)
			field.Sub(&y, &p.X, &x)
			field.Mul(&y, &y, &l)
			field.Sub(&y, &y, &p.Y)
			to.X, to.Y = x, y
		}
		if n%2 == 1 {
			out[r*next+half] = ps[r*n+n-1]
		}
	}
	return out, next
}

// CombineBits returns Σ b_i·B_i for bits b_i.
func CombineBits(rows []Row, bits []uint64) Point {
	acc := Identity()
	for i, bit := range bits {
		sum := acc
		sum.addAffine(&rows[i][0])
		field.Select(&acc.x, &sum.x, &acc.x, bit)
		field.Select(&acc.y, &sum.y, &acc.y, bit)
		field.Select(&acc.z, &sum.z, &acc.z, bit)
	}
	return acc
}
