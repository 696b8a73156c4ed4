// Package widefib is the wide Fibonacci AIR that Stwo's benchmarks use: every
// row is a sequence of its own, column i+2 = (column i)² + (column i+1)². It
// serves comparisons with the Rust crate; no job uses it.
package widefib

import (
	"fmt"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/m31/vector"
)

// New returns the AIR for 2^logRows rows of the given number of columns.
func New(logRows uint32, columns int) (*air.AIR, error) {
	if logRows < 1 || logRows > 24 {
		return nil, fmt.Errorf("widefib: 2^%d rows, want 2^1 to 2^24", logRows)
	}
	if columns < 3 || columns > 1024 {
		return nil, fmt.Errorf("widefib: %d columns, want 3 to 1024", columns)
	}
	return air.Compose(Component(logRows, columns, air.TreeTrace+1))
}

// Component returns the constraints, for an AIR of so many trees.
func Component(logRows uint32, columns, trees int) *air.Component {
	b := air.NewBuilder("wide Fibonacci", trees)
	column := func(i int) air.Expr { return b.Trace(fmt.Sprintf("f%d", i)) }
	x, y := column(0), column(1)
	for i := 2; i < columns; i++ {
		z := column(i)
		b.Constrain(fmt.Sprintf("f%d", i), z.Sub(x.Mul(x).Add(y.Mul(y))))
		x, y = y, z
	}
	return b.Build(logRows)
}

// Trace returns the columns whose first two are x and y.
func Trace(x, y []m31.Element, columns int) [][]m31.Element {
	out := [][]m31.Element{x, y}
	for i := 2; i < columns; i++ {
		z := make([]m31.Element, len(x))
		vector.Mul(z, out[i-2], out[i-2])
		vector.MulAdd(z, out[i-1], out[i-1], z)
		out = append(out, z)
	}
	return out
}
