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
	if c.AIR == Matmul {
		return c.product()
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

// product is the witness of the matrix product.
func (c Case) product() prove.Witness {
	k := c.LogRows / 2
	var a, b, product matmul.Matrix
	return func(ctx context.Context, tree int, challenges []m31.QM31) (_ [][]m31.Element, err error) {
		switch tree {
		case matmul.TreeInput:
			a = column(c.LogRows, func(i int) m31.Element { return element(c.Seed, 0, i) })
			b = column(c.LogRows, func(i int) m31.Element { return element(c.Seed, 1, i) })
			if product, err = multiply(ctx, 1<<k, a, b); err != nil {
				return nil, err
			}
			return matmul.InputColumns(ctx, 0, k, a, b)
		case matmul.TreeResult:
			return matmul.ResultColumns(ctx, 0, k, product)
		default:
			return matmul.Interaction(ctx, 0, k, a, b, product, challenges[0], challenges[1])
		}
	}
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
