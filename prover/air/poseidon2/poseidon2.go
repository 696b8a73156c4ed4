// Package poseidon2 is an AIR of Poseidon2 permutations over M31, eight to a row:
// state of 16 words, 4 + 14 + 4 rounds, fifth powers. Each permutation looks up its
// input once and its output minus once, so that other components could use it; by
// itself it claims the sum of these lookups.
//
// The permutation is that of the example that Stwo's benchmarks use. It applies the
// matrix before the power and uses one constant for all rounds: it serves for
// measuring, not for hashing. The example's constraints have degree 5, which the
// protocol of stwo 2.3.0 does not prove; here a column more for each power, its
// square, brings them to degree 3.
//
// Sources: eprint 2023/323; the example poseidon of Stwo's repository.
package poseidon2

import (
	"context"
	"fmt"
	"strings"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/m31/vector"
)

// PerRow is the number of permutations in a row.
const PerRow = 8

// Columns is the number of columns of the trace.
const Columns = PerRow * (Words + 2*powers)

// MaxLogRows bounds the size.
const MaxLogRows = 18

// Relation holds inputs and outputs.
var Relation = air.Relation{Name: "states", Size: Words}

// New returns the AIR for 2^logRows rows.
func New(logRows uint32) (*air.AIR, error) {
	if logRows < 2 || logRows > MaxLogRows {
		return nil, fmt.Errorf("poseidon2: 2^%d rows, want 2^2 to 2^%d", logRows, MaxLogRows)
	}
	return air.Compose(Component(logRows))
}

// Component returns the constraints. The columns of a permutation are its input and
// then, power by power, square and fifth power.
func Component(logRows uint32) *air.Component {
	b := air.NewBuilder("Poseidon2", air.TreeInteraction+1)
	for i := range PerRow {
		input := make([]air.Expr, Words)
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
				squared := fmt.Sprintf("power %d.%d squared", i, power)
				name := strings.TrimSuffix(squared, " squared")
				power++
				square, fifth := b.Trace(squared), b.Trace(name)
				b.Constrain(squared, square.Sub(x.Mul(x)))
				b.Constrain(name, fifth.Sub(square.Mul(square).Mul(x)))
				return fifth
			},
		}.permute(output)
		b.Lookup(&Relation, b.Const(1), input...)
		b.Lookup(&Relation, b.Const(1).Neg(), output...)
	}
	return b.Build(logRows)
}

// lanes is the number of rows that are computed side by side, and between two looks
// at the context.
const lanes = 64

// Trace returns the columns for the given inputs: word j of permutation i at stored
// position s is input(s, i, j).
func Trace(ctx context.Context, workers int, logRows uint32, input func(s, i, j int) m31.Element) ([][]m31.Element, error) {
	columns := make([][]m31.Element, Columns)
	for c := range columns {
		columns[c] = make([]m31.Element, 1<<logRows)
	}
	w := parallel.Workers(workers)
	scratches := make([]scratch, w.Count())
	n := min(lanes, 1<<logRows)
	err := parallel.For(ctx, w, 1<<logRows/n, func(worker, block int) error {
		scratches[worker].fill(columns, block*n, n, input)
		return nil
	})
	return columns, err
}

// scratch holds the intermediate values of one permutation on some rows.
type scratch struct {
	values []m31.Element
	used   int
}

// next returns a vector of n elements.
func (s *scratch) next(n int) []m31.Element {
	if s.used+n > len(s.values) {
		s.values, s.used = make([]m31.Element, max(2*len(s.values), 1<<16)), 0
	}
	s.used += n
	return s.values[s.used-n : s.used]
}

// fill computes the n rows from start.
func (s *scratch) fill(columns [][]m31.Element, start, n int, input func(s, i, j int) m31.Element) {
	next := 0
	column := func() []m31.Element {
		next++
		return columns[next-1][start : start+n]
	}
	for i := range PerRow {
		s.used = 0
		constant := s.next(n)
		vector.Fill(constant, roundConstant)
		state := make([][]m31.Element, Words)
		for j := range state {
			state[j] = column()
			for at := range state[j] {
				state[j][at] = input(start+at, i, j)
			}
		}
		arithmetic[[]m31.Element]{
			add: func(a, b []m31.Element) []m31.Element {
				sum := s.next(n)
				vector.Add(sum, a, b)
				return sum
			},
			scale: func(a []m31.Element, c m31.Element) []m31.Element {
				product := s.next(n)
				vector.Scale(product, a, c)
				return product
			},
			constant: constant,
			fifth: func(x []m31.Element) []m31.Element {
				square, fifth := column(), column()
				vector.Mul(square, x, x)
				vector.Mul(fifth, square, square)
				vector.Mul(fifth, fifth, x)
				return fifth
			},
		}.permute(state)
	}
}
