package air

import "github.com/sage-network/sage-node/prover/m31"

// BatchRows is the number of rows that an Evaluator takes at a time: small
// enough for its registers to stay in cache, large enough for the work of a
// node to outweigh its dispatch.
const BatchRows = 256

// Cells gives an Evaluator its input: the column's values at the given offset
// for the rows of the current batch, at most BatchRows of them. The slice is
// only read, and only until the batch is done.
type Cells func(tree, column, offset int) []m31.Element

// Evaluator evaluates a component's constraints on batches of rows where the
// columns take base field values, and accumulates their random linear
// combination Σ coeff^(n−1−i)·constraint_i. It is not safe for concurrent use:
// each goroutine makes its own.
type Evaluator struct {
	c      *Component
	base   [][]m31.Element    // registers of base nodes; columns alias the input
	secure [][4][]m31.Element // registers of secure nodes, coordinate by coordinate
	powers []m31.QM31
	scalar []m31.QM31 // values of challenge nodes
}

// NewEvaluator prepares the evaluation for challenges and the composition
// coefficient coeff.
func NewEvaluator(c *Component, challenges []m31.QM31, coeff m31.QM31) *Evaluator {
	if len(challenges) != c.Challenges {
		panic("air: wrong number of challenges")
	}
	e := &Evaluator{
		c:      c,
		base:   make([][]m31.Element, len(c.Nodes)),
		secure: make([][4][]m31.Element, len(c.Nodes)),
		powers: make([]m31.QM31, len(c.Constraints)),
		scalar: make([]m31.QM31, len(c.Nodes)),
	}
	for i, n := range c.Nodes {
		switch {
		case n.Kind == KindChallenge:
			e.scalar[i] = challenges[n.Column]
			e.secure[i] = newSecure()
			for j, w := range e.scalar[i].Coords() {
				fill(e.secure[i][j], w)
			}
		case n.Kind == KindColumn || n.Kind == KindCombine:
			// aliases of the input
		case n.Secure:
			e.secure[i] = newSecure()
		default:
			e.base[i] = make([]m31.Element, BatchRows)
			fill(e.base[i], n.Const)
		}
	}
	power := m31.One()
	for i := range e.powers {
		e.powers[len(e.powers)-1-i] = power
		power = power.Mul(coeff)
	}
	return e
}

func newSecure() (s [4][]m31.Element) {
	for j := range s {
		s[j] = make([]m31.Element, BatchRows)
	}
	return s
}

func fill(dst []m31.Element, w m31.Element) {
	for i := range dst {
		dst[i] = w
	}
}

// Batch evaluates n ≤ BatchRows rows and writes the combination's coordinates
// to acc, whose four slices hold at least n elements. The caller divides by
// the vanishing polynomial.
func (e *Evaluator) Batch(n int, cells Cells, acc [4][]m31.Element) {
	for i := range e.c.Nodes {
		e.eval(i, n, cells)
	}
	for j := range acc {
		fill(acc[j][:n], 0)
	}
	for i, id := range e.c.Constraints {
		if e.c.Nodes[id].Secure {
			accumulateSecure(acc, e.secure[id], e.powers[i], n)
		} else {
			accumulateBase(acc, e.base[id], e.powers[i], n)
		}
	}
}

func (e *Evaluator) eval(i, n int, cells Cells) {
	node := &e.c.Nodes[i]
	switch node.Kind {
	case KindColumn:
		e.base[i] = cells(node.Tree, node.Column, node.Offset)[:n]
		return
	case KindCombine:
		for j, arg := range node.Args {
			e.secure[i][j] = e.base[arg]
		}
		return
	case KindConst, KindChallenge:
		return
	}
	x, y := node.Args[0], node.Args[1]
	nx, ny := &e.c.Nodes[x], &e.c.Nodes[y]
	dst := &e.secure[i]
	switch {
	case !node.Secure:
		baseOp(node.Kind, e.base[i][:n], e.base[x], e.base[y])
	case node.Kind == KindMul && !nx.Secure:
		mulSecureBase(dst, &e.secure[y], e.base[x], n)
	case node.Kind == KindMul && !ny.Secure:
		mulSecureBase(dst, &e.secure[x], e.base[y], n)
	case node.Kind == KindMul && nx.Kind == KindChallenge:
		mulSecureScalar(dst, &e.secure[y], e.scalar[x], n)
	case node.Kind == KindMul && ny.Kind == KindChallenge:
		mulSecureScalar(dst, &e.secure[x], e.scalar[y], n)
	case node.Kind == KindMul:
		mulSecure(dst, &e.secure[x], &e.secure[y], n)
	case nx.Secure && ny.Secure:
		for j := range dst {
			baseOp(node.Kind, dst[j][:n], e.secure[x][j], e.secure[y][j])
		}
	case nx.Secure:
		baseOp(node.Kind, dst[0][:n], e.secure[x][0], e.base[y])
		for j := 1; j < 4; j++ {
			copy(dst[j][:n], e.secure[x][j])
		}
	default:
		baseOp(node.Kind, dst[0][:n], e.base[x], e.secure[y][0])
		for j := 1; j < 4; j++ {
			if node.Kind == KindAdd {
				copy(dst[j][:n], e.secure[y][j])
			} else {
				negate(dst[j][:n], e.secure[y][j])
			}
		}
	}
}

func baseOp(kind Kind, dst, x, y []m31.Element) {
	x, y = x[:len(dst)], y[:len(dst)]
	switch kind {
	case KindAdd:
		for i := range dst {
			dst[i] = m31.Add(x[i], y[i])
		}
	case KindSub:
		for i := range dst {
			dst[i] = m31.Sub(x[i], y[i])
		}
	case KindMul:
		for i := range dst {
			dst[i] = m31.Mul(x[i], y[i])
		}
	}
}

func negate(dst, x []m31.Element) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = m31.Neg(x[i])
	}
}

func at(s *[4][]m31.Element, i int) m31.QM31 {
	return m31.FromCoords([4]m31.Element{s[0][i], s[1][i], s[2][i], s[3][i]})
}

func set(s *[4][]m31.Element, i int, v m31.QM31) {
	w := v.Coords()
	s[0][i], s[1][i], s[2][i], s[3][i] = w[0], w[1], w[2], w[3]
}

func mulSecureBase(dst, x *[4][]m31.Element, y []m31.Element, n int) {
	for j := range dst {
		baseOp(KindMul, dst[j][:n], x[j], y)
	}
}

func mulSecureScalar(dst, x *[4][]m31.Element, y m31.QM31, n int) {
	for i := range n {
		set(dst, i, at(x, i).Mul(y))
	}
}

func mulSecure(dst, x, y *[4][]m31.Element, n int) {
	for i := range n {
		set(dst, i, at(x, i).Mul(at(y, i)))
	}
}

func accumulateSecure(acc, x [4][]m31.Element, coeff m31.QM31, n int) {
	for i := range n {
		set(&acc, i, at(&acc, i).Add(at(&x, i).Mul(coeff)))
	}
}

func accumulateBase(acc [4][]m31.Element, x []m31.Element, coeff m31.QM31, n int) {
	for j, w := range coeff.Coords() {
		dst := acc[j][:n]
		for i := range dst {
			dst[i] = m31.Add(dst[i], m31.Mul(w, x[i]))
		}
	}
}
