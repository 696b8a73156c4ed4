package air

import (
	"fmt"

	"github.com/sage-network/sage-node/prover/m31"
)

// Kind says what a node of the expression graph computes.
type Kind uint8

// The kinds of nodes. Args are indices of earlier nodes.
const (
	// KindColumn reads column Column of tree Tree, Offset rows away.
	KindColumn Kind = iota
	// KindConst is the base field constant Const.
	KindConst
	// KindChallenge is the secure challenge number Column.
	KindChallenge
	// KindCombine joins four base field nodes, the coordinates over 1, i, u,
	// iu, into a secure one.
	KindCombine
	// KindAdd is Args[0] + Args[1].
	KindAdd
	// KindSub is Args[0] − Args[1].
	KindSub
	// KindMul is Args[0] · Args[1].
	KindMul
)

// Node is one node of the graph. Nodes are in topological order: a node's
// arguments come before it.
type Node struct {
	Kind Kind
	// Secure nodes take values in QM31 on the trace domain, the others in M31.
	Secure bool
	// Args holds the operands: two for Add, Sub and Mul, four for Combine.
	Args [4]int
	// Tree, Column and Offset locate a column's cell; Column numbers a challenge.
	Tree, Column, Offset int
	Const                m31.Element
}

// Expr is a node of a builder's graph, as constraints are written with it.
type Expr struct {
	b  *Builder
	id int
}

func (x Expr) node() *Node { return &x.b.nodes[x.id] }

func (x Expr) binary(kind Kind, y Expr) Expr {
	if x.b != y.b {
		panic("air: expressions of two builders in one")
	}
	degree := max(x.b.degrees[x.id], x.b.degrees[y.id])
	if kind == KindMul {
		degree = x.b.degrees[x.id] + x.b.degrees[y.id]
	}
	secure := x.node().Secure || y.node().Secure
	return x.b.add(Node{Kind: kind, Secure: secure, Args: [4]int{x.id, y.id}}, degree)
}

// Add returns x + y.
func (x Expr) Add(y Expr) Expr { return x.binary(KindAdd, y) }

// Sub returns x − y.
func (x Expr) Sub(y Expr) Expr { return x.binary(KindSub, y) }

// Mul returns x·y.
func (x Expr) Mul(y Expr) Expr { return x.binary(KindMul, y) }

// Degree returns the expression's degree in the columns.
func (x Expr) Degree() int { return x.b.degrees[x.id] }

// Builder collects an AIR's columns, challenges and constraints. It panics on
// misuse: an AIR is code, not input.
type Builder struct {
	nodes       []Node
	degrees     []int
	index       map[Node]int
	trees       [][]Column
	challenges  int
	drawAfter   int
	constraints []int
}

// MaxDegree is the highest constraint degree: the composition polynomial is
// committed in two halves of the trace's size, which allows degree 3.
const MaxDegree = 3

// NewBuilder starts an AIR with the given number of trees besides the
// composition's: the preprocessed tree 0, which may stay empty, and the rest.
func NewBuilder(trees int) *Builder {
	return &Builder{index: map[Node]int{}, trees: make([][]Column, trees)}
}

func (b *Builder) add(n Node, degree int) Expr {
	id, ok := b.index[n]
	if !ok {
		id = len(b.nodes)
		b.index[n] = id
		b.nodes = append(b.nodes, n)
		b.degrees = append(b.degrees, degree)
	}
	return Expr{b, id}
}

// Column appends a base field column to a tree and returns its value at each
// offset of its mask. A mask is {0} or {−1, 0}; tree 0 takes {0} only.
func (b *Builder) Column(tree int, mask ...int) []Expr {
	single := len(mask) == 1 && mask[0] == 0
	double := len(mask) == 2 && mask[0] == -1 && mask[1] == 0
	if !single && !(double && tree > 0) {
		panic(fmt.Sprintf("air: mask %v in tree %d is not supported", mask, tree))
	}
	column := len(b.trees[tree])
	b.trees[tree] = append(b.trees[tree], Column{Mask: mask})
	cells := make([]Expr, len(mask))
	for i, offset := range mask {
		cells[i] = b.add(Node{Kind: KindColumn, Tree: tree, Column: column, Offset: offset}, 1)
	}
	return cells
}

// SecureColumn appends the four coordinate columns of a secure column and
// returns its value at each offset of its mask.
func (b *Builder) SecureColumn(tree int, mask ...int) []Expr {
	var coords [4][]Expr
	for i := range coords {
		coords[i] = b.Column(tree, mask...)
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

// Challenges declares n secure challenges, drawn at once after the given tree
// is committed. It may be called once.
func (b *Builder) Challenges(afterTree, n int) []Expr {
	if b.challenges > 0 || afterTree >= len(b.trees) {
		panic("air: challenges are declared once, after one of the AIR's trees")
	}
	b.challenges, b.drawAfter = n, afterTree
	felts := make([]Expr, n)
	for i := range felts {
		felts[i] = b.add(Node{Kind: KindChallenge, Secure: true, Column: i}, 0)
	}
	return felts
}

// Const returns the base field constant c.
func (b *Builder) Const(c m31.Element) Expr { return b.add(Node{Kind: KindConst, Const: c}, 0) }

// Constrain requires that x vanishes on all rows.
func (b *Builder) Constrain(x Expr) {
	if d := x.Degree(); d > MaxDegree {
		panic(fmt.Sprintf("air: constraint %d has degree %d, at most %d is supported", len(b.constraints), d, MaxDegree))
	}
	b.constraints = append(b.constraints, x.id)
}

// Build finishes the AIR for traces of 2^logSize rows.
func (b *Builder) Build(logSize uint32) *Component {
	return &Component{
		LogSize:     logSize,
		Trees:       b.trees,
		Challenges:  b.challenges,
		DrawAfter:   b.drawAfter,
		Nodes:       b.nodes,
		Constraints: b.constraints,
	}
}
