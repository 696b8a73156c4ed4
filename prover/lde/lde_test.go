package lde

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/merkle"
)

// TestAgainstTheWholeExtension builds the extension and its tree at once and
// compares root, values and siblings.
func TestAgainstTheWholeExtension(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		name                                string
		columns, logCoeffs, logBlowup, pack int
		line                                bool
	}{
		{"one column", 1, 5, 4, 0, false},
		{"many columns", 20, 6, 2, 0, false},
		{"no blowup", 3, 7, 0, 0, false},
		{"packed circle", 4, 6, 4, 2, false},
		{"packed line", 4, 3, 4, 2, true},
		{"constants on a line", 4, 0, 4, 2, true},
		{"tiny", 4, 1, 1, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			logSize := c.logCoeffs + c.logBlowup
			var transform circle.Transform
			if c.line {
				transform = circle.NewTwiddles(circle.CanonicDomain(logSize+2), false).Line(1)
			} else {
				transform = circle.NewTwiddles(circle.CanonicDomain(logSize), false).Circle()
			}
			coeffs := make([][]m31.Element, c.columns)
			whole := make([][]m31.Element, c.columns)
			for i := range coeffs {
				whole[i] = make([]m31.Element, 1<<logSize)
				for j := range 1 << c.logCoeffs {
					whole[i][j] = m31.Element(r.Uint32N(m31.P))
				}
				coeffs[i] = slices.Clone(whole[i][:1<<c.logCoeffs])
				transform.Evaluate(whole[i])
			}
			logLeaves := logSize - c.pack
			leaves := make([]merkle.Hash, 1<<logLeaves)
			merkle.HashLeaves(leaves, whole, c.pack)
			tree := merkle.New(logLeaves)
			tree.Absorb(0, slices.Clone(leaves))
			ctx := context.Background()
			if err := tree.Finish(ctx, 1); err != nil {
				t.Fatal(err)
			}

			got, err := Commit(ctx, 2, coeffs, transform, c.pack)
			if err != nil {
				t.Fatal(err)
			}
			if got.Root() != tree.Root() {
				t.Fatal("roots differ")
			}
			positions := []int{0, 1, 1<<logSize - 1}
			opening, err := got.Open(ctx, 2, positions)
			if err != nil {
				t.Fatal(err)
			}
			for i := range whole {
				for j, p := range positions {
					if opening.Values[i][j] != whole[i][p] {
						t.Fatalf("column %d at %d: %d, want %d", i, p, opening.Values[i][j], whole[i][p])
					}
				}
			}
			leafPositions := []int{0, 1, 1<<logLeaves - 1}
			if c.pack > 0 {
				leafPositions = leafPositions[1:]
				leafPositions[0] = 0
			}
			leafPositions = slices.Compact(leafPositions)
			run := 1 << tree.LogRun()
			var runs [][]merkle.Hash
			for _, i := range tree.Runs(leafPositions) {
				runs = append(runs, leaves[i*run:(i+1)*run])
			}
			want, err := tree.Open(leafPositions, runs)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(opening.Siblings, want) {
				t.Fatal("siblings differ")
			}
		})
	}
}

func TestCommitRefuses(t *testing.T) {
	ctx := context.Background()
	transform := circle.NewTwiddles(circle.CanonicDomain(4), false).Circle()
	for name, coeffs := range map[string][][]m31.Element{
		"unequal":        {make([]m31.Element, 8), make([]m31.Element, 4)},
		"not a power":    {make([]m31.Element, 6)},
		"too many":       {make([]m31.Element, 32)},
		"no coefficient": {nil},
	} {
		if _, err := Commit(ctx, 1, coeffs, transform, 0); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := Commit(canceled, 1, [][]m31.Element{make([]m31.Element, 8)}, transform, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}
