package air

import "github.com/sage-network/sage-node/prover/m31"

// opcode says what an instruction computes, on vectors over M31 or, where the
// name says so, on four coordinates at once.
type opcode uint8

const (
	opAdd         opcode = iota // dst = a + b
	opSub                       // dst = a − b
	opNeg                       // dst = −a
	opMul                       // dst = a·b
	opMulAdd                    // dst = a·b + c
	opMulSub                    // dst = c − a·b
	opAddConst                  // dst = a + weight
	opScale                     // dst = weight·a
	opAddScaled                 // dst = c + weight·a
	opMulSecure                 // dst = a·b
	opScaleSecure               // dst = weights[c]·a
	opSum                       // the sum of constraints += Σ terms, from a to b
	opSumSecure                 // the sum of constraints += weights[c]·a
)

// instruction is one step of a program, small because there are many thousands that
// are gone through for every batch of rows. dst, a, b and c are registers; dst, a and b
// of operations on secure vectors number the program's secure operands, and where there
// is no register, c numbers one of its weights.
type instruction struct {
	op           opcode
	dst, a, b, c int32
	weight       m31.Element
}

// cell names a column's cells at an offset.
type cell struct{ tree, column, offset int }

// terms are base field registers in sums, with their weights.
type terms struct {
	registers []int32
	weights   []m31.QM31
}

// constant is a register that holds one value on all rows.
type constant struct {
	register int32
	value    m31.Element
}

// program is a component's constraints as straight-line code over registers.
// The first registers alias the columns' cells, the others hold results and are used
// again once their value is no longer needed.
type program struct {
	cells     []cell // by register
	code      []instruction
	secure    [][4]int32 // registers of secure operands
	weights   []m31.QM31
	terms     terms
	constants []constant
	registers int
}

// arity returns how many of dst, a, b and c name registers, or secure operands if
// isSecure.
func (op opcode) arity() (dst, a, b, c, isSecure bool) {
	switch op {
	case opAdd, opSub, opMul:
		return true, true, true, false, false
	case opMulAdd, opMulSub:
		return true, true, true, true, false
	case opAddScaled:
		return true, true, false, true, false
	case opMulSecure:
		return true, true, true, false, true
	case opScaleSecure:
		return true, true, false, false, true
	case opSumSecure:
		return false, true, false, false, true
	case opSum:
		return false, false, false, false, false
	default: // opNeg, opAddConst, opScale
		return true, true, false, false, false
	}
}

// operands appends to buf, which is empty, the registers that the instruction writes and
// then those that it reads, and says how many the former are.
func (p *program) operands(in *instruction, buf []*int32) (all []*int32, writes int) {
	dst, a, b, c, isSecure := in.op.arity()
	add := func(r *int32) {
		if !isSecure {
			buf = append(buf, r)
			return
		}
		for j := range p.secure[*r] {
			buf = append(buf, &p.secure[*r][j])
		}
	}
	if dst {
		add(&in.dst)
	}
	writes = len(buf)
	if a {
		add(&in.a)
	}
	if b {
		add(&in.b)
	}
	if c {
		add(&in.c)
	}
	if in.op == opSum {
		for i := in.a; i < in.b; i++ {
			buf = append(buf, &p.terms.registers[i])
		}
	}
	return buf, writes
}

// allocate replaces the values of a program in which every instruction defines
// new ones by as few registers as their lifetimes allow. cells are the values of the
// columns' cells.
func (p *program) allocate(values int, cells []int32) {
	const forever = -1
	last := make([]int32, values)
	var all []*int32
	var writes int
	for i := range p.code {
		all, writes = p.operands(&p.code[i], all[:0])
		for _, r := range all[writes:] {
			last[*r] = int32(i)
		}
	}
	register := make([]int32, values)
	next := int32(0)
	permanent := func(value *int32) {
		register[*value], last[*value] = next, forever
		next++
	}
	for _, v := range cells {
		permanent(&v)
	}
	for i := range p.constants {
		permanent(&p.constants[i].register)
		p.constants[i].register = register[p.constants[i].register]
	}
	var free []int32
	for i := range p.code {
		all, writes = p.operands(&p.code[i], all[:0])
		// A base operation may overwrite its operand; a secure one, whose
		// coordinates depend on all others', may too, as a kernel reads its
		// operands' rows before it writes them.
		for _, r := range all[writes:] {
			v := *r
			*r = register[v]
			if last[v] == int32(i) {
				last[v] = forever // an operand read twice is freed once
				free = append(free, *r)
			}
		}
		for _, r := range all[:writes] {
			if len(free) > 0 {
				register[*r] = free[len(free)-1]
				free = free[:len(free)-1]
			} else {
				register[*r] = next
				next++
			}
			*r = register[*r]
		}
	}
	p.registers = int(next)
}
