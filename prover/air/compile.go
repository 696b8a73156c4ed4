package air

import (
	"slices"

	"github.com/sage-network/sage-node/prover/m31"
)

// sumTerms is the number of base field constraints that are summed at a time, so
// that the sum's coordinates are read and written once for all of them.
const sumTerms = 16

// operand is one coordinate of a node's value: a constant, a value that an
// instruction defines, or a product that waits for the addition it can be
// fused with.
type operand struct {
	kind   operandKind
	value  int32       // of a vector; the first factor of a product
	factor int32       // the second factor of a product
	weight m31.Element // of a constant; the factor of a scaled vector
}

type operandKind uint8

const (
	isConst   operandKind = iota // weight
	isVector                     // value
	isProduct                    // value·factor
	isScaled                     // weight·value
)

func constOperand(w m31.Element) operand { return operand{weight: w} }

func (o operand) is(w m31.Element) bool { return o.kind == isConst && o.weight == w }

// compiler translates a component's graph into a program.
type compiler struct {
	c         *Component
	p         *program
	values    int32
	cells     []int32   // the values of the program's cells
	operands  []operand // coordinates of the nodes' values: one, or four of secure ones
	start     []int32   // of a node's coordinates
	uses      []int32   // how many nodes and constraints read a node
	constants map[m31.Element]int32
	pending   int32 // base constraints not summed yet, the last of the terms
}

// compile translates the constraints of c, for known scalars, the composition
// coefficient and the weight of the last constraint. Expressions of constants and
// scalars alone are evaluated here.
func compile(c *Component, scalars []m31.QM31, coeff, weight m31.QM31) *program {
	k := &compiler{
		c:         c,
		p:         &program{code: make([]instruction, 0, len(c.Nodes)+len(c.Constraints))},
		start:     make([]int32, len(c.Nodes)+1),
		uses:      make([]int32, len(c.Nodes)),
		constants: map[m31.Element]int32{},
	}
	for i := range c.Nodes {
		k.start[i+1] = k.start[i] + 1
		if c.Nodes[i].Secure {
			k.start[i+1] += 3
		}
	}
	k.operands = make([]operand, k.start[len(c.Nodes)])
	for i := range c.Nodes {
		for _, arg := range c.Nodes[i].operands() {
			k.uses[arg]++
		}
	}
	// Constraints on one node are one with the sum of their weights.
	weightOf := make([]int32, len(c.Nodes)) // plus one; 0 without a constraint
	weights := make([]m31.QM31, 0, len(c.Constraints))
	for _, constraint := range slices.Backward(c.Constraints) {
		n := constraint.Node
		k.uses[n]++
		if weightOf[n] == 0 {
			weights = append(weights, m31.QM31{})
			weightOf[n] = int32(len(weights))
		}
		w := &weights[weightOf[n]-1]
		*w = w.Add(weight)
		weight = weight.Mul(coeff)
	}
	for i := range c.Nodes {
		k.node(i, scalars)
		if w := weightOf[i]; w > 0 {
			k.sum(i, weights[w-1])
		}
	}
	k.flush()
	k.p.allocate(int(k.values), k.cells)
	return k.p
}

func (k *compiler) newValue() int32 {
	k.values++
	return k.values - 1
}

// emit appends a base operation and returns its result.
func (k *compiler) emit(in instruction) operand {
	in.dst = k.newValue()
	k.p.code = append(k.p.code, in)
	return operand{kind: isVector, value: in.dst}
}

// secure adds a secure operand to the program.
func (k *compiler) secure(values [4]int32) int32 {
	k.p.secure = append(k.p.secure, values)
	return int32(len(k.p.secure) - 1)
}

// weight adds a weight to the program.
func (k *compiler) weight(w m31.QM31) int32 {
	k.p.weights = append(k.p.weights, w)
	return int32(len(k.p.weights) - 1)
}

// at returns a node's coordinates.
func (k *compiler) at(node int32) []operand { return k.operands[k.start[node]:k.start[node+1]] }

// coordinate returns coordinate j, which is zero if the node is over the base field.
func coordinate(x []operand, j int) *operand {
	if j < len(x) {
		return &x[j]
	}
	return new(operand)
}

func (k *compiler) node(i int, scalars []m31.QM31) {
	n, dst := &k.c.Nodes[i], k.at(int32(i))
	switch n.Kind {
	case KindColumn:
		dst[0] = operand{kind: isVector, value: k.newValue()}
		k.p.cells = append(k.p.cells, n.cell())
		k.cells = append(k.cells, dst[0].value)
	case KindConst:
		dst[0] = constOperand(n.Const)
	case KindChallenge:
		for j, w := range scalars[n.Column].Coords() {
			dst[j] = constOperand(w)
		}
	case KindCombine:
		for j, arg := range n.Args {
			x := k.at(arg)
			k.force(&x[0])
			dst[j] = x[0]
		}
	case KindAdd:
		x, y := k.at(n.Args[0]), k.at(n.Args[1])
		for j := range dst {
			dst[j] = k.add(coordinate(x, j), coordinate(y, j))
		}
	case KindSub:
		x, y := k.at(n.Args[0]), k.at(n.Args[1])
		for j := range dst {
			dst[j] = k.sub(coordinate(x, j), coordinate(y, j))
		}
	case KindMul:
		x, y := k.at(n.Args[0]), k.at(n.Args[1])
		if n.Secure {
			k.mul(dst, x, y)
		} else {
			dst[0] = k.mulBase(&x[0], &y[0])
		}
		if k.uses[i] != 1 {
			for j := range dst {
				k.force(&dst[j])
			}
		}
	}
}

// force turns a product that waits into a vector.
func (k *compiler) force(o *operand) {
	switch o.kind {
	case isProduct:
		*o = k.emit(instruction{op: opMul, a: o.value, b: o.factor})
	case isScaled:
		*o = k.emit(instruction{op: opScale, a: o.value, weight: o.weight})
	}
}

// vector returns the operand as a value that an instruction may read.
func (k *compiler) vector(o *operand) int32 {
	k.force(o)
	if o.kind == isVector {
		return o.value
	}
	v, ok := k.constants[o.weight]
	if !ok {
		v = k.newValue()
		k.constants[o.weight] = v
		k.p.constants = append(k.p.constants, constant{v, o.weight})
	}
	return v
}

func (k *compiler) add(x, y *operand) operand {
	if x.kind == isConst || x.kind == isVector && y.kind > isVector {
		x, y = y, x // constants come second, products first
	}
	switch {
	case x.kind == isConst:
		return constOperand(m31.Add(x.weight, y.weight))
	case y.is(0):
		return *x
	case y.kind == isConst:
		return k.emit(instruction{op: opAddConst, a: k.vector(x), weight: y.weight})
	}
	c := k.vector(y)
	switch x.kind {
	case isProduct:
		return k.emit(instruction{op: opMulAdd, a: x.value, b: x.factor, c: c})
	case isScaled:
		return k.emit(instruction{op: opAddScaled, a: x.value, weight: x.weight, c: c})
	default:
		return k.emit(instruction{op: opAdd, a: x.value, b: c})
	}
}

func (k *compiler) sub(x, y *operand) operand {
	if y.kind == isConst {
		return k.add(x, &operand{weight: m31.Neg(y.weight)})
	}
	if x.is(0) {
		if y.kind == isScaled {
			return operand{kind: isScaled, value: y.value, weight: m31.Neg(y.weight)}
		}
		return k.emit(instruction{op: opNeg, a: k.vector(y)})
	}
	if y.kind == isScaled {
		return k.add(x, &operand{kind: isScaled, value: y.value, weight: m31.Neg(y.weight)})
	}
	c := k.vector(x)
	if y.kind == isProduct {
		return k.emit(instruction{op: opMulSub, a: y.value, b: y.factor, c: c})
	}
	return k.emit(instruction{op: opSub, a: c, b: y.value})
}

// mulBase returns x·y, where possible as a product that waits.
func (k *compiler) mulBase(x, y *operand) operand {
	if x.kind == isConst {
		x, y = y, x
	}
	switch {
	case x.kind == isConst:
		return constOperand(m31.Mul(x.weight, y.weight))
	case y.is(0):
		return constOperand(0)
	case y.is(1):
		return *x
	case y.kind == isConst:
		return operand{kind: isScaled, value: k.vector(x), weight: y.weight}
	default:
		return operand{kind: isProduct, value: k.vector(x), factor: k.vector(y)}
	}
}

// mul sets the coordinates of a secure product.
func (k *compiler) mul(dst, x, y []operand) {
	if isBase(x) {
		x, y = y, x
	}
	if isBase(y) {
		for j := range dst {
			dst[j] = k.mulBase(coordinate(x, j), &y[0])
		}
		return
	}
	if _, ok := scalar(x); ok {
		x, y = y, x
	}
	w, byScalar := scalar(y)
	if v, ok := scalar(x); ok && byScalar {
		for j, c := range v.Mul(w).Coords() {
			dst[j] = constOperand(c)
		}
		return
	}
	in := instruction{op: opMulSecure, a: k.secure(k.vectors(x))}
	if byScalar {
		in.op, in.c = opScaleSecure, k.weight(w)
	} else {
		in.b = k.secure(k.vectors(y))
	}
	var values [4]int32
	for j := range dst {
		values[j] = k.newValue()
		dst[j] = operand{kind: isVector, value: values[j]}
	}
	in.dst = k.secure(values)
	k.p.code = append(k.p.code, in)
}

func (k *compiler) vectors(x []operand) (v [4]int32) {
	for j := range x {
		v[j] = k.vector(&x[j])
	}
	return v
}

// isBase reports whether all coordinates but the first are zero.
func isBase(x []operand) bool { return len(x) == 1 || x[1].is(0) && x[2].is(0) && x[3].is(0) }

// scalar returns the value of a secure node that is the same on all rows.
func scalar(x []operand) (m31.QM31, bool) {
	var w [4]m31.Element
	for j, o := range x {
		if o.kind != isConst {
			return m31.QM31{}, false
		}
		w[j] = o.weight
	}
	return m31.FromCoords(w), true
}

// sum adds weight times the node to the sum of the constraints.
func (k *compiler) sum(node int, weight m31.QM31) {
	x := k.at(int32(node))
	if isBase(x) {
		t := &k.p.terms
		t.registers = append(t.registers, k.vector(&x[0]))
		t.weights = append(t.weights, weight)
		if k.pending++; k.pending == sumTerms {
			k.flush()
		}
		return
	}
	k.p.code = append(k.p.code, instruction{op: opSumSecure, a: k.secure(k.vectors(x)), c: k.weight(weight)})
}

func (k *compiler) flush() {
	if k.pending > 0 {
		end := int32(len(k.p.terms.registers))
		k.p.code = append(k.p.code, instruction{op: opSum, a: end - k.pending, b: end})
		k.pending = 0
	}
}
