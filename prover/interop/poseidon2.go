package interop

import (
	"fmt"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/m31"
)

// The permutation of the crate's example: it serves for measuring.
const (
	stateWords     = 16
	halfFullRounds = 4
	partialRounds  = 14
	roundConstant  = 1234
	perRow         = 8
)

var states = air.Relation{Name: "states", Size: stateWords}

// arithmetic is what a permutation needs of its words.
type arithmetic[T any] struct {
	add      func(a, b T) T
	scale    func(a T, c m31.Element) T
	constant T
	// fifth returns the fifth power.
	fifth func(a T) T
}

// four applies the 4×4 matrix of eprint 2023/323, section 5.1.
func (f arithmetic[T]) four(x []T) {
	double := func(v T) T { return f.add(v, v) }
	a, b := f.add(x[0], x[1]), f.add(x[2], x[3])
	c, d := f.add(double(x[1]), b), f.add(double(x[3]), a)
	e, g := f.add(double(double(b)), d), f.add(double(double(a)), c)
	x[0], x[1], x[2], x[3] = f.add(d, g), g, f.add(c, e), e
}

// external applies circ(2·M₄, M₄, M₄, M₄).
func (f arithmetic[T]) external(s []T) {
	for i := 0; i < stateWords; i += 4 {
		f.four(s[i : i+4])
	}
	for j := range 4 {
		sum := f.add(f.add(f.add(s[j], s[j+4]), s[j+8]), s[j+12])
		for i := j; i < stateWords; i += 4 {
			s[i] = f.add(s[i], sum)
		}
	}
}

// internal applies all ones plus the diagonal 2, 4, …, 2¹⁶.
func (f arithmetic[T]) internal(s []T) {
	sum := s[0]
	for _, v := range s[1:] {
		sum = f.add(sum, v)
	}
	for i, v := range s {
		s[i] = f.add(f.scale(v, 2<<i), sum)
	}
}

func (f arithmetic[T]) permute(s []T) {
	full := func() {
		for range halfFullRounds {
			for i := range s {
				s[i] = f.add(s[i], f.constant)
			}
			f.external(s)
			for i := range s {
				s[i] = f.fifth(s[i])
			}
		}
	}
	full()
	for range partialRounds {
		s[0] = f.add(s[0], f.constant)
		f.internal(s)
		s[0] = f.fifth(s[0])
	}
	full()
}

// permutations is eight permutations to a row, each looked up as input and output.
func permutations(logRows uint32) *air.Component {
	b := air.NewBuilder("Poseidon2", air.TreeInteraction+1)
	for i := range perRow {
		input := make([]air.Expr, stateWords)
		for j := range input {
			input[j] = b.Trace(fmt.Sprintf("input %d.%d", i, j))
		}
		output := append([]air.Expr(nil), input...)
		power := 0
		arithmetic[air.Expr]{
			add:      air.Expr.Add,
			scale:    func(a air.Expr, c m31.Element) air.Expr { return a.Mul(b.Const(c)) },
			constant: b.Const(roundConstant),
			fifth: func(x air.Expr) air.Expr {
				name := fmt.Sprintf("power %d.%d", i, power)
				power++
				square, fifth := b.Trace(name+" squared"), b.Trace(name)
				b.Constrain(name+" squared", square.Sub(x.Mul(x)))
				b.Constrain(name, fifth.Sub(square.Mul(square).Mul(x)))
				return fifth
			},
		}.permute(output)
		b.Lookup(&states, b.Const(1), input...)
		b.Lookup(&states, b.Const(0).Sub(b.Const(1)), output...)
	}
	return b.Build(logRows)
}

func permutationColumns(logRows, seed uint32) [][]m31.Element {
	n := 1 << logRows
	var columns [][]m31.Element
	for i := range perRow {
		first := len(columns)
		for range stateWords + 2*(2*halfFullRounds*stateWords+partialRounds) {
			columns = append(columns, make([]m31.Element, n))
		}
		state := make([]m31.Element, stateWords)
		for s := range n {
			next := first
			put := func(v m31.Element) m31.Element {
				columns[next][s] = v
				next++
				return v
			}
			for j := range state {
				state[j] = put(m31.Element((uint64(s) + uint64(seed) + uint64(i+j)) % m31.P))
			}
			arithmetic[m31.Element]{
				add:      m31.Add,
				scale:    m31.Mul,
				constant: roundConstant,
				fifth: func(x m31.Element) m31.Element {
					square := put(m31.Square(x))
					return put(m31.Mul(m31.Square(square), x))
				},
			}.permute(state)
		}
	}
	return columns
}
