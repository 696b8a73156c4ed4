package circle

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/sage-network/sage-node/prover/internal/cpu"
	"github.com/sage-network/sage-node/prover/internal/cpu/cputest"
	"github.com/sage-network/sage-node/prover/m31"
	"pgregory.net/rapid"
)

func randomElements(r *rand.Rand, n int) []m31.Element {
	v := make([]m31.Element, n)
	for i := range v {
		v[i] = m31.Element(r.Uint32N(m31.P))
	}
	return v
}

// evaluateSlow is Σ cⱼ·basisⱼ at a point, straight from the definition.
func evaluateSlow(coeffs []m31.Element, p Point) m31.Element {
	var sum m31.Element
	for j, c := range coeffs {
		x := p.X
		term := c
		if j&1 == 1 {
			term = m31.Mul(term, p.Y)
		}
		for k := j >> 1; k > 0; k >>= 1 {
			if k&1 == 1 {
				term = m31.Mul(term, x)
			}
			x = DoubleX(x)
		}
		sum = m31.Add(sum, term)
	}
	return sum
}

func TestEvaluateIsTheDefinition(t *testing.T) { cputest.Each(t, testEvaluateIsTheDefinition) }

func testEvaluateIsTheDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for logSize := 1; logSize <= 8; logSize++ {
		for _, d := range []Domain{CanonicDomain(logSize), CanonicDomain(logSize+2).Part(1, 2)} {
			coeffs := randomElements(r, 1<<logSize)
			v := append([]m31.Element(nil), coeffs...)
			tw := NewTwiddles(d, true)
			tw.Circle().Evaluate(v)
			for i := range v {
				p := d.At(BitReverseIndex(i, logSize))
				if want := evaluateSlow(coeffs, p); v[i] != want {
					t.Fatalf("log size %d point %d: %d, want %d", logSize, i, v[i], want)
				}
				if logSize >= 2 && tw.Point(i) != p {
					t.Fatalf("log size %d: point %d is %v, want %v", logSize, i, tw.Point(i), p)
				}
			}
			tw.Interpolate(v)
			for i := range v {
				if v[i] != coeffs[i] {
					t.Fatalf("log size %d coefficient %d: %d, want %d", logSize, i, v[i], coeffs[i])
				}
			}
		}
	}
}

func TestInterpolateInvertsEvaluate(t *testing.T) { cputest.Each(t, testInterpolateInvertsEvaluate) }

func testInterpolateInvertsEvaluate(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	// Sizes on both sides of the cache blocks: every plan of passes.
	for _, logSize := range []int{9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20} {
		if logSize > 16 && cpu.Current() == cpu.Generic {
			continue
		}
		coeffs := randomElements(r, 1<<logSize)
		v := append([]m31.Element(nil), coeffs...)
		d := CanonicDomain(logSize)
		tw := NewTwiddles(d, true)
		tw.Circle().Evaluate(v)
		for range 4 {
			i := r.IntN(len(v))
			if want := evaluateSlow(coeffs, d.At(BitReverseIndex(i, logSize))); v[i] != want {
				t.Fatalf("log size %d point %d: %d, want %d", logSize, i, v[i], want)
			}
		}
		tw.Interpolate(v)
		for i := range v {
			if v[i] != coeffs[i] {
				t.Fatalf("log size %d: coefficient %d differs", logSize, i)
			}
		}
	}
}

func TestRunsMakeTheExtension(t *testing.T) { cputest.Each(t, testRunsMakeTheExtension) }

func testRunsMakeTheExtension(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		logCoeffs := rapid.IntRange(1, 7).Draw(t, "log coefficients")
		logBlowup := rapid.IntRange(0, 4).Draw(t, "log blowup")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		coeffs := randomElements(r, 1<<logCoeffs)
		whole := make([]m31.Element, 1<<(logCoeffs+logBlowup))
		copy(whole, coeffs)
		tw := NewTwiddles(CanonicDomain(logCoeffs+logBlowup), false)
		tw.Circle().Evaluate(whole)
		for logRun := 1; logRun <= logCoeffs+logBlowup; logRun++ {
			got := make([]m31.Element, 1<<logRun)
			for run := 0; run < len(whole)>>logRun; run++ {
				tw.Circle().EvaluateRun(got, coeffs, run, nil)
				for i := range got {
					if want := whole[run<<logRun+i]; got[i] != want {
						t.Fatalf("run %d of 2^%d, point %d: %d, want %d", run, logRun, i, got[i], want)
					}
				}
			}
		}
	})
}

func TestLineEvaluate(t *testing.T) { cputest.Each(t, testLineEvaluate) }

func testLineEvaluate(t *testing.T) {
	const logSize = 6
	r := rand.New(rand.NewPCG(5, 6))
	d := CanonicDomain(logSize + 3)
	line := NewTwiddles(d, false).Line(2)
	if line.LogSize() != logSize {
		t.Fatalf("log size %d, want %d", line.LogSize(), logSize)
	}
	coeffs := randomElements(r, 1<<logSize)
	// The same polynomial on the circle, without the y-coefficients.
	onCircle := make([]m31.Element, 2<<logSize)
	for i, c := range coeffs {
		onCircle[2*i] = c
	}
	half := d.HalfCoset.RepeatedDouble(2)
	v := append([]m31.Element(nil), coeffs...)
	line.Evaluate(v)
	for i := range v {
		if want := evaluateSlow(onCircle, half.At(BitReverseIndex(i, logSize))); v[i] != want {
			t.Fatalf("point %d: %d, want %d", i, v[i], want)
		}
	}
	got := make([]m31.Element, 1)
	for i := range v {
		line.EvaluateRun(got, coeffs[:16], i, nil)
		x := append(append([]m31.Element(nil), onCircle[:32]...), make([]m31.Element, 96)...)
		if want := evaluateSlow(x, half.At(BitReverseIndex(i, logSize))); got[0] != want {
			t.Fatalf("single point %d: %d, want %d", i, got[0], want)
		}
	}
}

func TestPointBasis(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, logSize := range []int{1, 2, 5, basisLog, basisLog + 2} {
		coeffs := randomElements(r, 1<<logSize)
		p := Index(r.Uint32N(1 << 31)).Point()
		got := NewPointBasis(p.Secure(), logSize).Evaluate(coeffs)
		if want := m31.FromM31(evaluateSlow(coeffs, p)); got != want {
			t.Fatalf("log size %d: %v, want %v", logSize, got, want)
		}
	}
	// Over QM31, by conjugation: f(conj p) = conj f(p).
	p := SecurePointFrom(m31.FromCoords([4]m31.Element{3, 1, 4, 1}))
	coeffs := randomElements(r, 64)
	a := NewPointBasis(p, 6).Evaluate(coeffs)
	b := NewPointBasis(p.ComplexConjugate(), 6).Evaluate(coeffs)
	if a.Conjugate() != b {
		t.Fatal("evaluation does not commute with conjugation")
	}
}

// benchLogs are log₂ of the benchmarks' sizes: what fits the second-level cache,
// and columns of a large proof.
var benchLogs = []int{12, 16, 20}

func BenchmarkEvaluate(b *testing.B) {
	benchTransform(b, false, func(t *Twiddles, v []m31.Element) { t.Circle().Evaluate(v) })
}

func BenchmarkInterpolate(b *testing.B) {
	benchTransform(b, true, func(t *Twiddles, v []m31.Element) { t.Interpolate(v) })
}

func benchTransform(b *testing.B, inverse bool, f func(t *Twiddles, v []m31.Element)) {
	for _, logSize := range benchLogs {
		v := randomElements(rand.New(rand.NewPCG(1, 1)), 1<<logSize)
		tw := NewTwiddles(CanonicDomain(logSize), inverse)
		b.Run(fmt.Sprintf("2^%d", logSize), func(b *testing.B) {
			cputest.EachB(b, func(b *testing.B) {
				fastest := cputest.Fastest(b, func() { f(tw, v) })
				b.ReportMetric(float64(fastest.Nanoseconds())/1e6, "ms/fastest")
			})
		})
	}
}

func BenchmarkTwiddles(b *testing.B) {
	cputest.EachB(b, func(b *testing.B) {
		for b.Loop() {
			NewTwiddles(CanonicDomain(20), true)
		}
	})
}

func BenchmarkPointBasis(b *testing.B) {
	v := randomElements(rand.New(rand.NewPCG(1, 1)), 1<<18)
	basis := NewPointBasis(Generator().Secure(), 18)
	b.SetBytes(int64(4 * len(v)))
	for b.Loop() {
		basis.Evaluate(v)
	}
}
