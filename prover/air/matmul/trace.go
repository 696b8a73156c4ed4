package matmul

import (
	"context"
	"fmt"

	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/m31"
)

// Matrix is an n×n matrix, n = 2^k, row by row.
type Matrix []m31.Element

// positions returns where the rows of block kk are stored: entry t is the place
// of row kk·n + t.
func positions(dst []int, kk int, k uint32) {
	for t := range dst {
		dst[t] = circle.RowPosition(kk<<k+t, int(2*k))
	}
}

// fill builds columns whose row kk·n + t is cell(column, kk, t), block by block.
func fill(ctx context.Context, w parallel.Workers, k uint32, columns int, cell func(column, kk, t int) m31.Element) ([][]m31.Element, error) {
	n := 1 << k
	out := make([][]m31.Element, columns)
	for c := range out {
		out[c] = make([]m31.Element, n*n)
	}
	err := parallel.For(ctx, w, n, func(_, kk int) error {
		at := make([]int, n)
		positions(at, kk, k)
		for c := range out {
			for t, pos := range at {
				out[c][pos] = cell(c, kk, t)
			}
		}
		return nil
	})
	return out, err
}

// InputColumns returns the columns of the input tree: a = A[t][k′], b = B[k′][t].
func InputColumns(ctx context.Context, workers int, k uint32, a, b Matrix) ([][]m31.Element, error) {
	if err := checkSizes(k, a, b); err != nil {
		return nil, err
	}
	return fill(ctx, parallel.Workers(workers), k, 2, func(column, kk, t int) m31.Element {
		if column == 0 {
			return a[t<<k+kk]
		}
		return b[kk<<k+t]
	})
}

// ResultColumns returns the column of the result tree: c = C[k′][t].
func ResultColumns(ctx context.Context, workers int, k uint32, c Matrix) ([][]m31.Element, error) {
	if err := checkSizes(k, c); err != nil {
		return nil, err
	}
	return fill(ctx, parallel.Workers(workers), k, 1, func(_, kk, t int) m31.Element {
		return c[kk<<k+t]
	})
}

func checkSizes(k uint32, matrices ...Matrix) error {
	if k < MinK || k > MaxK {
		return fmt.Errorf("matmul: k is %d, want %d to %d", k, MinK, MaxK)
	}
	for _, m := range matrices {
		if len(m) != 1<<(2*k) {
			return fmt.Errorf("matmul: matrix of %d entries, want 2^%d", len(m), 2*k)
		}
	}
	return nil
}

// The secure columns of the interaction tree, in order.
const (
	columnX = iota
	columnY
	columnZ
	columnU
	columnW
	secureColumns
)

// Interaction returns the columns of the interaction tree for the challenges α
// and β: x, y, z, u, w, four coordinates each.
func Interaction(ctx context.Context, workers int, k uint32, a, b, c Matrix, alpha, beta m31.QM31) ([][]m31.Element, error) {
	if err := checkSizes(k, a, b, c); err != nil {
		return nil, err
	}
	w := parallel.Workers(workers)
	n := 1 << k
	out := make([][]m31.Element, 4*secureColumns)
	for i := range out {
		out[i] = make([]m31.Element, n*n)
	}
	set := func(column, pos int, v m31.QM31) {
		for j, e := range v.Coords() {
			out[4*column+j][pos] = e
		}
	}

	// Horner's rule within each block; product and row are what the next block's
	// start absorbs.
	product, row := make([]m31.QM31, n), make([]m31.QM31, n)
	err := parallel.For(ctx, w, n, func(_, kk int) error {
		at := make([]int, n)
		positions(at, kk, k)
		var x, y, z m31.QM31
		for t, pos := range at {
			x = x.Mul(alpha).AddM31(a[t<<k+kk])
			y = y.Mul(beta).AddM31(b[kk<<k+t])
			z = z.Mul(beta).AddM31(c[kk<<k+t])
			set(columnX, pos, x)
			set(columnY, pos, y)
			set(columnZ, pos, z)
		}
		product[kk], row[kk] = x.Mul(y), z
		return nil
	})
	if err != nil {
		return nil, err
	}

	// u and w are constant within a block: the sums over the blocks before it.
	us, ws := make([]m31.QM31, n), make([]m31.QM31, n)
	for kk := 1; kk < n; kk++ {
		us[kk] = us[kk-1].Add(product[kk-1])
		ws[kk] = ws[kk-1].Mul(alpha).Add(row[kk-1])
	}
	err = parallel.For(ctx, w, n, func(_, kk int) error {
		at := make([]int, n)
		positions(at, kk, k)
		for _, pos := range at {
			set(columnU, pos, us[kk])
			set(columnW, pos, ws[kk])
		}
		return nil
	})
	return out, err
}
