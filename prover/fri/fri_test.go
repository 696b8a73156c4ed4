package fri

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/sage-network/sage-node/prover/channel"
	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/lde"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
)

func randomCoeffs(r *rand.Rand, n int) (c Coeffs) {
	for j := range c {
		c[j] = make([]m31.Element, n)
		for i := range c[j] {
			c[j][i] = m31.Element(r.Uint32N(m31.P))
		}
	}
	return c
}

func randomFelt(r *rand.Rand) m31.QM31 {
	c := randomCoeffs(r, 1)
	return c.At(0)
}

// values evaluates the polynomial with the transform.
func values(c Coeffs, transform circle.Transform) []m31.QM31 {
	var v Coeffs
	for j := range v {
		v[j] = make([]m31.Element, 1<<transform.LogSize())
		copy(v[j], c[j])
		transform.Evaluate(v[j])
	}
	out := make([]m31.QM31, v.Len())
	for i := range out {
		out[i] = v.At(i)
	}
	return out
}

// foldValues is the protocol's fold on values: (v₀ + v₁) + α·(v₀ − v₁)/t.
func foldValues(v []m31.QM31, alpha m31.QM31, twiddle func(i int) m31.Element) []m31.QM31 {
	out := make([]m31.QM31, len(v)/2)
	for i := range out {
		odd := v[2*i].Sub(v[2*i+1]).MulM31(m31.Inverse(twiddle(i)))
		out[i] = v[2*i].Add(v[2*i+1]).Add(alpha.Mul(odd))
	}
	return out
}

// TestFoldOfCoefficientsIsFoldOfValues folds a polynomial down, on coefficients
// and on values, and compares after every halving.
func TestFoldOfCoefficientsIsFoldOfValues(t *testing.T) {
	const logDegree, logBlowup = 6, 2
	r := rand.New(rand.NewPCG(1, 2))
	domain := circle.CanonicDomain(logDegree + logBlowup)
	tw := circle.NewTwiddles(domain, false)
	coeffs := randomCoeffs(r, 1<<logDegree)
	v := values(coeffs, tw.Circle())
	for n := range logDegree {
		alpha := randomFelt(r)
		if n == 0 {
			v = foldValues(v, alpha, func(i int) m31.Element { return tw.Point(2 * i).Y })
		} else {
			half := domain.HalfCoset.RepeatedDouble(n - 1)
			v = foldValues(v, alpha, func(i int) m31.Element {
				return half.At(circle.BitReverseIndex(2*i, half.LogSize)).X
			})
		}
		var err error
		if coeffs, err = fold(context.Background(), lde.Options{Workers: 2}, coeffs, alpha); err != nil {
			t.Fatal(err)
		}
		for i, want := range values(coeffs, tw.Line(n)) {
			if v[i] != want {
				t.Fatalf("halving %d, value %d: %v, want %v", n+1, i, v[i], want)
			}
		}
	}
}

func TestOpenShapes(t *testing.T) {
	const logDegree = 7
	cfg := proof.Config{LogBlowup: 3, Queries: 5, FoldStep: 3, LogLastLayerDegree: 1}
	tw := circle.NewTwiddles(circle.CanonicDomain(logDegree+3), false)
	coeffs := randomCoeffs(rand.New(rand.NewPCG(3, 4)), 1<<logDegree)
	var ch channel.Channel
	p, err := Commit(context.Background(), lde.Options{Workers: 2}, &ch, cfg, coeffs, tw)
	if err != nil {
		t.Fatal(err)
	}
	queries := []int{0, 1, 9, 500, 1023}
	out, err := p.Open(context.Background(), queries)
	if err != nil {
		t.Fatal(err)
	}
	// The queries touch four cosets of eight: 32 values, five of them queried.
	if got := len(out.FirstLayer.Witness); got != 27 {
		t.Errorf("first layer's witness has %d values, want 27", got)
	}
	if len(out.InnerLayers) != 1 || len(out.LastLayer) != 2 {
		t.Errorf("%d inner layers and %d last coefficients, want 1 and 2", len(out.InnerLayers), len(out.LastLayer))
	}
	if _, err := Commit(context.Background(), lde.Options{Workers: 2}, &ch, cfg, randomCoeffs(rand.New(rand.NewPCG(1, 1)), 4), tw); err == nil {
		t.Error("coefficients of another size: no error")
	}
}

func BenchmarkFold(b *testing.B) {
	coeffs := randomCoeffs(rand.New(rand.NewPCG(1, 2)), 1<<16)
	alpha := coeffs.At(0)
	b.SetBytes(16 << 16)
	for b.Loop() {
		if _, err := fold(context.Background(), lde.Options{Workers: 1}, coeffs, alpha); err != nil {
			b.Fatal(err)
		}
	}
}
