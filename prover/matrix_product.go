package prover

import (
	"context"
	"fmt"

	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/m31"
)

// multiplyRows is the number of rows of the product computed between two looks
// at the context, of one million multiplications each at most.
const multiplyRows = 8

// Multiply returns A·B over M31, on all processors.
func Multiply(ctx context.Context, a, b Matrix) (Matrix, error) {
	for _, m := range []struct {
		name string
		m    Matrix
	}{{"A", a}, {"B", b}} {
		if err := m.m.Validate(); err != nil {
			return Matrix{}, fmt.Errorf("matrix %s: %w", m.name, err)
		}
	}
	if a.Columns != b.Rows {
		return Matrix{}, fmt.Errorf("%w: A is %d×%d and B %d×%d: the inner sizes differ", ErrMatrix, a.Rows, a.Columns, b.Rows, b.Columns)
	}
	c := Matrix{Rows: a.Rows, Columns: b.Columns, Data: make([]uint32, a.Rows*b.Columns)}
	err := parallel.Chunks(ctx, 0, a.Rows, multiplyRows, func(_, lo, hi int) error {
		sums := make([]uint64, b.Columns)
		for i := lo; i < hi; i++ {
			clear(sums)
			for l, x := range a.Data[i*a.Columns : (i+1)*a.Columns] {
				addProducts(sums, b.Data[l*b.Columns:(l+1)*b.Columns], uint64(x))
			}
			for j, s := range sums {
				c.Data[i*c.Columns+j] = uint32(m31.Reduce(s))
			}
		}
		return nil
	})
	if err != nil {
		return Matrix{}, err
	}
	return c, nil
}

// addProducts adds x·row to sums, reduced so far that MaxSize additions cannot
// overflow: each product is below 2⁶², and after one step of reduction below 2³².
func addProducts(sums []uint64, row []uint32, x uint64) {
	row = row[:len(sums)]
	for j, y := range row {
		p := x * uint64(y)
		sums[j] += p&m31.P + p>>31
	}
}
