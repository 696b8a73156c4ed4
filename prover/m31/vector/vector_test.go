package vector

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sage-network/sage-node/prover/internal/cpu/cputest"
	"github.com/sage-network/sage-node/prover/m31"
)

// lengths lie around the kernels' vector lengths and unrolled steps.
var lengths = []int{0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 255, 256, 500, 1000}

// edges are the elements at which reductions go wrong first.
var edges = []m31.Element{0, 1, 2, m31.P - 1, m31.P - 2, 1 << 30, 1<<30 - 1, 1 << 16}

type source struct{ *rand.Rand }

func (s source) element() m31.Element {
	if s.IntN(4) == 0 {
		return edges[s.IntN(len(edges))]
	}
	return m31.Element(s.Uint32N(m31.P))
}

func (s source) vector(n int) []m31.Element {
	v := make([]m31.Element, n)
	for i := range v {
		v[i] = s.element()
	}
	return v
}

func (s source) scalar() m31.QM31 {
	return m31.FromCoords([4]m31.Element{s.element(), s.element(), s.element(), s.element()})
}

func (s source) secure(n int) Secure {
	return Secure{s.vector(n), s.vector(n), s.vector(n), s.vector(n)}
}

func clone(s Secure) Secure {
	for j := range s {
		s[j] = slices.Clone(s[j])
	}
	return s
}

// operation computes its result both by the package and from the definition.
type operation struct {
	name string
	run  func(s source, n int) (got, want []m31.Element)
}

// base makes an operation on vectors a, b, c and a constant; in place, the result
// replaces a, then b, then c.
func base(name string, f func(dst, a, b, c []m31.Element, w m31.Element), want func(a, b, c, w m31.Element) m31.Element) operation {
	return operation{name, func(s source, n int) (got, expected []m31.Element) {
		a, b, c, w := s.vector(n), s.vector(n), s.vector(n), s.element()
		expected = make([]m31.Element, n)
		for i := range expected {
			expected[i] = want(a[i], b[i], c[i], w)
		}
		expected = slices.Concat(expected, expected, expected, expected)
		got = make([]m31.Element, n, 4*n)
		f(got, a, b, c, w)
		for in := range 3 {
			x := [3][]m31.Element{slices.Clone(a), slices.Clone(b), slices.Clone(c)}
			f(x[in], x[0], x[1], x[2], w)
			got = append(got, x[in]...)
		}
		return got, expected
	}}
}

// over makes an operation on secure vectors a, b, a base vector c and a constant;
// dst starts as d. In place, the result replaces a with its coordinates rotated.
func over(name string, f func(dst, a, b Secure, c []m31.Element, w m31.QM31), want func(d, a, b m31.QM31, c m31.Element, w m31.QM31) m31.QM31) operation {
	return operation{name, func(s source, n int) (got, expected []m31.Element) {
		d, a, b, c, w := s.secure(n), s.secure(n), s.secure(n), s.vector(n), s.scalar()
		result := MakeSecure(n)
		for i := range n {
			result.Set(i, want(d.At(i), a.At(i), b.At(i), c[i], w))
		}
		f(d, a, b, c, w)
		return slices.Concat(d[:]...), slices.Concat(result[:]...)
	}}
}

var operations = []operation{
	base("Add", func(dst, a, b, _ []m31.Element, _ m31.Element) { Add(dst, a, b) },
		func(a, b, _, _ m31.Element) m31.Element { return m31.Add(a, b) }),
	base("Sub", func(dst, a, b, _ []m31.Element, _ m31.Element) { Sub(dst, a, b) },
		func(a, b, _, _ m31.Element) m31.Element { return m31.Sub(a, b) }),
	base("Neg", func(dst, a, _, _ []m31.Element, _ m31.Element) { Neg(dst, a) },
		func(a, _, _, _ m31.Element) m31.Element { return m31.Neg(a) }),
	base("Mul", func(dst, a, b, _ []m31.Element, _ m31.Element) { Mul(dst, a, b) },
		func(a, b, _, _ m31.Element) m31.Element { return m31.Mul(a, b) }),
	base("MulAdd", func(dst, a, b, c []m31.Element, _ m31.Element) { MulAdd(dst, a, b, c) },
		func(a, b, c, _ m31.Element) m31.Element { return m31.Add(m31.Mul(a, b), c) }),
	base("MulSub", func(dst, a, b, c []m31.Element, _ m31.Element) { MulSub(dst, a, b, c) },
		func(a, b, c, _ m31.Element) m31.Element { return m31.Sub(c, m31.Mul(a, b)) }),
	base("AddConst", func(dst, a, _, _ []m31.Element, w m31.Element) { AddConst(dst, a, w) },
		func(a, _, _, w m31.Element) m31.Element { return m31.Add(a, w) }),
	base("Scale", func(dst, a, _, _ []m31.Element, w m31.Element) { Scale(dst, a, w) },
		func(a, _, _, w m31.Element) m31.Element { return m31.Mul(a, w) }),
	base("AddScaled", func(dst, a, b, _ []m31.Element, w m31.Element) { AddScaled(dst, a, b, w) },
		func(a, b, _, w m31.Element) m31.Element { return m31.Add(a, m31.Mul(b, w)) }),
	base("Fill", func(dst, _, _, _ []m31.Element, w m31.Element) { Fill(dst, w) },
		func(_, _, _, w m31.Element) m31.Element { return w }),
	base("Inverse without zeros", func(dst, a, _, _ []m31.Element, _ m31.Element) {
		x := slices.Clone(a)
		for i, v := range x {
			x[i] = max(v, 1)
		}
		Inverse(dst, x)
	}, func(a, _, _, _ m31.Element) m31.Element { return m31.Inverse(max(a, 1)) }),
	base("Inverse", func(dst, a, _, _ []m31.Element, _ m31.Element) { Inverse(dst, a) },
		func(a, _, _, _ m31.Element) m31.Element { return m31.Inverse(a) }),

	over("AddSecure", func(dst, a, b Secure, _ []m31.Element, _ m31.QM31) { AddSecure(dst, a, b) },
		func(_, a, b m31.QM31, _ m31.Element, _ m31.QM31) m31.QM31 { return a.Add(b) }),
	over("SubSecure", func(dst, a, b Secure, _ []m31.Element, _ m31.QM31) { SubSecure(dst, a, b) },
		func(_, a, b m31.QM31, _ m31.Element, _ m31.QM31) m31.QM31 { return a.Sub(b) }),
	over("NegSecure", func(dst, a, _ Secure, _ []m31.Element, _ m31.QM31) { NegSecure(dst, a) },
		func(_, a, _ m31.QM31, _ m31.Element, _ m31.QM31) m31.QM31 { return a.Neg() }),
	over("MulSecure", func(dst, a, b Secure, _ []m31.Element, _ m31.QM31) { MulSecure(dst, a, b) },
		func(_, a, b m31.QM31, _ m31.Element, _ m31.QM31) m31.QM31 { return a.Mul(b) }),
	over("MulSecure onto rotated operands", func(dst, a, b Secure, _ []m31.Element, _ m31.QM31) {
		// A kernel reads all coordinates of its operands before it writes.
		x, y := clone(a), clone(b)
		z := Secure{x[3], y[2], x[0], y[1]}
		MulSecure(z, x, y)
		for j := range dst {
			copy(dst[j], z[j])
		}
	}, func(_, a, b m31.QM31, _ m31.Element, _ m31.QM31) m31.QM31 { return a.Mul(b) }),
	over("MulBase", func(dst, a, _ Secure, c []m31.Element, _ m31.QM31) { MulBase(dst, a, c) },
		func(_, a, _ m31.QM31, c m31.Element, _ m31.QM31) m31.QM31 { return a.MulM31(c) }),
	over("ScaleSecure", func(dst, a, _ Secure, _ []m31.Element, w m31.QM31) { ScaleSecure(dst, a, w) },
		func(_, a, _ m31.QM31, _ m31.Element, w m31.QM31) m31.QM31 { return a.Mul(w) }),
	over("ScaleSecure onto rotated operands", func(dst, a, _ Secure, _ []m31.Element, w m31.QM31) {
		x := clone(a)
		z := Secure{x[1], x[2], x[3], x[0]}
		ScaleSecure(z, x, w)
		for j := range dst {
			copy(dst[j], z[j])
		}
	}, func(_, a, _ m31.QM31, _ m31.Element, w m31.QM31) m31.QM31 { return a.Mul(w) }),
	over("ScaleBase", func(dst, a, _ Secure, _ []m31.Element, w m31.QM31) { ScaleBase(dst, a, w.A.A) },
		func(_, a, _ m31.QM31, _ m31.Element, w m31.QM31) m31.QM31 { return a.MulM31(w.A.A) }),
	over("AddScaledSecure", func(dst, a, _ Secure, _ []m31.Element, w m31.QM31) { AddScaledSecure(dst, a, w) },
		func(d, a, _ m31.QM31, _ m31.Element, w m31.QM31) m31.QM31 { return d.Add(a.Mul(w)) }),
	over("AddQuotient", func(dst, a, b Secure, c []m31.Element, w m31.QM31) {
		AddQuotient(dst, a, c, Complex{b[0], b[1]}, w, w.Square(), w.Double())
	}, func(d, a, b m31.QM31, c m31.Element, w m31.QM31) m31.QM31 {
		return d.Add(a.Mul(w.Double()).Sub(w.Square()).Sub(w.MulM31(c)).MulCM31(b.A))
	}),
	over("MulComplex", func(dst, a, b Secure, _ []m31.Element, _ m31.QM31) { MulComplex(dst, a, Complex{b[0], b[1]}) },
		func(_, a, b m31.QM31, _ m31.Element, _ m31.QM31) m31.QM31 { return a.MulCM31(b.A) }),
	over("InverseComplex", func(dst, a, _ Secure, c []m31.Element, _ m31.QM31) {
		InverseComplex(Complex{dst[0], dst[1]}, Complex{a[0], a[1]}, slices.Clone(c))
		copy(dst[2], a[2])
		copy(dst[3], a[3])
	}, func(_, a, _ m31.QM31, _ m31.Element, _ m31.QM31) m31.QM31 {
		return m31.QM31{A: a.A.Inverse(), B: a.B}
	}),
	over("InverseSecure", func(dst, a, b Secure, _ []m31.Element, _ m31.QM31) {
		InverseSecure(dst, a, clone(b))
	}, func(_, a, _ m31.QM31, _ m31.Element, _ m31.QM31) m31.QM31 { return a.Inverse() }),
	over("InverseSecure in place, with zeros", func(dst, a, b Secure, _ []m31.Element, _ m31.QM31) {
		x := clone(a)
		for i := 0; i < x.Len(); i += 3 {
			x.Set(i, m31.QM31{})
		}
		InverseSecure(x, x, clone(b))
		for i := range dst.Len() {
			dst.Set(i, x.At(i))
			if i%3 == 0 && x.At(i).IsZero() {
				dst.Set(i, a.At(i).Inverse())
			}
		}
	}, func(_, a, _ m31.QM31, _ m31.Element, _ m31.QM31) m31.QM31 { return a.Inverse() }),
	over("Affine", func(dst, a, _ Secure, _ []m31.Element, w m31.QM31) {
		Affine(Complex{dst[0], dst[1]}, a[0], a[1], w.A, w.B, w.A.Square())
		copy(dst[2], a[2])
		copy(dst[3], a[3])
	}, func(_, a, _ m31.QM31, _ m31.Element, w m31.QM31) m31.QM31 {
		line := w.A.Add(w.B.MulM31(a.A.A)).Add(w.A.Square().MulM31(a.A.B))
		return m31.QM31{A: line, B: a.B}
	}),

	{"AddCombination", func(s source, n int) (got, want []m31.Element) {
		dst := s.secure(n)
		expected := clone(dst)
		columns, weights := make([][]m31.Element, s.IntN(12)), []m31.QM31(nil)
		for k := range columns {
			columns[k] = s.vector(n)
			weights = append(weights, s.scalar())
			for i, x := range columns[k] {
				expected.Set(i, expected.At(i).Add(weights[k].MulM31(x)))
			}
		}
		AddCombination(dst, columns, weights)
		return slices.Concat(dst[:]...), slices.Concat(expected[:]...)
	}},
	{"Fold", func(s source, n int) (got, want []m31.Element) {
		src, alpha := s.secure(2*n), s.scalar()
		dst, expected := MakeSecure(n), MakeSecure(n)
		for i := range n {
			expected.Set(i, src.At(2*i).Add(src.At(2*i+1).Mul(alpha)).Double())
		}
		Fold(dst, src, alpha)
		return slices.Concat(dst[:]...), slices.Concat(expected[:]...)
	}},
	{"Dot", func(s source, n int) (got, want []m31.Element) {
		a, b := s.vector(n), s.vector(n)
		var sum m31.Element
		for i := range a {
			sum = m31.Add(sum, m31.Mul(a[i], b[i]))
		}
		return []m31.Element{Dot(a, b)}, []m31.Element{sum}
	}},
	{"DotSecure", func(s source, n int) (got, want []m31.Element) {
		a, w := s.vector(n), s.secure(n)
		var sum m31.QM31
		for i := range a {
			sum = sum.Add(w.At(i).MulM31(a[i]))
		}
		x, y := DotSecure(a, w).Coords(), sum.Coords()
		return x[:], y[:]
	}},
	{"Alternate", func(s source, n int) (got, want []m31.Element) {
		even, odd := s.vector(n), s.vector(n)
		got, want = make([]m31.Element, n), make([]m31.Element, n)
		for i := range want {
			want[i] = even[i]
			if i%2 == 1 {
				want[i] = odd[i]
			}
		}
		Alternate(got, even, odd)
		return got, want
	}},
}

func TestOperations(t *testing.T) { cputest.Each(t, testOperations) }

func testOperations(t *testing.T) {
	for _, op := range operations {
		t.Run(op.name, func(t *testing.T) {
			s := source{rand.New(rand.NewPCG(1, 2))}
			for _, n := range lengths {
				for range 3 {
					got, want := op.run(s, n)
					for i := range want {
						if got[i] != want[i] {
							t.Fatalf("length %d, element %d: %d, want %d", n, i, got[i], want[i])
						}
					}
				}
			}
		})
	}
}

// All elements at the largest value: sums of products come closest to overflow.
func TestSumsDoNotOverflow(t *testing.T) { cputest.Each(t, testSumsDoNotOverflow) }

func testSumsDoNotOverflow(t *testing.T) {
	const n = 1 << 12
	a, w := make([]m31.Element, n), MakeSecure(n)
	Fill(a, m31.P-1)
	for j := range w {
		Fill(w[j], m31.P-1)
	}
	if got, want := Dot(a, a), m31.Element(n); got != want { // (−1)² each
		t.Errorf("dot product %d, want %d", got, want)
	}
	if got, want := DotSecure(a, w), m31.FromCoords([4]m31.Element{n, n, n, n}); got != want {
		t.Errorf("secure dot product %v, want %v", got, want)
	}
	dst := MakeSecure(n)
	columns, weights := make([][]m31.Element, 100), make([]m31.QM31, 100)
	for k := range columns {
		columns[k], weights[k] = a, w.At(0)
	}
	AddCombination(dst, columns, weights)
	for i := range n {
		if got, want := dst.At(i), m31.FromCoords([4]m31.Element{100, 100, 100, 100}); got != want {
			t.Fatalf("combination %v, want %v", got, want)
		}
	}
}

func TestLengthsAreChecked(t *testing.T) {
	a, b := make([]m31.Element, 16), make([]m31.Element, 17)
	s, l := MakeSecure(16), MakeSecure(17)
	for i, f := range []func(){
		func() { Add(a, a, b) },
		func() { Mul(b, a, a) },
		func() { MulAdd(a, a, a, b) },
		func() { Scale(a, b, 1) },
		func() { Dot(a, b) },
		func() { MulSecure(s, s, l) },
		func() { MulSecure(s, Secure{a, a, a, b}, s) },
		func() { AddCombination(s, [][]m31.Element{b}, make([]m31.QM31, 1)) },
		func() { AddCombination(s, [][]m31.Element{a}, nil) },
		func() { Fold(s, l, m31.One()) },
		func() { AddQuotient(s, s, b, Complex{a, a}, m31.One(), m31.One(), m31.One()) },
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}
