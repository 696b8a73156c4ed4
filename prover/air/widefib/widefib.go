// Package widefib is the wide Fibonacci AIR that Stwo's benchmarks use: every
// row is a sequence of its own, column i+2 = (column i)² + (column i+1)². It
// serves comparisons with the Rust crate; no job uses it.
package widefib

import (
	"fmt"

	"github.com/sage-network/sage-node/prover/air"
)

// Trees: an empty preprocessed tree, then the trace.
const (
	TreePreprocessed = iota
	TreeTrace
	trees
)

// New returns the AIR for 2^logRows rows of the given number of columns.
func New(logRows uint32, columns int) (*air.Component, error) {
	if logRows < 1 || logRows > 24 {
		return nil, fmt.Errorf("widefib: 2^%d rows, want 2^1 to 2^24", logRows)
	}
	if columns < 3 || columns > 1024 {
		return nil, fmt.Errorf("widefib: %d columns, want 3 to 1024", columns)
	}
	b := air.NewBuilder(trees)
	x, y := b.Column(TreeTrace, 0)[0], b.Column(TreeTrace, 0)[0]
	for range columns - 2 {
		z := b.Column(TreeTrace, 0)[0]
		b.Constrain(z.Sub(x.Mul(x).Add(y.Mul(y))))
		x, y = y, z
	}
	return b.Build(logRows), nil
}
