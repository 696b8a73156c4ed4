// Package widefib is the wide Fibonacci AIR that Stwo's benchmarks use: every
// row is a sequence of its own, column i+2 = (column i)² + (column i+1)². It
// serves comparisons with the Rust crate; no job uses it.
package widefib

import (
	"fmt"

	"github.com/sage-network/sage-node/prover/air"
)

// New returns the AIR for 2^logRows rows of the given number of columns.
func New(logRows uint32, columns int) (*air.AIR, error) {
	if logRows < 1 || logRows > 24 {
		return nil, fmt.Errorf("widefib: 2^%d rows, want 2^1 to 2^24", logRows)
	}
	if columns < 3 || columns > 1024 {
		return nil, fmt.Errorf("widefib: %d columns, want 3 to 1024", columns)
	}
	b := air.NewBuilder("wide Fibonacci", air.TreeTrace+1)
	column := func(i int) air.Expr { return b.Trace(fmt.Sprintf("f%d", i)) }
	x, y := column(0), column(1)
	for i := 2; i < columns; i++ {
		z := column(i)
		b.Constrain(fmt.Sprintf("f%d", i), z.Sub(x.Mul(x).Add(y.Mul(y))))
		x, y = y, z
	}
	return air.Compose(b.Build(logRows))
}
