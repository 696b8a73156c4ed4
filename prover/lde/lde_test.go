package lde

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sage-network/sage-node/prover/blake2s"
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

			got, err := CommitLayer(ctx, Options{Workers: 2}, coeffs, transform, c.pack)
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
				nodes := append(make([]merkle.Hash, run), leaves[i*run:(i+1)*run]...)
				merkle.Subtree(nodes)
				runs = append(runs, nodes)
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

// TestMixedSizes writes every column out over the whole domain, as the polynomial
// at the repeatedly doubled point, and compares root, values and siblings.
func TestMixedSizes(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	ctx := context.Background()
	for _, c := range []struct {
		name      string
		logSizes  []int
		logBlowup int
		logDomain int // of the twiddles
	}{
		{"ascending", []int{1, 2, 3, 7}, 2, 9},
		{"descending", []int{7, 4, 1}, 1, 8},
		{"stable", []int{5, 3, 5, 3, 3, 6, 5}, 1, 7},
		{"the whole tree is small", []int{3, 2}, 2, 8},
		{"smaller than a run", []int{1, 1, 9}, 1, 10},
		{"more than a block of small ones", append(slices.Repeat([]int{3}, 19), 5, 5, 4), 3, 8},
		{"equal", []int{4, 4}, 2, 6},
	} {
		t.Run(c.name, func(t *testing.T) {
			logMax := slices.Max(c.logSizes)
			logSize := logMax + c.logBlowup
			domain := circle.CanonicDomain(logSize)
			coeffs := make([][]m31.Element, len(c.logSizes))
			whole := make([][]m31.Element, len(c.logSizes))
			for i, log := range c.logSizes {
				coeffs[i] = make([]m31.Element, 1<<log)
				for j := range coeffs[i] {
					coeffs[i][j] = m31.Element(r.Uint32N(m31.P))
				}
				whole[i] = make([]m31.Element, 1<<logSize)
				for pos := range whole[i] {
					p := domain.IndexAt(circle.BitReverseIndex(pos, logSize)).Mul(1 << (logMax - log))
					whole[i][pos] = circle.NewPointBasis(p.Point().Secure(), log).Evaluate(coeffs[i]).Coords()[0]
				}
			}
			order := make([]int, len(coeffs))
			for i := range order {
				order[i] = i
			}
			slices.SortStableFunc(order, func(a, b int) int { return c.logSizes[a] - c.logSizes[b] })
			leaves := make([]merkle.Hash, 1<<logSize)
			for pos := range leaves {
				words := make([]uint32, len(order))
				for n, i := range order {
					words[n] = uint32(whole[i][pos])
				}
				leaves[pos] = blake2s.SumWords(words)
			}
			tree := merkle.New(logSize)
			tree.Absorb(0, slices.Clone(leaves))
			if err := tree.Finish(ctx, 1); err != nil {
				t.Fatal(err)
			}

			got, err := Commit(ctx, Options{Workers: 3}, coeffs, circle.NewTwiddles(circle.CanonicDomain(c.logDomain), false), c.logBlowup)
			if err != nil {
				t.Fatal(err)
			}
			if got.Root() != tree.Root() {
				t.Fatal("roots differ")
			}
			if got.LogSize() != logSize {
				t.Fatalf("2^%d positions, want 2^%d", got.LogSize(), logSize)
			}
			// In the order and with the repetitions that lifting brings.
			positions := []int{1, 0, 1, 5, 1<<logSize - 2, 1<<logSize - 1, 1<<logSize - 2}
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
			sorted := slices.Compact(slices.Sorted(slices.Values(positions)))
			run := 1 << tree.LogRun()
			var runs [][]merkle.Hash
			for _, i := range tree.Runs(sorted) {
				nodes := append(make([]merkle.Hash, run), leaves[i*run:(i+1)*run]...)
				merkle.Subtree(nodes)
				runs = append(runs, nodes)
			}
			want, err := tree.Open(sorted, runs)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(opening.Siblings, want) {
				t.Fatal("siblings differ")
			}
		})
	}
}

func TestNoColumns(t *testing.T) {
	ctx := context.Background()
	c, err := Commit(ctx, Options{Workers: 1}, nil, circle.NewTwiddles(circle.CanonicDomain(4), false), 1)
	if err != nil {
		t.Fatal(err)
	}
	if c.Root() != blake2s.SumWords(nil) {
		t.Error("the root is not the hash of nothing")
	}
	if o, err := c.Open(ctx, 1, []int{3}); err != nil || len(o.Values) != 0 || len(o.Siblings) != 0 {
		t.Errorf("opening %v, %v", o, err)
	}
}

func TestCommitRefuses(t *testing.T) {
	ctx := context.Background()
	tw := circle.NewTwiddles(circle.CanonicDomain(4), false)
	for name, coeffs := range map[string][][]m31.Element{
		"not a power":              {make([]m31.Element, 6)},
		"too many":                 {make([]m31.Element, 16)},
		"no coefficient":           {nil},
		"a constant among columns": {make([]m31.Element, 4), make([]m31.Element, 1)},
	} {
		if _, err := Commit(ctx, Options{Workers: 1}, coeffs, tw, 1); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := Commit(ctx, Options{Workers: 1}, [][]m31.Element{make([]m31.Element, 4)}, tw, -1); err == nil {
		t.Error("negative blowup: no error")
	}
	for name, coeffs := range map[string][][]m31.Element{
		"nothing": {},
		"unequal": {make([]m31.Element, 8), make([]m31.Element, 4)},
		"long":    {make([]m31.Element, 32)},
	} {
		if _, err := CommitLayer(ctx, Options{Workers: 1}, coeffs, tw.Circle(), 0); err == nil {
			t.Errorf("layer, %s: no error", name)
		}
	}
	c, err := Commit(ctx, Options{Workers: 1}, [][]m31.Element{make([]m31.Element, 8)}, tw, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []int{-1, 16} {
		if _, err := c.Open(ctx, 1, []int{p}); err == nil {
			t.Errorf("position %d: no error", p)
		}
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := Commit(canceled, Options{Workers: 1}, [][]m31.Element{make([]m31.Element, 8)}, tw, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}
