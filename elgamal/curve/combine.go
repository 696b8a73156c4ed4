package curve

import (
	"github.com/consensys/gnark-crypto/ecc/stark-curve/fr"

	"github.com/sage-network/sage-node/elgamal/field"
)

// NewRows computes the rows of bases that are not O.
func NewRows(bases []Affine) []Row {
	all := make([]Point, 0, odd*len(bases))
	for i := range bases {
		p := FromAffine(&bases[i])
		twice := p
		twice.Add(&p)
		for range odd {
			all = append(all, p)
			p.Add(&twice)
		}
	}
	return rowsOf(all)
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
			at, negative := d.row(w)
			rows[i].pick(&leaves[w*n+i], at, negative^d.negative)
		}
	}
	complete := false
	differences, scratch := make([]field.Element, windows*(n/2)), make([]field.Element, windows*(n/2))
	for n > 1 {
		differences = differences[:windows*(n/2)]
		leaves, n = halve(leaves, n, differences, scratch, &complete)
	}
	acc := FromAffine(&leaves[windows-1])
	for w := windows - 2; w >= 0; w-- {
		if !acc.IsIdentity() { // as good as always: a sum would be a relation
			j := acc.jacobian()
			j.double(window)
			acc = j.point()
		}
		p := FromAffine(&leaves[w])
		acc.Add(&p)
	}
	return acc
}

// halve halves every run of n points, in their place, by adding neighbours. It sets
// complete when affine additions do not do. differences is room for an element a pair, and so is scratch.
func halve(ps []Affine, n int, differences, scratch []field.Element, complete *bool) ([]Affine, int) {
	half, runs := n/2, len(ps)/n
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
		field.InvertAll(differences, scratch)
	}
	next := n - half
	for r := range runs {
		from, to := ps[r*n:(r+1)*n], ps[r*next:(r+1)*next]
		if *complete {
			addPairsComplete(to[:half], from)
		} else {
			addPairs(to[:half], from, differences[r*half:(r+1)*half])
		}
		if n%2 == 1 {
			to[half] = from[n-1]
		}
	}
	return ps[:next*runs], next
}

// addPairsGeneric sets sums[i] to points[2i] + points[2i+1]: one slope, whose denominator
// is inverted already, a square and a product.
func addPairsGeneric(sums, points []Affine, inverses []field.Element) {
	for i := range inverses {
		p, q := &points[2*i], &points[2*i+1]
		var l, x, y field.Element
		field.Sub(&l, &q.Y, &p.Y)
		field.Mul(&l, &l, &inverses[i])
		field.Square(&x, &l)
		field.Sub(&x, &x, &p.X)
		field.Sub(&x, &x, &q.X)
		field.Sub(&y, &p.X, &x)
		field.Mul(&y, &y, &l)
		field.Sub(&y, &y, &p.Y)
		sums[i].X, sums[i].Y = x, y
	}
}

// addPairsComplete is addPairsGeneric for any points.
func addPairsComplete(sums, points []Affine) {
	for i := range sums {
		p, q := FromAffine(&points[2*i]), FromAffine(&points[2*i+1])
		p.Add(&q)
		sums[i] = p.Affine()
	}
}
