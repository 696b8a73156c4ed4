package curve

import (
	"math/big"
	"testing"

	starkcurve "github.com/consensys/gnark-crypto/ecc/stark-curve"
	"github.com/consensys/gnark-crypto/ecc/stark-curve/fr"
	"pgregory.net/rapid"
)

func scalar(t *rapid.T, label string) fr.Element {
	var s fr.Element
	switch rapid.IntRange(0, 3).Draw(t, label+" kind") {
	case 0: // small, zero included
		s.SetUint64(rapid.Uint64Range(0, 40).Draw(t, label))
	case 1: // small and negative
		s.SetUint64(rapid.Uint64Range(0, 40).Draw(t, label)).Neg(&s)
	default:
		s.SetBytes(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, label))
	}
	return s
}

func times(b *Affine, s *fr.Element) Affine {
	var out Affine
	return *out.ScalarMultiplication(b, s.BigInt(new(big.Int)))
}

func TestOrder(t *testing.T) {
	n := new(big.Int)
	for i := 3; i >= 0; i-- {
		n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(order[i]))
	}
	if n.Cmp(fr.Modulus()) != 0 {
		t.Fatalf("order = %x", n)
	}
}

// TestSums adds every kind of pair: equal, opposite, O, and general.
func TestSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := scalar(t, "s"), scalar(t, "r")
		a, b := times(&generator, &s), times(&generator, &r)
		want := new(Affine).Add(&a, &b)
		p, q := FromAffine(&a), FromAffine(&b)
		p.Add(&q)
		if got := p.Affine(); !got.Equal(want) {
			t.Fatalf("%v + %v = %v, want %v", s, r, got, want)
		}
		if !b.IsInfinity() {
			j := q.jacobian()
			j.double(2)
			twice := new(Affine).Add(&b, &b)
			p := j.point()
			if got, want := p.Affine(), new(Affine).Add(twice, twice); !got.Equal(want) {
				t.Fatalf("4·%v = %v, want %v", r, got, want)
			}
			p = FromAffine(&a)
			p.addAffine(&b)
			if got := p.Affine(); !got.Equal(want) {
				t.Fatalf("%v + %v (affine) = %v, want %v", s, r, got, want)
			}
		}
		p.Neg()
		minus := new(Affine).Neg(want)
		if got := AffineAll([]Point{p, Identity(), p}); !got[0].Equal(minus) || !got[1].IsInfinity() || !got[2].Equal(minus) {
			t.Fatalf("all at once: %v", got)
		}
	})
}

// TestProducts compares with gnark-crypto's multiplication.
func TestProducts(t *testing.T) {
	g := NewTable(&generator)
	rapid.Check(t, func(t *rapid.T) {
		s, r := scalar(t, "s"), scalar(t, "r")
		want := times(&generator, &s)
		p := g.Mul(&s)
		if got := p.Affine(); !got.Equal(&want) {
			t.Fatalf("%v·G = %v, want %v", s, got, want)
		}
		b := times(&generator, &r)
		want = times(&b, &s)
		p = NewMultiples(&b).Mul(&s)
		if got := p.Affine(); !got.Equal(&want) {
			t.Fatalf("%v·%v·G = %v, want %v", s, r, got, want)
		}
	})
}

// TestExceptionalScalars multiplies by the scalars next to 0, and by those whose last digits lead
// additions to the edges of what they cover.
func TestExceptionalScalars(t *testing.T) {
	scalars := make([]fr.Element, 0, 300)
	for v := range int64(140) {
		var s fr.Element
		s.SetInt64(v - 70)
		scalars = append(scalars, s)
	}
	for i := 5; i < 252; i += 5 {
		var s, one fr.Element
		one.SetOne()
		s.SetBigInt(new(big.Int).Lsh(big.NewInt(1), uint(i)))
		scalars = append(scalars, s)
		scalars = append(scalars, *new(fr.Element).Add(&s, &one), *new(fr.Element).Sub(&s, &one))
	}
	g, b := NewTable(&generator), times(&generator, new(fr.Element).SetUint64(77))
	m := NewMultiples(&b)
	for _, s := range scalars {
		want := times(&generator, &s)
		p, public := g.Mul(&s), g.MulPublic(&s)
		if got, shown := p.Affine(), new(Affine).FromJacobian(&public); !got.Equal(&want) || !shown.Equal(&want) {
			t.Fatalf("%v·G = %v and %v, want %v", &s, got, shown, want)
		}
		want = times(&b, &s)
		p = m.Mul(&s)
		if got := p.Affine(); !got.Equal(&want) {
			t.Fatalf("%v·77·G = %v, want %v", &s, got, want)
		}
	}
	p := NewMultiples(&Affine{}).Mul(&scalars[0])
	if !p.IsIdentity() || !p.Equal(&Point{y: one}) {
		t.Fatalf("a multiple of O is %v", p)
	}
}

func benchScalar() (s fr.Element) {
	s.SetUint64(7).Inverse(&s)
	return s
}

func BenchmarkTableMul(b *testing.B) {
	g, s := NewTable(&generator), benchScalar()
	for b.Loop() {
		g.Mul(&s)
	}
}

func BenchmarkMultiplesMul(b *testing.B) {
	s := benchScalar()
	for b.Loop() {
		NewMultiples(&generator).Mul(&s)
	}
}

func BenchmarkNewTable(b *testing.B) {
	for b.Loop() {
		NewTable(&generator)
	}
}

func BenchmarkGnarkMul(b *testing.B) {
	s := benchScalar()
	k := s.BigInt(new(big.Int))
	var j, out starkcurve.G1Jac
	j.FromAffine(&generator)
	for b.Loop() {
		out.ScalarMultiplication(&j, k)
	}
}

// TestCombine sums products under independent bases, and under ones with
// relations, which meet every exceptional addition.
func TestCombine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 9).Draw(t, "n")
		related := rapid.Bool().Draw(t, "related")
		bases, scalars := make([]Affine, n), make([]fr.Element, n)
		var want Affine
		for i := range bases {
			var r fr.Element
			r.SetUint64(rapid.Uint64Range(1, 3).Draw(t, "base"))
			if !related {
				r = scalar(t, "base")
				if r.IsZero() {
					r.SetOne()
				}
			}
			bases[i] = times(&generator, &r)
			scalars[i] = scalar(t, "s")
			term := times(&bases[i], &scalars[i])
			want.Add(&want, &term)
		}
		rows := NewRows(bases)
		p := Combine(rows, scalars)
		if got := p.Affine(); !got.Equal(&want) {
			t.Fatalf("%v of %v = %v, want %v", scalars, bases, got, want)
		}
	})
}

func BenchmarkCombine32(b *testing.B) {
	bases, scalars := make([]Affine, 32), make([]fr.Element, 32)
	for i := range bases {
		scalars[i].SetUint64(uint64(i + 2)).Inverse(&scalars[i])
		bases[i] = times(&generator, &scalars[i])
	}
	rows := NewRows(bases)
	for b.Loop() {
		Combine(rows, scalars)
	}
}
