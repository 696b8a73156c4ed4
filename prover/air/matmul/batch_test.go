package matmul_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/air/airtest"
	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/m31"
)

// batchTrace returns the columns of some products, stored, for the challenges that
// airtest draws.
func batchTrace(a *air.AIR, as, bs, cs []matrix) [][][]m31.Element {
	challenges := airtest.Challenges(a)
	trees := make([][][]m31.Element, matmul.TreeInteraction+1)
	for i := range as {
		t := newTrace(as[i], bs[i], cs[i], challenges[0], challenges[1])
		for tree := matmul.TreeInput; tree <= matmul.TreeInteraction; tree++ {
			for _, column := range t.columns[tree] {
				stored := make([]m31.Element, len(column))
				for row, v := range column {
					stored[circle.RowPosition(row, 2*k)] = v
				}
				trees[tree] = append(trees[tree], stored)
			}
		}
	}
	return trees
}

// TestEachConstraintOfABatch: each constraint of each product has a trace that
// violates it alone, and products do not stand in for each other.
func TestEachConstraintOfABatch(t *testing.T) {
	const products = 3
	a, err := matmul.NewBatch(k, products)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 6))
	var as, bs, cs []matrix
	for i := range products {
		as, bs = append(as, randomMatrix(r)), append(bs, randomMatrix(r))
		cs = append(cs, as[i].times(bs[i]))
	}
	airtest.Holds(t, a, batchTrace(a, as, bs, cs))

	for i := range products {
		for column, name := range []string{"X", "Y", "Z", "U", "W"} {
			trees := batchTrace(a, as, bs, cs)
			cell := &trees[matmul.TreeInteraction][20*i+4*column+r.IntN(4)][circle.RowPosition(2*n+3, 2*k)]
			*cell = m31.Add(*cell, 1+random(r)%(m31.P-1))
			airtest.ViolatesOnly(t, a, trees, fmt.Sprintf("matmul %d/%s", i, name))
		}
		wrong := slices.Clone(cs)
		wrong[i][r.IntN(n)][r.IntN(n)] ^= 1
		airtest.ViolatesOnly(t, a, batchTrace(a, as, bs, wrong), fmt.Sprintf("matmul %d/F", i))
	}

	swapped := []matrix{cs[1], cs[0], cs[2]}
	if got, want := airtest.Violated(t, a, batchTrace(a, as, bs, swapped)), []string{"matmul 0/F", "matmul 1/F"}; !slices.Equal(got, want) {
		t.Errorf("results of two products exchanged: %v fail, want %v", got, want)
	}
	// Errors of two products that cancel in a sum.
	cancelling := slices.Clone(cs)
	cancelling[0][2][2] = m31.Add(cs[0][2][2], 1)
	cancelling[1][2][2] = m31.Sub(cs[1][2][2], 1)
	if got, want := airtest.Violated(t, a, batchTrace(a, as, bs, cancelling)), []string{"matmul 0/F", "matmul 1/F"}; !slices.Equal(got, want) {
		t.Errorf("errors that cancel: %v fail, want %v", got, want)
	}
}
