package field_test

import (
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/stark-curve/fp"
	"pgregory.net/rapid"

	. "github.com/sage-network/sage-node/elgamal/field"
	"github.com/sage-network/sage-node/elgamal/field/fieldtest"
)

// compare checks every operation on x and y: against gnark-crypto's, and both forms of products also
// against math/big.
func compare(t interface{ Fatalf(string, ...any) }, x, y Element, n int) {
	var z, want Element
	for _, op := range []struct {
		name    string
		compute func()
	}{
		{"product", func() { Mul(&z, &x, &y); want.Mul(&x, &y) }},
		{"portable product", func() { MulGeneric(&z, &x, &y); want.Mul(&x, &y) }},
		{"square", func() { Square(&z, &x); want.Square(&x) }},
		{"portable square", func() { SquareGeneric(&z, &x); want.Square(&x) }},
		{"squares in a row", func() { SquareTimes(&z, &x, n); SquareTimesGeneric(&want, &x, n) }},
		{"squares in their place", func() { z = x; SquareTimes(&z, &z, n); SquareTimesGeneric(&want, &x, n) }},
		{"power of two", func() {
			SquareTimes(&z, &x, n)
			want.Exp(x, new(big.Int).Lsh(big.NewInt(1), uint(n)))
		}},
		{"sum", func() { Add(&z, &x, &y); want.Add(&x, &y) }},
		{"difference", func() { Sub(&z, &x, &y); want.Sub(&x, &y) }},
		{"negative", func() { Neg(&z, &x); want.Neg(&x) }},
		{"inverse", func() { Invert(&z, &x); want.Inverse(&x) }},
		{"first", func() { Select(&z, &x, &y, 1); want = x }},
		{"second", func() { Select(&z, &x, &y, 0); want = y }},
		{"product in place", func() { z = x; Mul(&z, &z, &y); want.Mul(&x, &y) }},
		{"product in the other's place", func() { z = y; Mul(&z, &x, &z); want.Mul(&x, &y) }},
		{"product with itself in place", func() { z = x; Mul(&z, &z, &z); want.Square(&x) }},
		{"product of integers", func() {
			Mul(&z, &x, &y)
			a, b := x.BigInt(new(big.Int)), y.BigInt(new(big.Int))
			want.SetBigInt(a.Mul(a, b).Mod(a, fp.Modulus()))
		}},
	} {
		op.compute()
		if z != want {
			t.Fatalf("%s of %x and %x (%d) = %x, want %x", op.name, x, y, n, z, want)
		}
	}
}

func TestArithmetic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		compare(t, fieldtest.Element(t, "x"), fieldtest.Element(t, "y"), rapid.IntRange(1, 60).Draw(t, "n"))
	})
}

// TestEdges takes all pairs of values at the ends: as integers, and as limbs.
func TestEdges(t *testing.T) {
	var edges []Element
	for _, v := range []int64{0, 1, 2, 3, -1, -2, -3} {
		var e Element
		e.SetInt64(v)
		edges = append(edges, e)
	}
	const most, top = 1<<64 - 1, 1<<59 + 17
	edges = append(edges, Element{1}, Element{0, 0, 0, top}, Element{most, most, most, top - 1}, Element{most, most, most, 0},
		Element{0, 0, 0, top - 1}, Element{most}, Element{0, most}, Element{0, 0, most}, Element{0, 0, 0, 1 << 58})
	for _, x := range edges {
		for _, y := range edges {
			compare(t, x, y, 7)
		}
	}
}

// FuzzArithmetic draws elements as 32 big-endian bytes, and refuses what is not below p.
func FuzzArithmetic(f *testing.F) {
	p := fp.Modulus()
	minus := func(v int64) []byte { return new(big.Int).Sub(p, big.NewInt(v)).FillBytes(make([]byte, 32)) }
	f.Add(make([]byte, 32), minus(1), byte(1))
	f.Add(minus(2), minus(1), byte(40))
	f.Add(minus(0), minus(-1), byte(3))
	f.Fuzz(func(t *testing.T, a, b []byte, n byte) {
		var x, y Element
		for _, side := range []struct {
			e *Element
			b []byte
		}{{&x, a}, {&y, b}} {
			below := len(side.b) == 32 && new(big.Int).SetBytes(side.b).Cmp(p) < 0
			if err := side.e.SetBytesCanonical(side.b); (err == nil) != below {
				t.Fatalf("%x: %v", side.b, err)
			}
			if !below {
				return
			}
		}
		compare(t, x, y, 1+int(n%64))
	})
}

func TestInvertAll(t *testing.T) {
	InvertAll(nil, nil)
	for n := 1; n < 20; n++ {
		xs := make([]Element, n)
		for i := range xs {
			xs[i].SetUint64(uint64(i + 2))
		}
		want := fp.BatchInvert(xs)
		InvertAll(xs, make([]Element, n))
		for i := range xs {
			if xs[i] != want[i] {
				t.Errorf("%d of %d: %v", i, n, xs[i])
			}
		}
	}
}

// The two multiplications compare Montgomery arithmetic with a multiplication
// and a remainder of big integers. Products in a row of independent ones is what
// point arithmetic mostly does; the chain waits for each.
func BenchmarkMul(b *testing.B) {
	var x, y, z, w Element
	x.SetUint64(3).Inverse(&x)
	y.SetUint64(5).Inverse(&y)
	for b.Loop() {
		Mul(&z, &x, &y)
		Mul(&w, &y, &x)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(2*b.N), "ns/mul")
}

func BenchmarkMulChain(b *testing.B) {
	var x, y Element
	x.SetUint64(3).Inverse(&x)
	y.SetUint64(5).Inverse(&y)
	for b.Loop() {
		Mul(&x, &x, &y)
	}
}

func BenchmarkMulBigInt(b *testing.B) {
	var e, f Element
	e.SetUint64(3).Inverse(&e)
	f.SetUint64(5).Inverse(&f)
	x, y, p := e.BigInt(new(big.Int)), f.BigInt(new(big.Int)), fp.Modulus()
	for b.Loop() {
		x.Mul(x, y).Mod(x, p)
	}
}
