package matmul

import (
	"context"
	"fmt"

	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/internal/arena"
	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/m31/vector"
)

// Matrix is an n×n matrix, n = 2^k, row by row.
type Matrix []m31.Element

// forLanes calls f for the numbers q to q + lanes − 1 of all blocks.
func forLanes(ctx context.Context, w parallel.Workers, k uint32, f func(q, lanes int) error) error {
	return parallel.Chunks(ctx, w, 1<<k, min(maxLanes, 1<<k), func(_, lo, hi int) error { return f(lo, hi-lo) })
}

// heap allocates columns, in huge pages where they are large: a proof goes through
// them again and again.
var heap *arena.Arena

// newColumns returns columns to be written.
func newColumns(n int, k uint32) [][]m31.Element {
	out := make([][]m31.Element, n)
	for i := range out {
		out[i] = heap.Elements(1 << (2 * k))
	}
	return out
}

// entries writes columns that hold what blocks read of matrices.
func entries(ctx context.Context, workers int, k uint32, matrices []Matrix, transposed []bool) ([][]m31.Element, error) {
	if err := checkSizes(k, matrices...); err != nil {
		return nil, err
	}
	out := newColumns(len(matrices), k)
	err := forLanes(ctx, parallel.Workers(workers), k, func(q, lanes int) error {
		for i, m := range matrices {
			if err := ctx.Err(); err != nil {
				return err
			}
			r := newReader(m, k, transposed[i], lanes)
			for t := 0; t < 1<<k; t += blockRows {
				for j, values := range r.read(t, q) {
					store(out[i], t+j, q, k, values)
				}
			}
		}
		return nil
	})
	return out, err
}

// InputColumns returns the columns of the input tree: a = A[t][k′], b = B[k′][t].
func InputColumns(ctx context.Context, workers int, k uint32, a, b Matrix) ([][]m31.Element, error) {
	return entries(ctx, workers, k, []Matrix{a, b}, []bool{false, true})
}

// ResultColumns returns the column of the result tree: c = C[k′][t].
func ResultColumns(ctx context.Context, workers int, k uint32, c Matrix) ([][]m31.Element, error) {
	return entries(ctx, workers, k, []Matrix{c}, []bool{true})
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
	out := newColumns(4*secureColumns, k)

	// Horner's rule within each block; product and row, by the block's number, are
	// what the next block's start absorbs.
	product, row := vector.MakeSecure(n), vector.MakeSecure(n)
	err := forLanes(ctx, w, k, func(q, lanes int) error {
		ra, rb, rc := newReader(a, k, false, lanes), newReader(b, k, true, lanes), newReader(c, k, true, lanes)
		x, y, z := vector.MakeSecure(lanes), vector.MakeSecure(lanes), vector.MakeSecure(lanes)
		horner := func(column int, sum vector.Secure, by m31.QM31, t int, values []m31.Element) {
			vector.ScaleSecure(sum, sum, by)
			vector.Add(sum[0], sum[0], values)
			for j, v := range sum {
				store(out[4*column+j], t, q, k, v)
			}
		}
		for t := 0; t < n; t += blockRows {
			if err := ctx.Err(); err != nil {
				return err
			}
			as, bs, cs := ra.read(t, q), rb.read(t, q), rc.read(t, q)
			for j := range blockRows {
				horner(columnX, x, alpha, t+j, as[j])
				horner(columnY, y, beta, t+j, bs[j])
				horner(columnZ, z, beta, t+j, cs[j])
			}
		}
		vector.MulSecure(product.Slice(q, q+lanes), x, y)
		for j, v := range z {
			copy(row[j][q:], v)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}

	// u and w are constant within a block: the sums over the blocks before it.
	us, ws := vector.MakeSecure(n), vector.MakeSecure(n)
	for kk := 1; kk < n; kk++ {
		q, before := circle.BitReverseIndex(kk, int(k)), circle.BitReverseIndex(kk-1, int(k))
		us.Set(q, us.At(before).Add(product.At(before)))
		ws.Set(q, ws.At(before).Mul(alpha).Add(row.At(before)))
	}
	err = parallel.For(ctx, w, 8, func(_, i int) error {
		if j := i % 4; i < 4 {
			storeConstant(out[4*columnU+j], us[j])
		} else {
			storeConstant(out[4*columnW+j], ws[j])
		}
		return nil
	})
	return out, err
}
