package lde

import (
	"context"
	"fmt"
	"math/bits"
	"slices"

	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/merkle"
)

// Opening is what a commitment reveals at some positions.
type Opening struct {
	// Values[column][i] is the column's value at the i-th position.
	Values [][]m31.Element
	// Siblings authenticate the leaves of all positions, see merkle.Tree.Open.
	Siblings []merkle.Hash
}

// Open opens the positions, of which there may be several equal ones, in any
// order. A commitment without columns has nothing to reveal.
func (c *Commitment) Open(ctx context.Context, w parallel.Workers, positions []int) (*Opening, error) {
	o := &Opening{Values: make([][]m31.Element, len(c.columns))}
	if len(c.columns) == 0 {
		return o, nil
	}
	leafPositions := make([]int, len(positions))
	for i, p := range positions {
		if p < 0 || p >= 1<<c.logSize {
			return nil, fmt.Errorf("lde: position %d among 2^%d", p, c.logSize)
		}
		leafPositions[i] = p >> c.logPack
	}
	slices.Sort(leafPositions)
	leafPositions = slices.Compact(leafPositions)
	runs := c.tree.Runs(leafPositions)
	logRun := c.tree.LogRun() + c.logPack

	var values [][][]m31.Element // by run and column, unless all are kept
	if !c.all {
		var err error
		if values, err = c.recomputeRuns(ctx, w, runs, logRun); err != nil {
			return nil, err
		}
	}
	own := func(run, column int) []m31.Element {
		if c.all {
			return c.columns[column].kept(c.values[column], runs[run], logRun)
		}
		return values[run][column]
	}
	all := make([]m31.Element, len(o.Values)*len(positions))
	for column := range o.Values {
		o.Values[column], all = all[:len(positions):len(positions)], all[len(positions):]
	}
	// in lists the indices of the positions by the run that they lie in.
	in := make([][]int, len(runs))
	for i, p := range positions {
		run, _ := slices.BinarySearch(runs, p>>logRun)
		in[run] = append(in[run], i)
	}
	nodes := make([][]merkle.Hash, len(runs))     // over each run's leaves
	columns := make([][][]m31.Element, w.Count()) // by worker, in leaf order
	err := parallel.For(ctx, w, len(runs), func(worker, run int) error {
		if columns[worker] == nil {
			columns[worker] = make([][]m31.Element, len(c.columns))
		}
		for n, i := range c.leaf {
			column := &c.columns[i]
			var buf []m31.Element
			if column.lift > 0 {
				buf = make([]m31.Element, 1<<logRun)
			}
			lifted := column.lifted(own(run, i), 0, 1<<logRun, buf)
			columns[worker][n] = lifted
			for _, at := range in[run] {
				o.Values[i][at] = lifted[positions[at]&(1<<logRun-1)]
			}
		}
		leaves := 1 << c.tree.LogRun()
		nodes[run] = make([]merkle.Hash, 2*leaves)
		merkle.HashLeaves(nodes[run][leaves:], columns[worker], c.logPack)
		merkle.Subtree(nodes[run])
		return nil
	})
	if err != nil {
		return nil, err
	}
	if o.Siblings, err = c.tree.Open(leafPositions, nodes); err != nil {
		return nil, err
	}
	return o, nil
}

// recomputeRuns returns every column's own values in the given runs of 2^logRun
// positions, by run and column.
func (c *Commitment) recomputeRuns(ctx context.Context, w parallel.Workers, runs []int, logRun int) ([][][]m31.Element, error) {
	values := make([][][]m31.Element, len(runs))
	for i := range values {
		values[i] = make([][]m31.Element, len(c.columns))
	}
	prepared := map[int]*circle.Runs{} // by the columns' lift, and so their size
	for i := range c.columns {
		column := &c.columns[i]
		if prepared[column.lift] != nil {
			continue
		}
		own := make([]int, len(runs))
		for n, run := range runs {
			own[n] = column.ownRun(run, logRun)
		}
		log := bits.TrailingZeros(uint(column.runLength(logRun)))
		prepared[column.lift] = column.transform.Runs(own, log, logLength(column.coeffs))
	}
	scratch := make([]circle.RunsScratch, w.Count())
	return values, parallel.For(ctx, w, len(c.columns), func(worker, i int) error {
		column := &c.columns[i]
		dst := make([][]m31.Element, len(runs))
		for n := range dst {
			dst[n] = make([]m31.Element, column.runLength(logRun))
			values[n][i] = dst[n]
		}
		return prepared[column.lift].Evaluate(ctx, dst, column.coeffs, &scratch[worker])
	})
}
