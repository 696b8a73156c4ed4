package air

import (
	"fmt"
	"math"
	"slices"

	"github.com/sage-network/sage-node/prover/m31"
)

// The usual trees. An AIR with lookups has exactly these three; others may have
// more or fewer, the preprocessed one always first.
const (
	// TreePreprocessed holds the columns that are part of the AIR itself.
	TreePreprocessed = iota
	// TreeTrace holds the execution trace.
	TreeTrace
	// TreeInteraction holds what depends on challenges.
	TreeInteraction
)

// MaxDegree is the highest constraint degree: the composition polynomial is
// committed in two halves of the trace's size, which allows degree 3.
const MaxDegree = 3

// Preprocessed is a column of tree 0, a function of the row alone. Its ID stands for
// its content: components that use the same ID share one column, and AIRs that use
// the same IDs in the same sizes may share a commitment to them.
type Preprocessed struct {
	ID string
	// LogSize is log₂ of the number of rows.
	LogSize uint32
	// Value returns the entry of a row.
	Value func(row int) m31.Element
}

// Builder collects a component's columns, challenges and constraints. It panics
// on misuse: an AIR is code, not input.
type Builder struct {
	name         string
	nodes        []Node
	degrees      []int
	index        nodeIndex
	trees        [][]Column
	preprocessed []Preprocessed
	challenges   []string
	drawAfter    int
	constraints  []Constraint
	lookups      []lookup
	perColumn    int
}

// NewBuilder starts a component with the given number of trees besides the
// composition's: the preprocessed tree 0, which may stay empty, and the rest. The
// name is what messages call the component.
func NewBuilder(name string, trees int) *Builder {
	if trees < 2 || trees > math.MaxInt8 {
		panic("air: a component has a preprocessed tree and at least one other, at most 127 in all")
	}
	return &Builder{name: name, trees: make([][]Column, trees), perColumn: 2}
}

// add returns the node, which is a new one unless the same was added before.
func (b *Builder) add(n Node, degree int) Expr {
	id, ok := b.index.find(b.nodes, &n)
	if !ok {
		b.nodes = append(double(b.nodes), n)
		b.degrees = append(double(b.degrees), degree)
	}
	return Expr{b, id}
}

// double makes room for twice as many where there is none: append grows by a quarter
// at a time, and copies what is long that much more often.
func double[T any](s []T) []T {
	if len(s) == cap(s) {
		return slices.Grow(s, max(len(s), 64))
	}
	return s
}

// Preprocessed returns the current row of the preprocessed column with the given
// id, whose entries are a function of the row.
func (b *Builder) Preprocessed(id string, value func(row int) m31.Element) Expr {
	if value == nil {
		panic("air: a preprocessed column without values")
	}
	for i, p := range b.preprocessed {
		if p.ID == id {
			return b.cell(TreePreprocessed, i, 0)
		}
	}
	b.preprocessed = append(b.preprocessed, Preprocessed{ID: id, Value: value})
	b.trees[TreePreprocessed] = append(b.trees[TreePreprocessed], Column{Name: id, Mask: currentRow})
	return b.cell(TreePreprocessed, len(b.preprocessed)-1, 0)
}

// Column appends a base field column to a tree and returns its value at each
// offset of its mask: ascending offsets among −1, 0 and 1. Columns of tree 0 are
// added by Preprocessed.
func (b *Builder) Column(tree int, name string, mask ...int) []Expr {
	if tree <= TreePreprocessed || tree >= len(b.trees) {
		panic(fmt.Sprintf("air: tree %d takes no columns", tree))
	}
	if len(mask) == 0 || mask[0] < -1 || mask[len(mask)-1] > 1 {
		panic(fmt.Sprintf("air: mask %v is not supported", mask))
	}
	for i := 1; i < len(mask); i++ {
		if mask[i] <= mask[i-1] {
			panic(fmt.Sprintf("air: the offsets of mask %v do not ascend", mask))
		}
	}
	column := len(b.trees[tree])
	if len(mask) == 1 && mask[0] == 0 {
		mask = currentRow // most columns have this mask, which nobody changes
	} else {
		mask = slices.Clone(mask)
	}
	b.trees[tree] = append(double(b.trees[tree]), Column{Name: name, Mask: mask})
	cells := make([]Expr, len(mask))
	for i, offset := range mask {
		cells[i] = b.cell(tree, column, offset)
	}
	return cells
}

// currentRow is the mask of columns that are read in the current row only.
var currentRow = []int{0}

func (b *Builder) cell(tree, column, offset int) Expr {
	return b.add(Node{Kind: KindColumn, Tree: int8(tree), Column: int32(column), Offset: int8(offset)}, 1)
}

// Trace appends a column to the trace tree and returns its current row.
func (b *Builder) Trace(name string) Expr {
	column := len(b.trees[TreeTrace])
	b.trees[TreeTrace] = append(double(b.trees[TreeTrace]), Column{Name: name, Mask: currentRow})
	return b.cell(TreeTrace, column, 0)
}

// SecureColumn appends the four coordinate columns of a secure column and
// returns its value at each offset of its mask.
func (b *Builder) SecureColumn(tree int, name string, mask ...int) []Expr {
	var coords [4][]Expr
	for i := range coords {
		coords[i] = b.Column(tree, fmt.Sprintf("%s.%d", name, i), mask...)
	}
	cells := make([]Expr, len(mask))
	for i := range cells {
		n := Node{Kind: KindCombine, Secure: true}
		for j := range coords {
			n.Args[j] = coords[j][i].id
		}
		cells[i] = b.add(n, 1)
	}
	return cells
}

// Challenges declares secure challenges that are drawn after the given tree is
// committed. All challenges of an AIR, over all its components, are drawn at
// once; those with the same name are the same.
func (b *Builder) Challenges(afterTree int, names ...string) []Expr {
	if afterTree < 0 || afterTree >= len(b.trees) {
		panic("air: challenges are drawn after one of the component's trees")
	}
	if len(b.challenges) > 0 && b.drawAfter != afterTree {
		panic("air: challenges are drawn after one tree")
	}
	b.drawAfter = afterTree
	felts := make([]Expr, len(names))
	for i, name := range names {
		at := slices.Index(b.challenges, name)
		if at < 0 {
			at = len(b.challenges)
			b.challenges = append(b.challenges, name)
		}
		felts[i] = b.scalar(at)
	}
	return felts
}

func (b *Builder) scalar(i int) Expr {
	return b.add(Node{Kind: KindChallenge, Secure: true, Column: int32(i)}, 0)
}

// Const returns the base field constant c.
func (b *Builder) Const(c m31.Element) Expr {
	if !m31.Canonical(uint32(c)) {
		panic("air: a constant that is not below 2³¹ − 1")
	}
	return b.add(Node{Kind: KindConst, Const: c}, 0)
}

// Constrain requires that x vanishes on all rows.
func (b *Builder) Constrain(name string, x Expr) {
	if x.b != b {
		panic("air: an expression of another builder")
	}
	if d := x.Degree(); d > MaxDegree {
		panic(fmt.Sprintf("air: constraint %s has degree %d, at most %d is supported", name, d, MaxDegree))
	}
	b.constraints = append(double(b.constraints), Constraint{Name: name, Node: int(x.id)})
}

// Build finishes the component for traces of 2^logSize rows. The constraints of
// its lookups follow those that were written.
func (b *Builder) Build(logSize uint32) *Component {
	c := &Component{Name: b.name, LogSize: logSize, PerColumn: b.perColumn}
	if len(b.lookups) > 0 {
		b.finishLookups()
	}
	c.Preprocessed = slices.Clone(b.preprocessed)
	for i := range c.Preprocessed {
		c.Preprocessed[i].LogSize = logSize
	}
	c.Trees, c.Challenges, c.DrawAfter = b.trees, b.challenges, b.drawAfter
	c.Nodes, c.Constraints = b.nodes, b.constraints
	for _, l := range b.lookups {
		c.Lookups = append(c.Lookups, l.public())
	}
	return c
}
