package air

import (
	"fmt"
	"slices"

	"github.com/sage-network/sage-node/prover/m31"
)

// Column describes one base field column.
type Column struct {
	Name string
	// Mask lists the row offsets at which constraints read the column, ascending
	// among −1, 0 and 1; rows form a cycle.
	Mask []int
}

// Constraint is a node that vanishes on every row.
type Constraint struct {
	Name string
	Node int
}

// Component is a finished set of constraints over columns of one size. It is
// immutable. [Compose] makes an AIR of components.
type Component struct {
	Name string
	// LogSize is log₂ of the number of rows of every column.
	LogSize uint32
	// Preprocessed are the columns of tree 0 that the component uses, in the order
	// of Trees[0].
	Preprocessed []Preprocessed
	// Trees lists the columns of each tree, without the composition's.
	Trees [][]Column
	// Challenges are the names of the secure felts that are drawn after tree
	// DrawAfter is committed.
	Challenges []string
	DrawAfter  int
	// Nodes is the expression graph; Constraints are in the order in which they
	// enter the composition.
	Nodes       []Node
	Constraints []Constraint
	// Lookups are the component's entries in relations; so many of them share a
	// secure column of the interaction tree.
	Lookups   []Lookup
	PerColumn int
}

// HasLookups reports whether the component has lookups, and so a claimed sum.
func (c *Component) HasLookups() bool { return len(c.Lookups) > 0 }

// Scalars is the number of secure values that the constraints take besides the
// columns: the challenges and, for a component with lookups, the claimed sum
// divided by the number of rows.
func (c *Component) Scalars() int {
	if c.HasLookups() {
		return len(c.Challenges) + 1
	}
	return len(c.Challenges)
}

// Shift returns a claimed sum divided by the number of rows.
func (c *Component) Shift(sum m31.QM31) m31.QM31 {
	return sum.MulM31(m31.Inverse(m31.Pow(2, uint64(c.LogSize))))
}

// EvalAtPoint evaluates every constraint where the columns take secure values,
// as they do out of the domain. mask[tree][column][i] is the column at the i-th
// offset of its mask; scalars are as Scalars says.
func (c *Component) EvalAtPoint(mask [][][]m31.QM31, scalars []m31.QM31) ([]m31.QM31, error) {
	if err := c.checkMask(mask, scalars); err != nil {
		return nil, fmt.Errorf("air: component %s: %w", c.Name, err)
	}
	v := c.eval(func(tree, column, offset int) m31.QM31 {
		return mask[tree][column][slices.Index(c.Trees[tree][column].Mask, offset)]
	}, scalars)
	out := make([]m31.QM31, len(c.Constraints))
	for i, constraint := range c.Constraints {
		out[i] = v[constraint.Node]
	}
	return out, nil
}

func (c *Component) checkMask(mask [][][]m31.QM31, scalars []m31.QM31) error {
	if len(scalars) != c.Scalars() {
		return fmt.Errorf("%d challenges and sums, want %d", len(scalars), c.Scalars())
	}
	if len(mask) < len(c.Trees) {
		return fmt.Errorf("masks of %d trees, want %d", len(mask), len(c.Trees))
	}
	for t, columns := range c.Trees {
		if len(mask[t]) != len(columns) {
			return fmt.Errorf("tree %d has masks of %d columns, want %d", t, len(mask[t]), len(columns))
		}
		for i, column := range columns {
			if len(mask[t][i]) != len(column.Mask) {
				return fmt.Errorf("tree %d column %s has %d samples, want %d",
					t, column.Name, len(mask[t][i]), len(column.Mask))
			}
		}
	}
	return nil
}

// eval returns the value of every node.
func (c *Component) eval(cell func(tree, column, offset int) m31.QM31, scalars []m31.QM31) []m31.QM31 {
	v := make([]m31.QM31, len(c.Nodes))
	for i := range c.Nodes {
		n := &c.Nodes[i]
		switch n.Kind {
		case KindColumn:
			at := n.cell()
			v[i] = cell(at.tree, at.column, at.offset)
		case KindConst:
			v[i] = m31.FromM31(n.Const)
		case KindChallenge:
			v[i] = scalars[n.Column]
		case KindCombine:
			v[i] = m31.FromPartialEvals([4]m31.QM31{v[n.Args[0]], v[n.Args[1]], v[n.Args[2]], v[n.Args[3]]})
		default:
			v[i] = n.Kind.apply(v[n.Args[0]], v[n.Args[1]])
		}
	}
	return v
}

// apply returns the value of an operation.
func (k Kind) apply(x, y m31.QM31) m31.QM31 {
	switch k {
	case KindAdd:
		return x.Add(y)
	case KindSub:
		return x.Sub(y)
	default:
		return x.Mul(y)
	}
}
