package air

import "github.com/sage-network/sage-node/prover/m31"

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
// arguments come before it. It is small, as graphs have many thousands.
type Node struct {
	Kind Kind
	// Secure nodes take values in QM31 on the trace domain, the others in M31.
	Secure bool
	// Tree, Column and Offset locate a column's cell; Column numbers a challenge.
	Tree, Offset int8
	Column       int32
	// Args holds the operands: two for Add, Sub and Mul, four for Combine.
	Args  [4]int32
	Const m31.Element
}

// Expr is a node of a builder's graph, as constraints are written with it.
type Expr struct {
	b  *Builder
	id int32
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
	return x.b.add(Node{Kind: kind, Secure: secure, Args: [4]int32{x.id, y.id}}, degree)
}

// Add returns x + y.
func (x Expr) Add(y Expr) Expr { return x.binary(KindAdd, y) }

// Sub returns x − y.
func (x Expr) Sub(y Expr) Expr { return x.binary(KindSub, y) }

// Mul returns x·y.
func (x Expr) Mul(y Expr) Expr { return x.binary(KindMul, y) }

// Degree returns the expression's degree in the columns.
func (x Expr) Degree() int { return x.b.degrees[x.id] }

// cell returns the place of a column's node.
func (n *Node) cell() cell { return cell{int(n.Tree), int(n.Column), int(n.Offset)} }

// operands returns the nodes that a node is computed from.
func (n *Node) operands() []int32 {
	switch n.Kind {
	case KindCombine:
		return n.Args[:]
	case KindAdd, KindSub, KindMul:
		return n.Args[:2]
	}
	return nil
}

// Neg returns −x.
func (x Expr) Neg() Expr { return x.b.Const(0).Sub(x) }
