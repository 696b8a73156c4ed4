package air

import "github.com/sage-network/sage-node/prover/m31"

// opcode says what an instruction computes, on vectors over M31 or, where the
// name says so, on four coordinates at once.
type opcode uint8

const (
	opCell        opcode = iota // dst = a column's cells
	opAdd                       // dst = a + b
	opSub                       // dst = a − b
	opNeg                       // dst = −a
	opMul                       // dst = a·b
	opMulAdd                    // dst = a·b + c
	opMulSub                    // dst = c − a·b
	opAddConst                  // dst = a + weight
	opScale                     // dst = weight·a
	opAddScaled                 // dst = c + weight·a
	opMulSecure                 // dst = a·b
	opScaleSecure               // dst = weight·a
	opSum                       // the sum of constraints += Σ terms
	opSumSecure                 // the sum of constraints += weight·a
)

// instruction is one step of a program. Base operations use element 0 of dst, a
// and b.
type instruction struct {
	op        opcode
	dst, a, b [4]int32
	c         int32
	weight    m31.QM31
	cell      cell
	terms     []term
}

// cell names a column's cells at an offset.
type cell struct{ tree, column, offset int }

// term is a base field register in a sum, with its weight.
type term struct {
	register int32
	weight   m31.QM31
}

// constant is a register that holds one value on all rows.
type constant struct {
	register int32
	value    m31.Element
}

// program is a component's constraints as straight-line code over registers.
// Registers below inputs alias columns, the others hold results and are used
// again once their value is no longer needed.
type program struct {
	code              []instruction
	constants         []constant
	inputs, registers int
}

// arity returns how many registers dst, a and b name, and whether c names one.
func (op opcode) arity() (dst, a, b int, c bool) {
	switch op {
	case opCell:
		return 1, 0, 0, false
	case opAdd, opSub, opMul:
		return 1, 1, 1, false
	case opMulAdd, opMulSub:
		return 1, 1, 1, true
	case opAddScaled:
		return 1, 1, 0, true
	case opMulSecure:
		return 4, 4, 4, false
	case opScaleSecure:
		return 4, 4, 0, false
	case opSumSecure:
		return 0, 4, 0, false
	case opSum:
		return 0, 0, 0, false
	default: // opNeg, opAddConst, opScale
		return 1, 1, 0, false
	}
}

// reads calls f with every register that the instruction reads.
func (in *instruction) reads(f func(r *int32)) {
	_, a, b, c := in.op.arity()
	for i := range a {
		f(&in.a[i])
	}
	for i := range b {
		f(&in.b[i])
	}
	if c {
		f(&in.c)
	}
	for i := range in.terms {
		f(&in.terms[i].register)
	}
}

// allocate replaces the values of a program in which every instruction defines
// new ones by as few registers as their lifetimes allow.
func (p *program) allocate(values int) {
	last := make([]int, values)
	for i := range p.code {
		p.code[i].reads(func(r *int32) { last[*r] = i })
	}
	register := make([]int32, values)
	inputs := int32(0)
	for i := range p.code {
		if in := &p.code[i]; in.op == opCell {
			register[in.dst[0]] = inputs
			inputs++
		}
	}
	next := inputs
	permanent := map[int32]bool{}
	for i, c := range p.constants {
		register[c.register] = next
		permanent[c.register] = true
		p.constants[i].register = next
		next++
	}
	var free, dead []int32
	for i := range p.code {
		in := &p.code[i]
		// A base operation may overwrite its operand; a secure one, whose
		// coordinates depend on all others', may too, as a kernel reads its
		// operands' rows before it writes them.
		dead = dead[:0]
		in.reads(func(r *int32) {
			v := *r
			*r = register[v]
			if last[v] == i && *r >= inputs && !permanent[v] {
				last[v] = -1 // an operand read twice is freed once
				dead = append(dead, *r)
			}
		})
		free = append(free, dead...)
		if in.op == opCell {
			in.dst[0] = register[in.dst[0]]
			continue
		}
		n, _, _, _ := in.op.arity()
		for j := range n {
			v := in.dst[j]
			if len(free) > 0 {
				register[v] = free[len(free)-1]
				free = free[:len(free)-1]
			} else {
				register[v] = next
				next++
			}
			in.dst[j] = register[v]
		}
	}
	p.inputs, p.registers = int(inputs), int(next)
}
