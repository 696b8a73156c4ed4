package curve

import "github.com/sage-network/sage-node/elgamal/field"

// Pairs is room for affine additions that share one inversion: 6 products each.
type Pairs struct {
	points            []Affine // the summands of each pair side by side
	inverses, scratch []field.Element
}

// NewPairs returns room for n additions.
func NewPairs(n int) *Pairs {
	return &Pairs{make([]Affine, 2*n), make([]field.Element, n), make([]field.Element, n)}
}

// Set makes p and q the i-th pair. It reports whether [Pairs.Sum] will add them: not equal points, nor
// opposite ones, nor O. Which it is may show.
func (s *Pairs) Set(i int, p, q *Affine) bool {
	s.points[2*i], s.points[2*i+1] = *p, *q
	d := &s.inverses[i]
	field.Sub(d, &q.X, &p.X)
	if d.IsZero() || p.IsInfinity() || q.IsInfinity() {
		*d = one // leaves the others as they are
		return false
	}
	return true
}

// Sum stores the sums of all pairs. Every pair must have been set since the last call; the sum of one that
// cannot be added is not a point.
func (s *Pairs) Sum(to []Affine) {
	field.InvertAll(s.inverses, s.scratch)
	addPairs(to[:len(s.inverses)], s.points, s.inverses)
}
