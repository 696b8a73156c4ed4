package interop

import (
	"context"
	"fmt"

	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/air/bus"
	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/air/poseidon2"
	"github.com/sage-network/sage-node/prover/air/rangecheck"
	"github.com/sage-network/sage-node/prover/air/recurrence"
	"github.com/sage-network/sage-node/prover/air/widefib"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/prove"
)

// witness returns the case's trace.
func (c Case) witness() prove.Witness {
	switch c.AIR {
	case Matmul:
		n := uint32(1) << (c.LogRows / 2)
		return c.products(prover.Size{Rows: n, Inner: n, Columns: n})
	case MatmulBatch:
		return c.products(c.Products...)
	}
	return func(ctx context.Context, tree int, _ []m31.QM31) ([][]m31.Element, error) {
		if tree != air.TreeTrace {
			return nil, fmt.Errorf("interop: no columns for tree %d", tree)
		}
		return c.trace(ctx)
	}
}

// trace returns the columns of the trace tree.
func (c Case) trace(ctx context.Context) ([][]m31.Element, error) {
	switch c.AIR {
	case WideFibonacci:
		return fibonacciColumns(c.LogRows, c.Columns, c.Seed), nil
	case RangeCheck:
		values := c.values()
		times, err := rangecheck.Times(values, c.Bits)
		return append(values, times), err
	case Bus:
		return busColumns(c.LogRows, c.Bits, c.Seed)
	case Masks:
		return maskColumns(c.LogRows, c.Seed), nil
	case Assorted:
		return c.assorted()
	case Poseidon2:
		return poseidon2.Trace(ctx, 0, c.LogRows, func(s, i, j int) m31.Element {
			return m31.Element((uint64(s) + uint64(c.Seed) + uint64(i+j)) % m31.P)
		})
	default:
		return nil, fmt.Errorf("interop: no AIR is named %q", c.AIR)
	}
}

func (c Case) assorted() ([][]m31.Element, error) {
	values := c.values()
	times, err := rangecheck.Times(values, c.Bits)
	if err != nil {
		return nil, err
	}
	pairs, err := busColumns(c.LogRows-1, c.Bits, c.Seed)
	if err != nil {
		return nil, err
	}
	var columns [][]m31.Element
	for _, part := range [][][]m31.Element{
		maskColumns(c.LogRows, c.Seed),
		values,
		fibonacciColumns(c.LogRows-2, c.Columns, c.Seed),
		maskColumns(c.LogRows, c.Seed+1),
		{times},
		recurrence.StepsTrace(c.LogRows-1, element(c.Seed, 0, 0)),
		pairs,
	} {
		columns = append(columns, part...)
	}
	return columns, nil
}

// column returns a column of cells by position.
func column(logRows uint32, cell func(s int) m31.Element) []m31.Element {
	out := make([]m31.Element, 1<<logRows)
	for s := range out {
		out[s] = cell(s)
	}
	return out
}

func fibonacciColumns(logRows uint32, columns int, seed uint32) [][]m31.Element {
	one := column(logRows, func(int) m31.Element { return 1 })
	ascending := column(logRows, func(s int) m31.Element { return m31.Element((uint64(s) + uint64(seed)) % m31.P) })
	return widefib.Trace(one, ascending, columns)
}

// values returns the columns that are looked up in the range.
func (c Case) values() [][]m31.Element {
	values := make([][]m31.Element, c.Columns)
	for i := range values {
		values[i] = column(c.LogRows, func(s int) m31.Element {
			return m31.Element(word(c.Seed, uint32(i), s) % (1 << c.Bits))
		})
	}
	return values
}

// busColumns returns the columns of the sender and of the receiver.
func busColumns(logSend, logReceive, seed uint32) ([][]m31.Element, error) {
	positions := make([]int, 1<<logSend)
	for s := range positions {
		positions[s] = int(word(seed, 1, s) % (1 << logReceive))
	}
	return bus.Trace(column(logReceive, func(s int) m31.Element { return element(seed, 0, s) }), positions)
}

func maskColumns(logRows, seed uint32) [][]m31.Element {
	return recurrence.MasksTrace(logRows, element(seed, 0, 0), element(seed, 0, 1), element(seed, 0, 2))
}

// products is the witness of matrix products: the columns of each tree are those of
// the products, one after the other.
func (c Case) products(sizes ...prover.Size) prove.Witness {
	k := c.LogRows / 2
	var matrices [][3]matmul.Matrix // A, B, C of each product
	return func(ctx context.Context, tree int, challenges []m31.QM31) (all [][]m31.Element, err error) {
		if tree == matmul.TreeInput {
			if matrices, err = c.matrices(ctx, sizes); err != nil {
				return nil, err
			}
		}
		for _, m := range matrices {
			var columns [][]m31.Element
			switch tree {
			case matmul.TreeInput:
				columns, err = matmul.InputColumns(ctx, 0, k, m[0], m[1])
			case matmul.TreeResult:
				columns, err = matmul.ResultColumns(ctx, 0, k, m[2])
			default:
				columns, err = matmul.Interaction(ctx, 0, k, m[0], m[1], m[2], challenges[0], challenges[1])
			}
			if err != nil {
				return nil, err
			}
			all = append(all, columns...)
		}
		return all, nil
	}
}

// matrices returns A, B and C of each product, padded.
func (c Case) matrices(ctx context.Context, sizes []prover.Size) (out [][3]matmul.Matrix, err error) {
	n := 1 << (c.LogRows / 2)
	for i, s := range sizes {
		a := c.matrix(2*i, int(s.Rows), int(s.Inner))
		b := c.matrix(2*i+1, int(s.Inner), int(s.Columns))
		product, err := multiply(ctx, n, a, b)
		if err != nil {
			return nil, err
		}
		out = append(out, [3]matmul.Matrix{a, b, product})
	}
	return out, nil
}

// Matrices returns the products of a batch without their padding.
func (c Case) Matrices(ctx context.Context) ([]prover.Product, error) {
	matrices, err := c.matrices(ctx, c.Products)
	if err != nil {
		return nil, err
	}
	cut := func(m matmul.Matrix, rows, columns uint32) prover.Matrix {
		out := prover.Matrix{Rows: int(rows), Columns: int(columns)}
		for i := range out.Rows {
			for _, v := range m[i<<(c.LogRows/2):][:columns] {
				out.Data = append(out.Data, uint32(v))
			}
		}
		return out
	}
	out := make([]prover.Product, len(matrices))
	for i, s := range c.Products {
		m := matrices[i]
		out[i] = prover.Product{A: cut(m[0], s.Rows, s.Inner), B: cut(m[1], s.Inner, s.Columns), C: cut(m[2], s.Rows, s.Columns)}
	}
	return out, nil
}

// matrix returns random entries, zero from the given row and column on.
func (c Case) matrix(stream, rows, columns int) matmul.Matrix {
	n := 1 << (c.LogRows / 2)
	return column(c.LogRows, func(i int) m31.Element {
		if i/n >= rows || i%n >= columns {
			return 0
		}
		return element(c.Seed, uint32(stream), i)
	})
}

// multiply returns the product of two n×n matrices.
func multiply(ctx context.Context, n int, a, b matmul.Matrix) (matmul.Matrix, error) {
	matrix := func(m matmul.Matrix) prover.Matrix {
		out := prover.Matrix{Rows: n, Columns: n, Data: make([]uint32, len(m))}
		for i, v := range m {
			out.Data[i] = uint32(v)
		}
		return out
	}
	c, err := prover.Multiply(ctx, matrix(a), matrix(b))
	out := make(matmul.Matrix, len(c.Data))
	for i, v := range c.Data {
		out[i] = m31.Element(v)
	}
	return out, err
}
