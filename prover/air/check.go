package air

import (
	"context"
	"fmt"
	"strings"

	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/m31"
)

// maxReported bounds what Check reports.
const maxReported = 8

// maxCells bounds the cells that a violation lists.
const maxCells = 24

// Violation is a constraint that does not vanish on a row.
type Violation struct {
	Component, Constraint string
	// Row counts from 0 in the order of the trace.
	Row int
	// Value is what the constraint evaluates to.
	Value m31.QM31
	// Expression is the constraint as it was written.
	Expression string
	// Cells are what it reads, up to a bound.
	Cells []CellValue
}

// CellValue is one cell that a violated constraint reads.
type CellValue struct {
	// Column is the column's name, with [−1] or [+1] for the rows beside.
	Column string
	Value  m31.Element
}

// String writes the violation over several lines.
func (v Violation) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "component %s, row %d: constraint %s is %v, not 0\n    %s\n   ", v.Component, v.Row, v.Constraint, short(v.Value), v.Expression)
	for i, c := range v.Cells {
		if i > 0 {
			s.WriteString(",")
		}
		fmt.Fprintf(&s, " %s = %d", c.Column, c.Value)
	}
	return s.String()
}

func short(v m31.QM31) string {
	if c := v.Coords(); c[1] == 0 && c[2] == 0 && c[3] == 0 {
		return fmt.Sprint(c[0])
	}
	return v.String()
}

// CheckError lists the first violations in order of components and rows.
type CheckError struct{ Violations []Violation }

func (e *CheckError) Error() string {
	lines := make([]string, 0, len(e.Violations)+1)
	lines = append(lines, "air: the trace violates the constraints")
	for _, v := range e.Violations {
		lines = append(lines, v.String())
	}
	return strings.Join(lines, "\n")
}

// Check looks for the constraints that a trace violates, and names the first few
// with their rows and cells in a [*CheckError]. It is for whoever writes an AIR or
// a trace; its arguments are as for [AIR.Violations].
func (a *AIR) Check(columns [][][]m31.Element, challenges []m31.QM31) error {
	found, err := a.Violations(columns, challenges, maxReported)
	if err == nil && len(found) > 0 {
		err = &CheckError{found}
	}
	return err
}

// Violations returns the violations of a trace, at most so many, in order of
// components, rows and constraints. columns are the stored columns of each tree,
// see [Store]; the preprocessed tree and the interaction tree of lookups may be
// left out. challenges are as many as the AIR draws, and any values will do.
//
// Whether lookups balance is no constraint: see [AIR.Imbalances].
func (a *AIR) Violations(columns [][][]m31.Element, challenges []m31.QM31, limit int) ([]Violation, error) {
	trees, sums, err := a.complete(columns, challenges)
	if err != nil {
		return nil, err
	}
	scalars, err := a.Scalars(challenges, sums)
	if err != nil {
		return nil, err
	}
	var found []Violation
	for i, c := range a.Components {
		r := &traceReader{
			column:  func(tree, column int) []m31.Element { return trees[tree][a.Locate(i, tree, column)] },
			logSize: int(c.LogSize),
		}
		found = append(found, c.violations(r, scalars[i], limit-len(found))...)
	}
	return found, nil
}

// complete checks the columns of a trace and adds those that the AIR determines.
func (a *AIR) complete(columns [][][]m31.Element, challenges []m31.QM31) (trees [][][]m31.Element, sums []m31.QM31, err error) {
	trees = make([][][]m31.Element, len(a.trees))
	copy(trees, columns)
	if len(trees[TreePreprocessed]) == 0 {
		trees[TreePreprocessed] = a.PreprocessedColumns()
	}
	for t := range trees {
		if t == TreeInteraction && a.Sums() > 0 {
			computed, claimed, err := a.Interaction(context.Background(), 0, trees, challenges)
			if err != nil {
				return nil, nil, err
			}
			if sums = claimed; len(trees[t]) == 0 {
				trees[t] = computed
			}
		}
		if len(trees[t]) != len(a.trees[t]) {
			return nil, nil, fmt.Errorf("air: tree %d has %d columns, want %d", t, len(trees[t]), len(a.trees[t]))
		}
		for i, p := range a.trees[t] {
			if len(trees[t][i]) != 1<<p.LogSize {
				return nil, nil, fmt.Errorf("air: tree %d column %s has %d rows, want 2^%d", t, p.Name, len(trees[t][i]), p.LogSize)
			}
		}
	}
	return trees, sums, nil
}

// violations returns at most so many violations of a component. Rows are searched
// by a fixed combination of the constraints; only where it does not vanish is each
// constraint evaluated.
func (c *Component) violations(r *traceReader, scalars []m31.QM31, limit int) (found []Violation) {
	coeff := m31.FromCoords([4]m31.Element{1593847221, 902771133, 1310567842, 640128771})
	e := NewEvaluator(c, scalars, coeff, m31.One())
	batch := min(BatchRows, 1<<c.LogSize)
	var sum [4][]m31.Element
	for j := range sum {
		sum[j] = make([]m31.Element, batch)
	}
	bad := make([]bool, 1<<c.LogSize) // by row
	for start := 0; start < 1<<c.LogSize; start += batch {
		e.Batch(batch, r.at(start, batch), sum)
		for i := range batch {
			if !at(&sum, i).IsZero() {
				bad[circle.PositionRow(start+i, int(c.LogSize))] = true
			}
		}
	}
	for row, is := range bad {
		if !is || len(found) >= limit {
			continue
		}
		v := c.eval(func(tree, column, offset int) m31.QM31 {
			return m31.FromM31(r.cell(tree, column, row+offset))
		}, scalars)
		for _, constraint := range c.Constraints {
			if v[constraint.Node].IsZero() || len(found) >= limit {
				continue
			}
			found = append(found, Violation{
				Component: c.Name, Constraint: constraint.Name, Row: row, Value: v[constraint.Node],
				Expression: c.Format(constraint.Node), Cells: c.cells(r, constraint.Node, row),
			})
		}
	}
	return found
}

// cells lists what a node reads in a row.
func (c *Component) cells(r *traceReader, node, row int) []CellValue {
	var out []CellValue
	for _, i := range c.reach(node) {
		if n := &c.Nodes[i]; n.Kind == KindColumn && len(out) < maxCells {
			at := n.cell()
			out = append(out, CellValue{c.cellName(n), r.cell(at.tree, at.column, row+at.offset)})
		}
	}
	return out
}

// Imbalance is a tuple that a relation's lookups do not balance.
type Imbalance struct {
	Relation string
	Values   []m31.Element
	// Multiplicity is what its lookups add up to, modulo 2³¹ − 1.
	Multiplicity m31.QM31
}

// Imbalances lists the tuples whose multiplicities do not add up to zero, in order
// of appearance: what makes the claimed sums differ from zero. columns are as for
// [AIR.Check]. It keeps every distinct tuple in memory.
func (a *AIR) Imbalances(columns [][][]m31.Element, challenges []m31.QM31) ([]Imbalance, error) {
	trees, sums, err := a.complete(columns, challenges)
	if err != nil {
		return nil, err
	}
	scalars, err := a.Scalars(challenges, sums)
	if err != nil {
		return nil, err
	}
	var tuples []Imbalance
	index := map[string]int{}
	for i, c := range a.Components {
		if !c.HasLookups() {
			continue
		}
		r := &traceReader{
			column:  func(tree, column int) []m31.Element { return trees[tree][a.Locate(i, tree, column)] },
			logSize: int(c.LogSize),
		}
		for row := range 1 << c.LogSize {
			v := c.eval(func(tree, column, offset int) m31.QM31 {
				return m31.FromM31(r.cell(tree, column, row+offset))
			}, scalars[i])
			for _, l := range c.Lookups {
				tuple := Imbalance{Relation: l.Relation}
				for _, node := range l.Values {
					tuple.Values = append(tuple.Values, v[node].Coords()[0])
				}
				key := fmt.Sprint(tuple.Relation, tuple.Values)
				at, ok := index[key]
				if !ok {
					at = len(tuples)
					index[key] = at
					tuples = append(tuples, tuple)
				}
				tuples[at].Multiplicity = tuples[at].Multiplicity.Add(v[l.Multiplicity])
			}
		}
	}
	var out []Imbalance
	for _, t := range tuples {
		if !t.Multiplicity.IsZero() {
			out = append(out, t)
		}
	}
	return out, nil
}
