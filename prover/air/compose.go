package air

import (
	"errors"
	"fmt"
	"slices"

	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
)

// CompositionColumns is the number of columns of the composition polynomial's
// tree: left and right half, four coordinates each.
const CompositionColumns = 8

// MaxLogSize is log₂ of the largest number of rows.
const MaxLogSize = 24

// AIR is a list of components that are proved together: they share the trees, the
// challenges and, by id, preprocessed columns. Tree by tree, the columns of the
// components follow each other. Components may differ in size; the columns of the
// smaller ones are lifted to the size of the largest: f̃(P) = f(2ᵏ·P). An AIR is
// immutable.
type AIR struct {
	// Components in the order in which their constraints enter the composition.
	Components []*Component
	// Preprocessed are the columns of tree 0.
	Preprocessed []Preprocessed
	// Challenges are drawn at once after tree DrawAfter is committed. The claimed
	// sums are mixed right after them.
	Challenges []string
	DrawAfter  int

	trees        [][]Placed
	start        [][]int // [component][tree]: its first column in the tree
	preprocessed [][]int // [component]: where its preprocessed columns are
	challenges   [][]int // [component]: where its challenges are
	logSize      uint32
}

// Placed is a column with its place in an AIR. Columns of tree 0 belong to all
// components that use them, and name the first one; if there is none, Component
// is nil and the mask empty.
type Placed struct {
	Column
	Component *Component
	LogSize   uint32
}

// Compose makes an AIR of components. Tree 0 holds their preprocessed columns in
// order of first use. If there are some and all are shorter than the largest
// component, use [ComposePadded] unless others fix the AIR.
func Compose(components ...*Component) (*AIR, error) {
	return ComposeOver(preprocessedOf(components), components...)
}

// fillerID is the id of the column that ComposePadded adds.
const fillerID = "filler"

// ComposePadded is Compose with a tree 0 as large as the others: if it holds only
// columns that are shorter, a column of zeros is added, which nobody reads. Where
// tree 0 is smaller and queries are dense, some honest proofs are refused by the
// protocol's verifiers: several queries meet neighbouring leaves in an order in
// which they cannot be opened.
func ComposePadded(components ...*Component) (*AIR, error) {
	preprocessed := preprocessedOf(components)
	logSize, longest := uint32(0), uint32(0)
	for _, c := range components {
		logSize = max(logSize, c.LogSize)
	}
	for _, p := range preprocessed {
		longest = max(longest, p.LogSize)
	}
	if len(preprocessed) > 0 && longest < logSize {
		preprocessed = append(preprocessed, Preprocessed{fillerID, logSize, func(int) m31.Element { return 0 }})
	}
	return ComposeOver(preprocessed, components...)
}

// preprocessedOf returns the components' preprocessed columns in order of first use.
func preprocessedOf(components []*Component) []Preprocessed {
	var preprocessed []Preprocessed
	for _, c := range components {
		for _, p := range c.Preprocessed {
			if !slices.ContainsFunc(preprocessed, func(q Preprocessed) bool { return q.ID == p.ID }) {
				preprocessed = append(preprocessed, p)
			}
		}
	}
	return preprocessed
}

// ComposeOver is Compose for a tree 0 of the given columns. Columns that no
// component uses are committed and not sampled.
func ComposeOver(preprocessed []Preprocessed, components ...*Component) (*AIR, error) {
	if len(components) == 0 {
		return nil, errors.New("air: an AIR of no components")
	}
	a := &AIR{Components: components, Preprocessed: preprocessed, DrawAfter: -1}
	a.trees = make([][]Placed, len(components[0].Trees))
	for _, c := range components {
		if c.LogSize < 1 || c.LogSize > MaxLogSize {
			return nil, fmt.Errorf("air: component %s has 2^%d rows, want 2 to 2^%d", c.Name, c.LogSize, MaxLogSize)
		}
		a.logSize = max(a.logSize, c.LogSize)
	}
	for i, p := range preprocessed {
		if slices.ContainsFunc(preprocessed[:i], func(q Preprocessed) bool { return q.ID == p.ID }) {
			return nil, fmt.Errorf("air: two preprocessed columns %s", p.ID)
		}
		if p.LogSize < 1 || p.LogSize > a.logSize {
			return nil, fmt.Errorf("air: preprocessed column %s has 2^%d rows, want 2 to 2^%d", p.ID, p.LogSize, a.logSize)
		}
		a.trees[TreePreprocessed] = append(a.trees[TreePreprocessed], Placed{Column{Name: p.ID}, nil, p.LogSize})
	}
	for t := 1; t < len(a.trees); t++ {
		n := 0
		for _, c := range components {
			if t < len(c.Trees) {
				n += len(c.Trees[t])
			}
		}
		a.trees[t] = make([]Placed, 0, n)
	}
	for _, c := range components {
		if err := a.place(c); err != nil {
			return nil, fmt.Errorf("air: component %s: %w", c.Name, err)
		}
	}
	return a, a.check()
}

// place gives a component's columns and challenges their places.
func (a *AIR) place(c *Component) error {
	if len(c.Trees) != len(a.trees) {
		return fmt.Errorf("%d trees, the first component has %d", len(c.Trees), len(a.trees))
	}
	used := make([]int, len(c.Preprocessed))
	for i, p := range c.Preprocessed {
		at := slices.IndexFunc(a.Preprocessed, func(q Preprocessed) bool { return q.ID == p.ID })
		if at < 0 {
			return fmt.Errorf("preprocessed column %s is not in tree 0", p.ID)
		}
		if want := a.Preprocessed[at].LogSize; p.LogSize != want {
			return fmt.Errorf("preprocessed column %s has 2^%d rows here and 2^%d elsewhere", p.ID, p.LogSize, want)
		}
		if placed := &a.trees[TreePreprocessed][at]; placed.Component == nil {
			placed.Component, placed.Mask = c, []int{0}
		}
		used[i] = at
	}
	a.preprocessed = append(a.preprocessed, used)

	start := make([]int, len(a.trees))
	for t := 1; t < len(a.trees); t++ {
		start[t] = len(a.trees[t])
		for _, column := range c.Trees[t] {
			if len(column.Mask) > 2 && c.LogSize < a.logSize {
				return fmt.Errorf("column %s is read at %d offsets, which only the largest components may: "+
					"the protocol checks the period of a shorter column at one or two offsets", column.Name, len(column.Mask))
			}
			a.trees[t] = append(a.trees[t], Placed{column, c, c.LogSize})
		}
	}
	a.start = append(a.start, start)

	if len(c.Challenges) > 0 {
		if a.DrawAfter >= 0 && a.DrawAfter != c.DrawAfter {
			return fmt.Errorf("challenges are drawn after tree %d here and %d elsewhere", c.DrawAfter, a.DrawAfter)
		}
		a.DrawAfter = c.DrawAfter
	}
	at := make([]int, len(c.Challenges))
	for i, name := range c.Challenges {
		if at[i] = slices.Index(a.Challenges, name); at[i] < 0 {
			at[i] = len(a.Challenges)
			a.Challenges = append(a.Challenges, name)
		}
	}
	a.challenges = append(a.challenges, at)
	return nil
}

// check refuses what the protocol cannot prove.
func (a *AIR) check() error {
	for t := 1; t < len(a.trees); t++ {
		if !slices.ContainsFunc(a.trees[t], func(p Placed) bool { return p.LogSize == a.logSize }) {
			return fmt.Errorf("air: tree %d has no column of the largest size, 2^%d rows", t, a.logSize)
		}
	}
	if a.Sums() > 0 {
		for _, p := range a.trees[TreeInteraction] {
			if !p.Component.HasLookups() {
				return fmt.Errorf("air: component %s has column %s in the interaction tree, which lookups fill", p.Component.Name, p.Name)
			}
		}
	}
	entries := map[string]uint64{}
	for _, c := range a.Components {
		for _, l := range c.Lookups {
			if entries[l.Relation] += 1 << c.LogSize; entries[l.Relation] >= m31.P {
				return fmt.Errorf("air: 2³¹ − 1 lookups or more in relation %s: their number would wrap", l.Relation)
			}
		}
	}
	return nil
}

// LogSize is log₂ of the number of rows of the largest component, to which all
// columns are lifted.
func (a *AIR) LogSize() uint32 { return a.logSize }

// Trees is the number of trees without the composition's.
func (a *AIR) Trees() int { return len(a.trees) }

// Columns returns the columns of a tree in order, not to be changed.
func (a *AIR) Columns(tree int) []Placed { return a.trees[tree] }

// Sums is the number of claimed sums: one for each component with lookups.
func (a *AIR) Sums() int {
	n := 0
	for _, c := range a.Components {
		if c.HasLookups() {
			n++
		}
	}
	return n
}

// Constraints is the number of constraints of all components.
func (a *AIR) Constraints() int {
	n := 0
	for _, c := range a.Components {
		n += len(c.Constraints)
	}
	return n
}

// Locate returns the place in an AIR's tree of a component's column.
func (a *AIR) Locate(component, tree, column int) int {
	if tree == TreePreprocessed {
		return a.preprocessed[component][column]
	}
	return a.start[component][tree] + column
}

// Scalars returns what each component's constraints take besides the columns: its
// challenges among those drawn and the shift of its claimed sum.
func (a *AIR) Scalars(challenges, sums []m31.QM31) ([][]m31.QM31, error) {
	if len(challenges) != len(a.Challenges) {
		return nil, fmt.Errorf("air: %d challenges, want %d", len(challenges), len(a.Challenges))
	}
	if len(sums) != a.Sums() {
		return nil, fmt.Errorf("air: %d claimed sums, want %d", len(sums), a.Sums())
	}
	out := make([][]m31.QM31, len(a.Components))
	for i, c := range a.Components {
		for _, at := range a.challenges[i] {
			out[i] = append(out[i], challenges[at])
		}
		if c.HasLookups() {
			out[i] = append(out[i], c.Shift(sums[0]))
			sums = sums[1:]
		}
	}
	return out, nil
}

// Shape returns the shape of the AIR's proofs under a configuration.
func (a *AIR) Shape(cfg proof.Config) (proof.Shape, error) {
	columns := make([][]proof.Column, len(a.trees)+1)
	for t, placed := range a.trees {
		columns[t] = make([]proof.Column, len(placed))
		for i, p := range placed {
			columns[t][i] = proof.Column{LogSize: p.LogSize, Samples: len(p.Mask)}
		}
	}
	composition := make([]proof.Column, CompositionColumns)
	for i := range composition {
		composition[i] = proof.Column{LogSize: a.logSize, Samples: 1}
	}
	columns[len(a.trees)] = composition
	s, err := proof.NewShape(cfg, columns)
	if err != nil {
		return proof.Shape{}, err
	}
	return s.WithSums(a.Sums())
}

// EvalAtPoint returns Σ coeff^(n−1−i)·constraintᵢ over the constraints of all
// components, where the columns take the sampled values: samples[tree][column][i]
// is the lifted column at the i-th offset of its mask.
func (a *AIR) EvalAtPoint(samples [][][]m31.QM31, challenges, sums []m31.QM31, coeff m31.QM31) (m31.QM31, error) {
	scalars, err := a.Scalars(challenges, sums)
	if err != nil {
		return m31.QM31{}, err
	}
	if len(samples) < len(a.trees) {
		return m31.QM31{}, fmt.Errorf("air: samples of %d trees, want %d", len(samples), len(a.trees))
	}
	for t, columns := range a.trees {
		if len(samples[t]) != len(columns) {
			return m31.QM31{}, fmt.Errorf("air: tree %d has samples of %d columns, want %d", t, len(samples[t]), len(columns))
		}
	}
	var sum m31.QM31
	for i, c := range a.Components {
		mask := make([][][]m31.QM31, len(a.trees))
		for _, at := range a.preprocessed[i] {
			mask[TreePreprocessed] = append(mask[TreePreprocessed], samples[TreePreprocessed][at])
		}
		for t := 1; t < len(a.trees); t++ {
			first := a.start[i][t]
			mask[t] = samples[t][first : first+len(c.Trees[t])]
		}
		values, err := c.EvalAtPoint(mask, scalars[i])
		if err != nil {
			return m31.QM31{}, err
		}
		for _, v := range values {
			sum = sum.Mul(coeff).Add(v)
		}
	}
	return sum, nil
}
