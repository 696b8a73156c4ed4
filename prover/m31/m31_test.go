package m31

import (
	"testing"

	"pgregory.net/rapid"
)

func genElement() *rapid.Generator[Element] {
	return rapid.Custom(func(t *rapid.T) Element {
		edge := []uint32{0, 1, 2, P - 2, P - 1, 1 << 30}
		if rapid.Bool().Draw(t, "edge") {
			return Element(rapid.SampledFrom(edge).Draw(t, "v"))
		}
		return Element(rapid.Uint32Range(0, P-1).Draw(t, "v"))
	})
}

func genQM31() *rapid.Generator[QM31] {
	return rapid.Custom(func(t *rapid.T) QM31 {
		g := genElement()
		return FromCoords([4]Element{g.Draw(t, "a"), g.Draw(t, "b"), g.Draw(t, "c"), g.Draw(t, "d")})
	})
}

func TestElementAgainstIntegers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := genElement().Draw(t, "a"), genElement().Draw(t, "b")
		x, y := uint64(a), uint64(b)
		for _, c := range []struct {
			name string
			got  Element
			want uint64
		}{
			{"add", Add(a, b), (x + y) % P},
			{"sub", Sub(a, b), (x + P - y) % P},
			{"neg", Neg(a), (P - x) % P},
			{"mul", Mul(a, b), x * y % P},
			{"double", Double(a), 2 * x % P},
			{"square", Square(a), x * x % P},
		} {
			if uint64(c.got) != c.want {
				t.Fatalf("%s(%d, %d) = %d, want %d", c.name, a, b, c.got, c.want)
			}
		}
		w := rapid.Uint64().Draw(t, "w")
		if got := Reduce(w); uint64(got) != w%P {
			t.Fatalf("Reduce(%d) = %d, want %d", w, got, w%P)
		}
	})
	for _, w := range []uint64{0, P - 1, P, P + 1, 2 * P, uint64(P) * P, 1<<64 - 1, 1 << 62} {
		if got := Reduce(w); uint64(got) != w%P {
			t.Errorf("Reduce(%d) = %d, want %d", w, got, w%P)
		}
	}
}

func TestCanonical(t *testing.T) {
	for w, want := range map[uint32]bool{0: true, P - 1: true, P: false, 1 << 31: false, 1<<32 - 1: false} {
		if Canonical(w) != want {
			t.Errorf("Canonical(%d) = %v, want %v", w, !want, want)
		}
	}
	if (QM31{B: CM31{B: P}}).Canonical() {
		t.Error("a coordinate equal to P passed as canonical")
	}
}

// The first element that is not canonical is found wherever it lies, whichever
// others follow.
func TestNotCanonical(t *testing.T) {
	bad := []Element{P, 1<<31 | 1, 1<<32 - 1}
	for n := range 40 {
		elements := make([]Element, n)
		for i := range elements {
			elements[i] = P - 1 - Element(i)
		}
		if got := NotCanonical(elements); got != -1 {
			t.Fatalf("%d elements: number %d is refused", n, got)
		}
		for i := n - 1; i >= 0; i-- {
			elements[i] = bad[i%len(bad)]
			if got := NotCanonical(elements); got != i {
				t.Fatalf("%d elements: %d is found first, want %d", n, got, i)
			}
		}
	}
}

func BenchmarkNotCanonical(b *testing.B) {
	elements := make([]Element, 1<<13)
	for b.Loop() {
		if NotCanonical(elements) >= 0 {
			b.Fatal("zero is canonical")
		}
	}
}

func TestInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := genElement().Draw(t, "a")
		if got, want := Inverse(a), Pow(a, P-2); got != want {
			t.Fatalf("Inverse(%d) = %d, want %d", a, got, want)
		}
		if a != 0 && Mul(a, Inverse(a)) != 1 {
			t.Fatalf("%d · %d⁻¹ ≠ 1", a, a)
		}
		q := genQM31().Draw(t, "q")
		if !q.IsZero() && q.Mul(q.Inverse()) != One() {
			t.Fatalf("%v · its inverse ≠ 1", q)
		}
		if !q.A.IsZero() && q.A.Mul(q.A.Inverse()) != (CM31{A: 1}) {
			t.Fatalf("%v · its inverse ≠ 1", q.A)
		}
	})
}

func TestQM31IsAField(t *testing.T) {
	u := QM31{B: CM31{A: 1}}
	if u.Square() != FromCoords([4]Element{2, 1, 0, 0}) {
		t.Fatalf("u² = %v, want 2 + i", u.Square())
	}
	i := QM31{A: CM31{B: 1}}
	if i.Square() != One().Neg() {
		t.Fatalf("i² = %v, want −1", i.Square())
	}
	rapid.Check(t, func(t *rapid.T) {
		g := genQM31()
		x, y, z := g.Draw(t, "x"), g.Draw(t, "y"), g.Draw(t, "z")
		c := genElement().Draw(t, "c")
		eq := func(what string, a, b QM31) {
			if a != b {
				t.Fatalf("%s: %v ≠ %v", what, a, b)
			}
			if !a.Canonical() {
				t.Fatalf("%s: %v is not canonical", what, a)
			}
		}
		eq("commutes", x.Mul(y), y.Mul(x))
		eq("associates", x.Mul(y).Mul(z), x.Mul(y.Mul(z)))
		eq("distributes", x.Mul(y.Add(z)), x.Mul(y).Add(x.Mul(z)))
		eq("subtracts", x.Sub(y).Add(y), x)
		eq("negates", x.Add(x.Neg()), QM31{})
		eq("mul m31", x.MulM31(c), x.Mul(FromM31(c)))
		eq("mul cm31", x.MulCM31(y.A), x.Mul(QM31{A: y.A}))
		eq("add m31", x.AddM31(c), x.Add(FromM31(c)))
		eq("sub m31", x.SubM31(c), x.Sub(FromM31(c)))
		eq("conjugate", x.Mul(y).Conjugate(), x.Conjugate().Mul(y.Conjugate()))
		eq("pow", x.Pow(5), x.Square().Square().Mul(x))
		eq("cm31 square", QM31{A: x.A.Square()}, QM31{A: x.A.Mul(x.A)})
		v := x.Coords()
		eq("partial evals", FromPartialEvals([4]QM31{FromM31(v[0]), FromM31(v[1]), FromM31(v[2]), FromM31(v[3])}), x)
	})
}

func TestBatchInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SliceOfN(genElement(), 0, 20).Draw(t, "a")
		got := make([]Element, len(a))
		BatchInverse(got, a)
		for i := range a {
			if got[i] != Inverse(a[i]) {
				t.Fatalf("M31 element %d: %d, want %d", i, got[i], Inverse(a[i]))
			}
		}
		q := rapid.SliceOfN(genQM31(), 0, 20).Draw(t, "q")
		gotQ, gotC, c := make([]QM31, len(q)), make([]CM31, len(q)), make([]CM31, len(q))
		for i := range q {
			c[i] = q[i].A
		}
		BatchInverseQM31(gotQ, q)
		BatchInverseCM31(gotC, c)
		for i := range q {
			if gotQ[i] != q[i].Inverse() || gotC[i] != c[i].Inverse() {
				t.Fatalf("extension element %d is wrong", i)
			}
		}
	})
}

func BenchmarkMul(b *testing.B) {
	x := make([]Element, 1024)
	for i := range x {
		x[i] = Element(i*7919 + 1)
	}
	b.SetBytes(4 * 1024)
	for b.Loop() {
		for i := range x {
			x[i] = Mul(x[i], 48271)
		}
	}
}

func BenchmarkQM31Mul(b *testing.B) {
	x, y := FromCoords([4]Element{1, 2, 3, 4}), FromCoords([4]Element{5, 6, 7, 8})
	for b.Loop() {
		x = x.Mul(y)
	}
}
