package air

import (
	"fmt"

	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
)

// CompositionColumns is the number of columns of the composition polynomial's
// tree: left and right half, four coordinates each.
const CompositionColumns = 8

// Column describes one base field column.
type Column struct {
	// Mask lists the row offsets at which constraints read the column, {0} or
	// {−1, 0}; the row before row 0 is the last one.
	Mask []int
}

// Component is a finished AIR of one size. It is immutable.
type Component struct {
	// LogSize is log₂ of the number of rows of every column.
	LogSize uint32
	// Trees lists the columns of each tree, without the composition's.
	Trees [][]Column
	// Challenges secure felts are drawn after tree DrawAfter is committed.
	Challenges, DrawAfter int
	// Nodes is the expression graph; Constraints are the nodes that vanish on
	// every row, in the order in which they enter the composition.
	Nodes       []Node
	Constraints []int
}

// Shape returns the shape of the component's proofs under a configuration.
func (c *Component) Shape(cfg proof.Config) (proof.Shape, error) {
	samples := make([][]int, len(c.Trees)+1)
	for t, columns := range c.Trees {
		samples[t] = make([]int, len(columns))
		for i, column := range columns {
			samples[t][i] = len(column.Mask)
		}
	}
	composition := make([]int, CompositionColumns)
	for i := range composition {
		composition[i] = 1
	}
	samples[len(c.Trees)] = composition
	return proof.NewShape(cfg, c.LogSize, samples)
}

// EvalAtPoint evaluates every constraint where the columns take secure values,
// as they do out of the domain. mask[tree][column][i] is the column at the
// i-th offset of its mask, challenges are as declared.
func (c *Component) EvalAtPoint(mask [][][]m31.QM31, challenges []m31.QM31) ([]m31.QM31, error) {
	if len(challenges) != c.Challenges {
		return nil, fmt.Errorf("air: %d challenges, want %d", len(challenges), c.Challenges)
	}
	if len(mask) < len(c.Trees) {
		return nil, fmt.Errorf("air: masks of %d trees, want %d", len(mask), len(c.Trees))
	}
	for t, columns := range c.Trees {
		if len(mask[t]) != len(columns) {
			return nil, fmt.Errorf("air: tree %d has masks of %d columns, want %d", t, len(mask[t]), len(columns))
		}
		for i, column := range columns {
			if len(mask[t][i]) != len(column.Mask) {
				return nil, fmt.Errorf("air: tree %d column %d has %d samples, want %d",
					t, i, len(mask[t][i]), len(column.Mask))
			}
		}
	}
	v := make([]m31.QM31, len(c.Nodes))
	for i, n := range c.Nodes {
		switch n.Kind {
		case KindColumn:
			cell := mask[n.Tree][n.Column]
			v[i] = cell[len(cell)-1+n.Offset] // masks end at offset 0
		case KindConst:
			v[i] = m31.FromM31(n.Const)
		case KindChallenge:
			v[i] = challenges[n.Column]
		case KindCombine:
			v[i] = m31.FromPartialEvals([4]m31.QM31{v[n.Args[0]], v[n.Args[1]], v[n.Args[2]], v[n.Args[3]]})
		case KindAdd:
			v[i] = v[n.Args[0]].Add(v[n.Args[1]])
		case KindSub:
			v[i] = v[n.Args[0]].Sub(v[n.Args[1]])
		case KindMul:
			v[i] = v[n.Args[0]].Mul(v[n.Args[1]])
		}
	}
	out := make([]m31.QM31, len(c.Constraints))
	for i, id := range c.Constraints {
		out[i] = v[id]
	}
	return out, nil
}
