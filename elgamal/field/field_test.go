package field

import (
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/stark-curve/fp"
	"pgregory.net/rapid"
)

// element draws limbs that carry and borrow more often than random ones do.
func element(t *rapid.T, label string) Element {
	limb := rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, 1<<64 - 1, top, top - 1}))
	e := Element{limb.Draw(t, label), limb.Draw(t, label), limb.Draw(t, label), rapid.Uint64Range(0, top).Draw(t, label)}
	if e[3] == top { // only p − 1 has this limb
		e[0], e[1], e[2] = 0, 0, 0
	}
	return e
}

func TestArithmetic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := element(t, "x"), element(t, "y")
		var z, want Element
		for name, op := range map[string]func(){
			"product":          func() { Mul(&z, &x, &y); want.Mul(&x, &y) },
			"portable product": func() { mulGeneric(&z, &x, &y); want.Mul(&x, &y) },
			"square":           func() { Square(&z, &x); want.Square(&x) },
			"sum":              func() { Add(&z, &x, &y); want.Add(&x, &y) },
			"difference":       func() { Sub(&z, &x, &y); want.Sub(&x, &y) },
			"negative":         func() { Neg(&z, &x); want.Neg(&x) },
			"inverse":          func() { Invert(&z, &x); want.Inverse(&x) },
			"first":            func() { Select(&z, &x, &y, 1); want = x },
			"second":           func() { Select(&z, &x, &y, 0); want = y },
			"in place":         func() { z = x; Mul(&z, &z, &z); want.Square(&x) },
		} {
			op()
			if z != want {
				t.Fatalf("%s of %v and %v = %v, want %v", name, x, y, z, want)
			}
		}
	})
}

func TestInvertAll(t *testing.T) {
	InvertAll(nil)
	for _, n := range []int{1, 2, 7} {
		xs := make([]Element, n)
		for i := range xs {
			xs[i].SetUint64(uint64(i + 2))
		}
		want := fp.BatchInvert(xs)
		InvertAll(xs)
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
