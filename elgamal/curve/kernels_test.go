package curve

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/sage-network/sage-node/elgamal/field"
	"github.com/sage-network/sage-node/elgamal/field/fieldtest"
)

// TestKernels compares the functions that have a form in assembly with their portable forms, coordinate by
// coordinate. Formulas hold for all elements, of points or not.
func TestKernels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		element := func(name string) field.Element { return fieldtest.Element(t, name) }
		p := Point{element("x"), element("y"), element("z")}
		q := Point{element("x'"), element("y'"), element("z'")}
		a := Affine{X: q.x, Y: q.y}
		j := jacobian{p.x, p.y, p.z}
		c := cached{jacobian{q.x, q.y, q.z}, element("zz"), element("zzz")}
		same := func(name string, got, want any) {
			t.Helper()
			if got != want {
				t.Fatalf("%s: %v, portable %v", name, got, want)
			}
		}
		got, want := p, p
		got.Add(&q)
		want.addGeneric(&q)
		same("sum", got, want)
		got, want = p, p
		got.Add(&got)
		want.addGeneric(&want)
		same("sum with itself", got, want)
		got, want = p, p
		got.addAffine(&a)
		want.addAffineGeneric(&a)
		same("sum with an affine point", got, want)
		gotJ, wantJ := j, j
		gotJ.addMixed(&a)
		wantJ.addMixedGeneric(&a)
		same("mixed sum", gotJ, wantJ)
		gotJ, wantJ = j, j
		gotJ.add(&c)
		wantJ.addCachedGeneric(&c)
		same("jacobian sum", gotJ, wantJ)
		n := rapid.IntRange(1, 7).Draw(t, "n")
		gotJ, wantJ = j, j
		gotJ.double(n)
		wantJ.doubleGeneric(n)
		same("doublings", gotJ, wantJ)

		points, inverses := make([]Affine, 2*n+1), make([]field.Element, n)
		for i := range points {
			points[i] = Affine{X: element("X"), Y: element("Y")}
		}
		for i := range inverses {
			inverses[i] = element("inverse")
		}
		sums := make([]Affine, n+1)
		addPairsGeneric(sums, points, inverses)
		last := points[2*n]
		addPairs(points, points, inverses) // in their place
		for i := range n {
			same("sum of a pair", points[i], sums[i])
		}
		same("the point behind the pairs", points[2*n], last)
	})
}

// TestPicks takes every entry with both signs, from rows of any elements whose ordinates are not 0.
func TestPicks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r Row
		var m Multiples
		for i := range r {
			e := func() (e field.Element) {
				for e.IsZero() {
					e = fieldtest.Element(t, "element")
				}
				return e
			}
			r[i] = Affine{X: e(), Y: e()}
			m.odd[i] = cached{jacobian{e(), e(), e()}, e(), e()}
		}
		for at := range uint64(odd) {
			for negative := range uint64(2) {
				var gotA, wantA Affine
				r.pick(&gotA, at, negative)
				r.pickGeneric(&wantA, at, negative)
				var gotC, wantC cached
				m.pick(&gotC, at, negative)
				m.pickGeneric(&wantC, at, negative)
				if gotA != wantA || gotC != wantC {
					t.Fatalf("entry %d, negative %d: %v, portable %v; %v, portable %v", at, negative, gotA, wantA, gotC, wantC)
				}
				y := r[at].Y
				if negative == 1 {
					y.Neg(&y)
				}
				if gotA.X != r[at].X || gotA.Y != y || gotC.zzz != m.odd[at].zzz {
					t.Fatalf("entry %d, negative %d: %v of %v", at, negative, gotA, r[at])
				}
			}
		}
	})
}

// TestPairs adds pairs of every kind: those that can be added, and equal, opposite ones and O beside them.
func TestPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 9).Draw(t, "n")
		pairs, sums, wants := NewPairs(n), make([]Affine, n), make([]Affine, n)
		covered := make([]bool, n)
		for round := range 2 {
			for i := range n {
				s, r := scalar(t, "s"), scalar(t, "r")
				p, q := times(&generator, &s), times(&generator, &r)
				wants[i].Add(&p, &q)
				covered[i] = pairs.Set(i, &p, &q)
				if covered[i] == (p.X.Equal(&q.X) || p.IsInfinity() || q.IsInfinity()) {
					t.Fatalf("%v and %v: %v", p, q, covered[i])
				}
			}
			pairs.Sum(sums)
			for i := range n {
				if covered[i] && !sums[i].Equal(&wants[i]) {
					t.Fatalf("pair %d in round %d: %v, want %v", i, round, sums[i], wants[i])
				}
			}
		}
	})
}
