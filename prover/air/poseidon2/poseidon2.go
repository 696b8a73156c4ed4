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

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/m31"
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
				name := fmt.Sprintf("power %d.%d", i, power)
				power++
				square, fifth := b.Trace(name+" squared"), b.Trace(name)
				b.Constrain(name+" squared", square.Sub(x.Mul(x)))
				b.Constrain(name, fifth.Sub(square.Mul(square).Mul(x)))
				return fifth
			},
		}.permute(output)
		b.Lookup(&Relation, b.Const(1), input...)
		b.Lookup(&Relation, b.Const(1).Neg(), output...)
	}
	return b.Build(logRows)
}

// rowsPerTask is the number of rows computed between two looks at the context.
const rowsPerTask = 64

// Trace returns the columns for the given inputs: word j of permutation i at stored
// position s is input(s, i, j).
func Trace(ctx context.Context, workers int, logRows uint32, input func(s, i, j int) m31.Element) ([][]m31.Element, error) {
	columns := make([][]m31.Element, Columns)
	for c := range columns {
		columns[c] = make([]m31.Element, 1<<logRows)
	}
	err := parallel.Chunks(ctx, parallel.Workers(workers), 1<<logRows, rowsPerTask, func(_, lo, hi int) error {
		for s := lo; s < hi; s++ {
			fillRow(columns, s, input, func(_ int, square, fifth m31.Element) (m31.Element, m31.Element) { return square, fifth })
		}
		return nil
	})
	return columns, err
}

// fillRow computes the cells at position s. power may change the square and the fifth
// power with the given number, counted over the row; what follows uses the changed
// ones.
func fillRow(columns [][]m31.Element, s int, input func(s, i, j int) m31.Element,
	power func(n int, square, fifth m31.Element) (m31.Element, m31.Element)) {
	column, n := 0, 0
	put := func(v m31.Element) {
		columns[column][s] = v
		column++
	}
	var state [Words]m31.Element
	for i := range PerRow {
		for j := range state {
			state[j] = input(s, i, j)
			put(state[j])
		}
		numbers(func(x m31.Element) m31.Element {
			square := m31.Square(x)
			square, fifth := power(n, square, m31.Mul(m31.Square(square), x))
			n++
			put(square)
			put(fifth)
			return fifth
		}).permute(state[:])
	}
}
