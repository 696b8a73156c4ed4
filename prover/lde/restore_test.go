package lde

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/internal/arena"
	"github.com/sage-network/sage-node/prover/internal/cpu/cputest"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/merkle"
)

// TestRestoreChangesNothing restores commitments from each of their layers and
// compares roots, openings and fronts.
func TestRestoreChangesNothing(t *testing.T) {
	const logMax, logBlowup = 9, 2
	ctx := context.Background()
	r := rand.New(rand.NewPCG(7, 8))
	tw := circle.NewTwiddles(circle.CanonicDomain(logMax+logBlowup), true)
	var values [][]m31.Element
	for _, log := range []int{logMax, 4, logMax, 1} {
		c := make([]m31.Element, 1<<log)
		for j := range c {
			c[j] = m31.Element(r.Uint32N(m31.P))
		}
		values = append(values, c)
	}
	own := func() [][]m31.Element {
		out := make([][]m31.Element, len(values))
		for i := range out {
			out[i] = slices.Clone(values[i])
		}
		return out
	}
	positions := []int{0, 5, 6, 700, 1<<(logMax+logBlowup) - 1}
	sizes := []int{logMax + 1, 5, logMax, 2}
	cputest.Each(t, func(t *testing.T) {
		want, err := Commit(ctx, Options{Workers: 2}, own(), tw, logBlowup)
		if err != nil {
			t.Fatal(err)
		}
		wantOpening, err := want.Open(ctx, 2, positions)
		if err != nil {
			t.Fatal(err)
		}
		wantFront, err := want.Front(ctx, 1, sizes)
		if err != nil {
			t.Fatal(err)
		}
		for above := want.tree.LogRun(); above <= logMax+logBlowup; above++ {
			layer, err := want.Layer(above)
			if err != nil {
				t.Fatal(err)
			}
			for _, keep := range []Keep{KeepNothing, KeepFront, KeepAll} {
				prepared := make([]int, len(values))
				c, err := Restore(ctx, Options{
					Workers: 2, Keep: keep, Arena: arena.New(1 << 20),
					Prepare: func(i int) error { prepared[i]++; return nil },
				}, own(), tw, logBlowup, layer)
				if err != nil {
					t.Fatal(err)
				}
				if c.Root() != want.Root() || !slices.Equal(prepared, []int{1, 1, 1, 1}) {
					t.Fatalf("2^%d leaves a node: root %x, want %x; prepared %v times", above, c.Root(), want.Root(), prepared)
				}
				opening, err := c.Open(ctx, 2, positions)
				if err != nil {
					t.Fatal(err)
				}
				front, err := c.Front(ctx, 2, sizes)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(opening.Siblings, wantOpening.Siblings) {
					t.Fatalf("2^%d leaves a node: other siblings", above)
				}
				for i := range values {
					if !slices.Equal(opening.Values[i], wantOpening.Values[i]) || !slices.Equal(front.Values[i], wantFront.Values[i]) {
						t.Fatalf("2^%d leaves a node: other values of column %d", above, i)
					}
				}
				front.Release()
				c.Release()
			}
		}
	})
}

// TestRestoreRefuses: a wrong node changes the root and cannot be opened under; a
// layer of another length is refused.
func TestRestoreRefuses(t *testing.T) {
	const logMax, logBlowup, above = 8, 1, 6
	ctx := context.Background()
	tw := circle.NewTwiddles(circle.CanonicDomain(logMax+logBlowup), false)
	coeffs := func() [][]m31.Element {
		c := make([]m31.Element, 1<<logMax)
		c[1], c[7] = 1, 2
		return [][]m31.Element{c}
	}
	want, err := Commit(ctx, Options{}, coeffs(), tw, logBlowup)
	if err != nil {
		t.Fatal(err)
	}
	layer, err := want.Layer(above)
	if err != nil {
		t.Fatal(err)
	}
	for i := range layer {
		wrong := slices.Clone(layer)
		wrong[i][i%len(wrong[i])] ^= 1 << i
		c, err := Restore(ctx, Options{}, coeffs(), tw, logBlowup, wrong)
		if err != nil {
			t.Fatal(err)
		}
		if c.Root() == want.Root() {
			t.Errorf("node %d is wrong and the root the same", i)
		}
		if _, err := c.Open(ctx, 1, []int{i << above}); err == nil {
			t.Errorf("opened under the wrong node %d", i)
		}
	}
	other := coeffs()
	other[0][3]++
	c, err := Restore(ctx, Options{}, other, tw, logBlowup, layer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Open(ctx, 1, []int{3}); err == nil {
		t.Error("opened another polynomial")
	}
	for _, n := range []int{0, 3, len(layer) - 1} {
		if _, err := Restore(ctx, Options{}, coeffs(), tw, logBlowup, layer[:n]); err == nil {
			t.Errorf("restored from %d nodes", n)
		}
	}
	if _, err := Restore(ctx, Options{}, coeffs(), tw, logBlowup, make([]merkle.Hash, 4<<(logMax+logBlowup))); err == nil {
		t.Error("restored from more nodes than leaves")
	}
	if _, err := want.Layer(3); err == nil {
		t.Error("a layer that is not stored")
	}
}
