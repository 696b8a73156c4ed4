package circle

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sage-network/sage-node/prover/m31"
)

func TestRuns(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	tw := NewTwiddles(CanonicDomain(13), false)
	ctx := context.Background()
	for name, transform := range map[string]Transform{"circle": tw.Circle(), "line": tw.Line(0)} {
		for _, logCoeffs := range []int{0, 1, 3, 4, 6, 9, 10, 12} {
			for _, logRun := range []int{0, 1, 4, 6, 10} {
				last := 1<<(transform.LogSize()-logRun) - 1
				for _, numbers := range [][]int{{last}, {0, last / 3, last}, {0, 1, 2, 3, 3}, {1, 2, 3, 4, 5, 6, 7, last}} {
					if slices.Max(numbers) > last {
						continue
					}
					coeffs := make([]m31.Element, 1<<logCoeffs)
					for i := range coeffs {
						coeffs[i] = m31.Element(r.Uint32N(m31.P))
					}
					got := make([][]m31.Element, len(numbers))
					for i := range got {
						got[i] = make([]m31.Element, 1<<logRun)
					}
					var s RunsScratch
					runs := transform.Runs(numbers, logRun, logCoeffs)
					for range 2 { // the second time with used scratch memory
						if err := runs.Evaluate(ctx, got, coeffs, &s); err != nil {
							t.Fatal(err)
						}
					}
					for i, number := range numbers {
						want := make([]m31.Element, 1<<logRun)
						transform.EvaluateRun(want, coeffs, number, nil)
						if !slices.Equal(got[i], want) {
							t.Fatalf("%s, 2^%d coefficients, run %d of 2^%d points differs", name, logCoeffs, number, logRun)
						}
					}
				}
			}
		}
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	runs := tw.Circle().Runs([]int{0}, 4, 10)
	if err := runs.Evaluate(canceled, [][]m31.Element{make([]m31.Element, 16)}, make([]m31.Element, 1024), new(RunsScratch)); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

// TestRunsInStrips evaluates a polynomial of more coefficients than are read at a time.
func TestRunsInStrips(t *testing.T) {
	const logCoeffs, logRun = runsStripLog + 1, 4
	transform := NewTwiddles(CanonicDomain(logCoeffs+1), false).Circle()
	r := rand.New(rand.NewPCG(3, 4))
	coeffs := make([]m31.Element, 1<<logCoeffs)
	for i := range coeffs {
		coeffs[i] = m31.Element(r.Uint32N(m31.P))
	}
	numbers := []int{0, 5, 6, 77, 4095}
	got := make([][]m31.Element, len(numbers))
	for i := range got {
		got[i] = make([]m31.Element, 1<<logRun)
	}
	if err := transform.Runs(numbers, logRun, logCoeffs).Evaluate(context.Background(), got, coeffs, new(RunsScratch)); err != nil {
		t.Fatal(err)
	}
	want := make([]m31.Element, 1<<logRun)
	for i, number := range numbers {
		if transform.EvaluateRun(want, coeffs, number, nil); !slices.Equal(got[i], want) {
			t.Fatalf("run %d differs", number)
		}
	}
}
