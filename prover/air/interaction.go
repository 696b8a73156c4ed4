package air

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/m31/vector"
)

// interactionBatches is the number of batches of rows between two looks at the
// context, at most.
const interactionBatches = 4

// Interaction computes the columns of the interaction tree and the claimed sums
// from the stored columns of the trees before it, columns[tree][column], on so
// many goroutines. Challenges are those drawn.
func (a *AIR) Interaction(ctx context.Context, workers int, columns [][][]m31.Element, challenges []m31.QM31) (out [][]m31.Element, sums []m31.QM31, err error) {
	if len(challenges) != len(a.Challenges) {
		return nil, nil, fmt.Errorf("air: %d challenges, want %d", len(challenges), len(a.Challenges))
	}
	for t := range TreeInteraction {
		if len(columns) <= t || len(columns[t]) != len(a.trees[t]) {
			return nil, nil, fmt.Errorf("air: columns for the interaction are missing in tree %d", t)
		}
	}
	for i, c := range a.Components {
		if !c.HasLookups() {
			continue
		}
		scalars := make([]m31.QM31, 0, c.Scalars())
		for _, at := range a.challenges[i] {
			scalars = append(scalars, challenges[at])
		}
		g := &generator{
			component: c,
			scalars:   append(scalars, m31.QM31{}), // no fraction depends on the shift
			column: func(tree, column int) []m31.Element {
				return columns[tree][a.Locate(i, tree, column)]
			},
		}
		sum, err := g.run(ctx, parallel.Workers(workers))
		if err != nil {
			return nil, nil, fmt.Errorf("air: component %s: %w", c.Name, err)
		}
		for _, s := range g.sums {
			out = append(out, s[:]...)
		}
		sums = append(sums, sum)
	}
	return out, sums, nil
}

// LookupColumns reports for each column of a tree whether the fractions of any
// lookup read it.
func (a *AIR) LookupColumns(tree int) []bool {
	read := make([]bool, len(a.trees[tree]))
	for i, c := range a.Components {
		var nodes []int
		for _, l := range c.Lookups {
			nodes = append(nodes, l.Multiplicity, l.Denominator)
		}
		for _, n := range c.reach(nodes...) {
			if node := &c.Nodes[n]; node.Kind == KindColumn && int(node.Tree) == tree {
				read[a.Locate(i, tree, int(node.Column))] = true
			}
		}
	}
	return read
}

// reach returns the nodes on which the given ones depend, themselves included, in
// order.
func (c *Component) reach(nodes ...int) []int32 {
	seen := make([]bool, len(c.Nodes))
	var found []int32
	visit := func(n int32) {
		if !seen[n] {
			seen[n] = true
			found = append(found, n)
		}
	}
	for _, n := range nodes {
		visit(int32(n))
	}
	for next := 0; next < len(found); next++ {
		for _, arg := range c.Nodes[found[next]].operands() {
			visit(arg)
		}
	}
	slices.Sort(found)
	return found
}

// project returns the component whose only constraint is the given node, and
// whose graph is what the node needs.
func (c *Component) project(node int) *Component {
	need := c.reach(node)
	p := *c
	p.Nodes = make([]Node, len(need))
	for i, n := range need {
		p.Nodes[i] = c.Nodes[n]
		args := p.Nodes[i].operands()
		for j, arg := range args {
			at, _ := slices.BinarySearch(need, arg)
			args[j] = int32(at)
		}
	}
	p.Constraints = []Constraint{{Node: len(need) - 1}} // all others come before it
	return &p
}

// generator computes the interaction columns of one component.
type generator struct {
	component *Component
	scalars   []m31.QM31
	column    func(tree, column int) []m31.Element

	sums [][4][]m31.Element // of each secure column
}

func (g *generator) run(ctx context.Context, w parallel.Workers) (m31.QM31, error) {
	c := g.component
	rows := 1 << c.LogSize
	g.sums = make([][4][]m31.Element, (len(c.Lookups)+c.PerColumn-1)/c.PerColumn)
	for i := range g.sums {
		for j := range g.sums[i] {
			g.sums[i][j] = make([]m31.Element, rows)
		}
	}

	// 1. Sums within each row.
	batch := min(BatchRows, rows)
	readers := make([]*lookupReader, w.Count())
	err := parallel.Chunks(ctx, w, rows/batch, w.Chunk(rows/batch, 1, interactionBatches), func(worker, lo, hi int) error {
		if readers[worker] == nil {
			readers[worker] = newLookupReader(g, batch)
		}
		for b := lo; b < hi; b++ {
			if err := readers[worker].batch(b*batch, batch); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return m31.QM31{}, err
	}

	// 2. The last column also runs from row to row, less its mean.
	last := &g.sums[len(g.sums)-1]
	var total m31.QM31
	for i := range rows {
		total = total.Add(at(last, i))
	}
	shift := c.Shift(total)
	var sum m31.QM31
	for r := range rows {
		pos := circle.RowPosition(r, int(c.LogSize))
		sum = sum.Add(at(last, pos)).Sub(shift)
		set(last, pos, sum)
	}
	return total, nil
}

func at(s *[4][]m31.Element, i int) m31.QM31 {
	return m31.FromCoords([4]m31.Element{s[0][i], s[1][i], s[2][i], s[3][i]})
}

func set(s *[4][]m31.Element, i int, v m31.QM31) {
	w := v.Coords()
	s[0][i], s[1][i], s[2][i], s[3][i] = w[0], w[1], w[2], w[3]
}

// lookupReader evaluates lookups on batches of rows; each worker has its own.
type lookupReader struct {
	g                            *generator
	multiplicities, denominators []*Evaluator
	num, den                     vector.Secure // of a column's fraction
	m, d, scratch                vector.Secure
	trace                        *traceReader
}

func newLookupReader(g *generator, rows int) *lookupReader {
	r := &lookupReader{
		g:     g,
		trace: &traceReader{column: g.column, logSize: int(g.component.LogSize)},
	}
	for _, s := range []*vector.Secure{&r.num, &r.den, &r.m, &r.d, &r.scratch} {
		*s = vector.MakeSecure(rows)
	}
	evaluator := func(node int) *Evaluator {
		return NewEvaluator(g.component.project(node), g.scalars, m31.One(), m31.One())
	}
	for _, l := range g.component.Lookups {
		r.multiplicities = append(r.multiplicities, evaluator(l.Multiplicity))
		r.denominators = append(r.denominators, evaluator(l.Denominator))
	}
	return r
}

var errZeroDenominator = errors.New("a lookup's denominator is zero: the challenges hit its values")

// batch writes the running sums of n stored rows from start; n is what the reader was
// made for.
func (r *lookupReader) batch(start, n int) error {
	c, cells := r.g.component, r.trace.at(start, n)
	for k := range r.g.sums {
		// 1. The fraction num/den of the column's lookups.
		for i := k * c.PerColumn; i < min((k+1)*c.PerColumn, len(c.Lookups)); i++ {
			if i%c.PerColumn == 0 {
				r.multiplicities[i].Batch(n, cells, r.num)
				r.denominators[i].Batch(n, cells, r.den)
				continue
			}
			r.multiplicities[i].Batch(n, cells, r.m)
			r.denominators[i].Batch(n, cells, r.d)
			vector.MulSecure(r.num, r.num, r.d)
			vector.MulSecure(r.m, r.m, r.den)
			vector.AddSecure(r.num, r.num, r.m)
			vector.MulSecure(r.den, r.den, r.d)
		}
		// 2. Its value. A product is zero where one of its factors is.
		vector.InverseSecure(r.den, r.den, r.scratch)
		for row := range n {
			if r.den[0][row]|r.den[1][row]|r.den[2][row]|r.den[3][row] == 0 {
				return errZeroDenominator
			}
		}
		sum := vector.Secure(r.g.sums[k]).Slice(start, start+n)
		vector.MulSecure(sum, r.num, r.den)
		if k > 0 {
			vector.AddSecure(sum, sum, vector.Secure(r.g.sums[k-1]).Slice(start, start+n))
		}
	}
	return nil
}
