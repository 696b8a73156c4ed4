package air_test

import (
	"context"
	"fmt"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
	"github.com/sage-network/sage-node/prover/prove"
	"github.com/sage-network/sage-node/prover/verify"
)

// squares is a table of numbers below 2^4 with their squares, and a component of
// another size whose pairs must all stand in it.
func squares(logRows uint32) (*air.AIR, error) {
	relation := &air.Relation{Name: "squares", Size: 2}

	table := air.NewBuilder("table", air.TreeInteraction+1)
	n := table.Preprocessed("n", func(row int) m31.Element { return m31.Element(row) })
	table.Lookup(relation, table.Trace("times").Neg(), n, n.Mul(n))

	pairs := air.NewBuilder("pairs", air.TreeInteraction+1)
	pairs.Lookup(relation, pairs.Const(1), pairs.Trace("x"), pairs.Trace("y"))

	return air.ComposePadded(pairs.Build(logRows), table.Build(4))
}

// Components look each other up; the prover needs no more than the trace.
func ExampleBuilder_Lookup() {
	const logRows = 6
	ctx := context.Background()
	a, err := squares(logRows)
	if err != nil {
		panic(err)
	}
	x, y := make([]m31.Element, 1<<logRows), make([]m31.Element, 1<<logRows)
	times := make([]m31.Element, 1<<4)
	for i := range x {
		x[i] = m31.Element(i * i % 16)
		y[i] = m31.Square(x[i])
		times[x[i]]++
	}
	trace := [][]m31.Element{air.Store(x), air.Store(y), air.Store(times)}

	cfg := proof.Config{PowBits: 10, LogBlowup: 2, Queries: 45, FoldStep: 2}
	root, err := prove.PreprocessedRoot(ctx, a, cfg, prove.Options{})
	if err != nil {
		panic(err)
	}
	p, interaction, err := prove.ProveWithLookups(ctx, prove.Instance{
		AIR: a, Config: cfg, Channel: cfg.Transcript(nil), Witness: prove.Trace(trace...),
	}, prove.Options{})
	if err != nil {
		panic(err)
	}
	fmt.Println(verify.Verify(cfg.Transcript(nil), verify.Instance{
		AIR: a, Config: cfg, Roots: map[int]proof.Hash{air.TreePreprocessed: root}, Interaction: interaction,
	}, p))

	// A pair that is no square satisfies each component, but not the relation: the
	// claimed sums would not add up to zero.
	y[3] = 5
	challenges := []m31.QM31{m31.FromM31(1 << 20), m31.FromM31(1 << 21)}
	wrong, err := a.Imbalances([][][]m31.Element{nil, {air.Store(x), air.Store(y), air.Store(times)}}, challenges)
	fmt.Println(wrong, err)
	// Output:
	// <nil>
	// [{squares [9 5] (1, 0, 0, 0)} {squares [9 81] (2147483646, 0, 0, 0)}] <nil>
}
