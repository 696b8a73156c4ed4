package air

import "github.com/sage-network/sage-node/prover/m31"

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
	nodes     [][4]operand // coordinates of the nodes' values
	uses      []int        // how many nodes and constraints read a node
	constants map[m31.Element]int32
	pending   []term // base constraints not summed yet
}

// compile translates the constraints of c, for known scalars, the composition
// coefficient and the weight of the last constraint. Expressions of constants and
// scalars alone are evaluated here.
func compile(c *Component, scalars []m31.QM31, coeff, weight m31.QM31) *program {
	k := &compiler{
		c:         c,
		p:         &program{code: make([]instruction, 0, len(c.Nodes)+len(c.Constraints))},
		nodes:     make([][4]operand, len(c.Nodes)),
		uses:      make([]int, len(c.Nodes)),
		constants: map[m31.Element]int32{},
	}
	constraints := map[int][]int{}
	for i, constraint := range c.Constraints {
		constraints[constraint.Node] = append(constraints[constraint.Node], i)
		k.uses[constraint.Node]++
	}
	for i := range c.Nodes {
		for _, arg := range c.Nodes[i].operands() {
			k.uses[arg]++
		}
	}
	powers := make([]m31.QM31, len(c.Constraints))
	for i := range powers {
		powers[len(powers)-1-i] = weight
		weight = weight.Mul(coeff)
	}
	for i := range c.Nodes {
		k.node(i, scalars)
		var weight m31.QM31
		for _, constraint := range constraints[i] {
			weight = weight.Add(powers[constraint])
		}
		if len(constraints[i]) > 0 {
			k.sum(i, weight)
		}
	}
	k.flush()
	k.p.allocate(int(k.values))
	return k.p
}

func (k *compiler) newValue() int32 {
	k.values++
	return k.values - 1
}

// emit appends a base operation and returns its result.
func (k *compiler) emit(in instruction) operand {
	in.dst[0] = k.newValue()
	k.p.code = append(k.p.code, in)
	return operand{kind: isVector, value: in.dst[0]}
}

func (k *compiler) node(i int, scalars []m31.QM31) {
	n := &k.c.Nodes[i]
	dst := &k.nodes[i]
	switch n.Kind {
	case KindColumn:
		dst[0] = k.emit(instruction{op: opCell, cell: cell{n.Tree, n.Column, n.Offset}})
	case KindConst:
		dst[0] = constOperand(n.Const)
	case KindChallenge:
		for j, w := range scalars[n.Column].Coords() {
			dst[j] = constOperand(w)
		}
	case KindCombine:
		for j, arg := range n.Args {
			k.force(&k.nodes[arg][0])
			dst[j] = k.nodes[arg][0]
		}
	case KindAdd:
		x, y := &k.nodes[n.Args[0]], &k.nodes[n.Args[1]]
		for j := range dst {
			dst[j] = k.add(&x[j], &y[j])
		}
	case KindSub:
		x, y := &k.nodes[n.Args[0]], &k.nodes[n.Args[1]]
		for j := range dst {
			dst[j] = k.sub(&x[j], &y[j])
		}
	case KindMul:
		*dst = k.mul(&k.nodes[n.Args[0]], &k.nodes[n.Args[1]])
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
		*o = k.emit(instruction{op: opMul, a: [4]int32{o.value}, b: [4]int32{o.factor}})
	case isScaled:
		*o = k.emit(instruction{op: opScale, a: [4]int32{o.value}, weight: m31.FromM31(o.weight)})
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
		return k.emit(instruction{op: opAddConst, a: [4]int32{k.vector(x)}, weight: m31.FromM31(y.weight)})
	}
	c := k.vector(y)
	switch x.kind {
	case isProduct:
		return k.emit(instruction{op: opMulAdd, a: [4]int32{x.value}, b: [4]int32{x.factor}, c: c})
	case isScaled:
		return k.emit(instruction{op: opAddScaled, a: [4]int32{x.value}, weight: m31.FromM31(x.weight), c: c})
	default:
		return k.emit(instruction{op: opAdd, a: [4]int32{x.value}, b: [4]int32{c}})
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
		return k.emit(instruction{op: opNeg, a: [4]int32{k.vector(y)}})
	}
	if y.kind == isScaled {
		return k.add(x, &operand{kind: isScaled, value: y.value, weight: m31.Neg(y.weight)})
	}
	c := k.vector(x)
	if y.kind == isProduct {
		return k.emit(instruction{op: opMulSub, a: [4]int32{y.value}, b: [4]int32{y.factor}, c: c})
	}
	return k.emit(instruction{op: opSub, a: [4]int32{c}, b: [4]int32{y.value}})
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

func (k *compiler) mul(x, y *[4]operand) (dst [4]operand) {
	if isBase(x) {
		x, y = y, x
	}
	if isBase(y) {
		for j := range dst {
			dst[j] = k.mulBase(&x[j], &y[0])
		}
		return dst
	}
	if _, ok := scalar(x); ok {
		x, y = y, x
	}
	w, byScalar := scalar(y)
	if v, ok := scalar(x); ok && byScalar {
		for j, c := range v.Mul(w).Coords() {
			dst[j] = constOperand(c)
		}
		return dst
	}
	in := instruction{op: opMulSecure, a: k.vectors(x)}
	if byScalar {
		in.op, in.weight = opScaleSecure, w
	} else {
		in.b = k.vectors(y)
	}
	for j := range dst {
		in.dst[j] = k.newValue()
		dst[j] = operand{kind: isVector, value: in.dst[j]}
	}
	k.p.code = append(k.p.code, in)
	return dst
}

func (k *compiler) vectors(x *[4]operand) (v [4]int32) {
	for j := range x {
		v[j] = k.vector(&x[j])
	}
	return v
}

// isBase reports whether all coordinates but the first are zero.
func isBase(x *[4]operand) bool { return x[1].is(0) && x[2].is(0) && x[3].is(0) }

// scalar returns the value of a node that is the same on all rows.
func scalar(x *[4]operand) (m31.QM31, bool) {
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
	x := &k.nodes[node]
	if isBase(x) {
		k.pending = append(k.pending, term{k.vector(&x[0]), weight})
		if len(k.pending) == sumTerms {
			k.flush()
		}
		return
	}
	k.p.code = append(k.p.code, instruction{op: opSumSecure, a: k.vectors(x), weight: weight})
}

func (k *compiler) flush() {
	if len(k.pending) > 0 {
		k.p.code = append(k.p.code, instruction{op: opSum, terms: k.pending})
		k.pending = nil
	}
}
