package air

import (
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/m31/vector"
)

// BatchRows is the largest number of rows that an [Evaluator] takes at a time:
// small enough for all registers to stay in cache, large enough for the work of an
// instruction to outweigh its dispatch.
const BatchRows = 1024

// Cells gives an Evaluator its input: the column's values at the given offset
// for the rows of the current batch, at most BatchRows of them. The slice is
// only read, and only until the batch is done.
type Cells func(tree, column, offset int) []m31.Element

// Evaluator evaluates a component's constraints on batches of rows where the
// columns take base field values, and accumulates their random linear
// combination weight·Σ coeff^(n−1−i)·constraint_i. It is not safe for concurrent use:
// each goroutine makes its own.
type Evaluator struct {
	program   *program
	registers [][]m31.Element // the program's registers; cells alias the input
	columns   [][]m31.Element // arguments of sums, gathered for the call
}

// NewEvaluator prepares the evaluation for the component's scalars (see
// [Component.Scalars]), the composition coefficient coeff and the weight of the
// component's last constraint.
func NewEvaluator(c *Component, scalars []m31.QM31, coeff, weight m31.QM31) *Evaluator {
	if len(scalars) != c.Scalars() {
		panic("air: wrong number of challenges and sums")
	}
	return newEvaluator(compile(c, scalars, coeff, weight))
}

// Clone returns an evaluator of the same constraints for another goroutine.
func (e *Evaluator) Clone() *Evaluator { return newEvaluator(e.program) }

func newEvaluator(p *program) *Evaluator {
	e := &Evaluator{program: p, registers: make([][]m31.Element, p.registers)}
	arena := make([]m31.Element, e.Registers()*BatchRows)
	for r := len(p.cells); r < p.registers; r++ {
		e.registers[r], arena = arena[:BatchRows:BatchRows], arena[BatchRows:]
	}
	for _, c := range p.constants {
		vector.Fill(e.registers[c.register], c.value)
	}
	return e
}

// Registers returns the number of registers of BatchRows elements that the
// evaluation keeps besides its input.
func (e *Evaluator) Registers() int { return e.program.registers - len(e.program.cells) }

// Batch evaluates n ≤ BatchRows rows and writes the combination's coordinates
// to acc, whose four slices hold at least n elements. The caller divides by
// the vanishing polynomial.
func (e *Evaluator) Batch(n int, cells Cells, acc [4][]m31.Element) {
	sum := vector.Secure(acc).Slice(0, n)
	for _, coordinate := range sum {
		clear(coordinate)
	}
	for i, c := range e.program.cells {
		e.registers[i] = cells(c.tree, c.column, c.offset)[:n]
	}
	for i := range e.program.code {
		e.step(&e.program.code[i], n, sum)
	}
}

// at returns the first n elements of a register.
func (e *Evaluator) at(r int32, n int) []m31.Element { return e.registers[r][:n] }

// secure returns the first n elements of a secure operand's registers.
func (e *Evaluator) secure(operand int32, n int) vector.Secure {
	r := &e.program.secure[operand]
	return vector.Secure{e.at(r[0], n), e.at(r[1], n), e.at(r[2], n), e.at(r[3], n)}
}

func (e *Evaluator) step(in *instruction, n int, sum vector.Secure) {
	dst, a, b := in.dst, in.a, in.b
	switch in.op {
	case opAdd:
		vector.Add(e.at(dst, n), e.at(a, n), e.at(b, n))
	case opSub:
		vector.Sub(e.at(dst, n), e.at(a, n), e.at(b, n))
	case opNeg:
		vector.Neg(e.at(dst, n), e.at(a, n))
	case opMul:
		vector.Mul(e.at(dst, n), e.at(a, n), e.at(b, n))
	case opMulAdd:
		vector.MulAdd(e.at(dst, n), e.at(a, n), e.at(b, n), e.at(in.c, n))
	case opMulSub:
		vector.MulSub(e.at(dst, n), e.at(a, n), e.at(b, n), e.at(in.c, n))
	case opAddConst:
		vector.AddConst(e.at(dst, n), e.at(a, n), in.weight)
	case opScale:
		vector.Scale(e.at(dst, n), e.at(a, n), in.weight)
	case opAddScaled:
		vector.AddScaled(e.at(dst, n), e.at(in.c, n), e.at(a, n), in.weight)
	case opMulSecure:
		vector.MulSecure(e.secure(dst, n), e.secure(a, n), e.secure(b, n))
	case opScaleSecure:
		vector.ScaleSecure(e.secure(dst, n), e.secure(a, n), e.program.weights[in.c])
	case opSumSecure:
		vector.AddScaledSecure(sum, e.secure(a, n), e.program.weights[in.c])
	case opSum:
		e.columns = e.columns[:0]
		for _, r := range e.program.terms.registers[a:b] {
			e.columns = append(e.columns, e.at(r, n))
		}
		vector.AddCombination(sum, e.columns, e.program.terms.weights[a:b])
	}
}
