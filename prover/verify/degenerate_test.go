package verify

import (
	"errors"
	"testing"

	"github.com/sage-network/sage-node/prover/air/widefib"
	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
)

// TestRefusesPointsOnTheDomain: an out-of-domain point that is none, which no
// transcript is known to draw, ends in an error and not in a division by zero.
func TestRefusesPointsOnTheDomain(t *testing.T) {
	const logRows = 4
	for _, t2 := range []m31.QM31{m31.FromCoords([4]m31.Element{0, 1, 0, 0}), m31.FromCoords([4]m31.Element{0, m31.P - 1, 0, 0})} {
		if _, err := outOfDomain(t2); !errors.Is(err, ErrDegenerate) {
			t.Errorf("t = %v, whose square is −1: %v, want %v", t2, err, ErrDegenerate)
		}
	}
	samples := make([][]m31.QM31, 8)
	for i := range samples {
		samples[i] = []m31.QM31{{}}
	}
	for _, row := range []int{0, 3, 15} {
		p := circle.CanonicCoset(logRows).At(row).Secure()
		if err := checkComposition(logRows, p, samples, m31.QM31{}); !errors.Is(err, ErrDegenerate) {
			t.Errorf("row %d: %v, want %v", row, err, ErrDegenerate)
		}
	}

	// Points over M31 equal their conjugates: no line passes through both.
	a, err := widefib.New(logRows, 3)
	if err != nil {
		t.Fatal(err)
	}
	shape, err := a.Shape(proof.Config{LogBlowup: 1, Queries: 1, FoldStep: 1})
	if err != nil {
		t.Fatal(err)
	}
	one := []m31.QM31{m31.One()}
	p := &proof.StarkProof{
		SampledValues: [][][]m31.QM31{{}, {one, one, one}, samples},
		QueriedValues: [][][]m31.Element{{}, {{1}, {1}, {1}}, {{0}, {0}, {0}, {0}, {0}, {0}, {0}, {0}}},
	}
	for _, position := range []int{0, 7} {
		point := circle.CanonicDomain(logRows + 1).At(position).Secure()
		if _, err := quotients(a, shape, point, m31.One(), p, []int{5}); !errors.Is(err, ErrDegenerate) {
			t.Errorf("position %d: %v, want %v", position, err, ErrDegenerate)
		}
	}
	if _, err := quotients(a, shape, circle.SecurePointFrom(m31.FromCoords([4]m31.Element{1, 2, 3, 4})), m31.One(), p, []int{5}); err != nil {
		t.Error(err)
	}
}
