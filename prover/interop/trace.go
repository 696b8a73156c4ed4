package interop

import (
	"context"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/prove"
)

// witness returns the case's trace. Where README.md speaks of rows, columns are
// stored by air.Store; where it speaks of positions, they are built as stored.
func (c Case) witness() prove.Witness {
	switch c.AIR {
	case WideFibonacci:
		return prove.Trace(fibonacciColumns(c.LogRows, c.Columns, c.Seed)...)
	case Matmul:
		return c.product()
	case RangeCheck:
		lookups, times := c.rangeColumns()
		return prove.Trace(append(lookups, times)...)
	case Bus:
		sent, received := busColumns(c.LogRows, c.Bits, c.Seed)
		return prove.Trace(append(sent, received...)...)
	case Masks:
		return prove.Trace(maskColumns(c.LogRows, c.Seed)...)
	case Assorted:
		lookups, times := c.rangeColumns()
		sent, received := busColumns(c.LogRows-1, c.Bits, c.Seed)
		var columns [][]m31.Element
		for _, part := range [][][]m31.Element{
			maskColumns(c.LogRows, c.Seed),
			lookups,
			fibonacciColumns(c.LogRows-2, c.Columns, c.Seed),
			maskColumns(c.LogRows, c.Seed+1),
			{times},
			stepColumns(c.LogRows-1, c.Seed),
			sent, received,
		} {
			columns = append(columns, part...)
		}
		return prove.Trace(columns...)
	default:
		return prove.Trace(permutationColumns(c.LogRows, c.Seed)...)
	}
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
	out := make([][]m31.Element, columns)
	for i := range out {
		out[i] = column(logRows, func(s int) m31.Element {
			switch i {
			case 0:
				return 1
			case 1:
				return m31.Element((uint64(s) + uint64(seed)) % m31.P)
			default:
				return m31.Add(m31.Square(out[i-2][s]), m31.Square(out[i-1][s]))
			}
		})
	}
	return out
}

// product is the witness of the matrix product.
func (c Case) product() prove.Witness {
	k := c.LogRows / 2
	n := 1 << k
	var a, b, product matmul.Matrix
	return func(ctx context.Context, tree int, challenges []m31.QM31) ([][]m31.Element, error) {
		switch tree {
		case matmul.TreeInput:
			a = column(c.LogRows, func(i int) m31.Element { return element(c.Seed, 0, i) })
			b = column(c.LogRows, func(i int) m31.Element { return element(c.Seed, 1, i) })
			product = column(c.LogRows, func(i int) m31.Element {
				var sum uint64 // of at most 2^10 products below 2^31 after one reduction each
				for l := range n {
					sum += uint64(m31.Mul(a[i/n*n+l], b[l*n+i%n]))
				}
				return m31.Element(sum % m31.P)
			})
			return matmul.InputColumns(ctx, 0, k, a, b)
		case matmul.TreeResult:
			return matmul.ResultColumns(ctx, 0, k, product)
		default:
			return matmul.Interaction(ctx, 0, k, a, b, product, challenges[0], challenges[1])
		}
	}
}

// rangeColumns returns the columns of values and how often the table's numbers
// stand in them.
func (c Case) rangeColumns() (lookups [][]m31.Element, times []m31.Element) {
	count := make([]m31.Element, 1<<c.Bits)
	for i := range c.Columns {
		lookups = append(lookups, column(c.LogRows, func(s int) m31.Element {
			v := word(c.Seed, uint32(i), s) % (1 << c.Bits)
			count[v]++
			return m31.Element(v)
		}))
	}
	return lookups, air.Store(count)
}

// busColumns returns the columns of the sender and of the receiver.
func busColumns(logSend, logReceive, seed uint32) (sent, received [][]m31.Element) {
	a := column(logReceive, func(s int) m31.Element { return element(seed, 0, s) })
	b := column(logReceive, func(s int) m31.Element {
		return m31.Add(m31.Mul(m31.Mul(a[s], a[s]), a[s]), 5)
	})
	times := make([]m31.Element, 1<<logReceive)
	x, y := make([]m31.Element, 1<<logSend), make([]m31.Element, 1<<logSend)
	for s := range x {
		chosen := word(seed, 1, s) % (1 << logReceive)
		x[s], y[s] = a[chosen], b[chosen]
		times[chosen]++
	}
	return [][]m31.Element{x, y}, [][]m31.Element{a, b, times}
}

func maskColumns(logRows, seed uint32) [][]m31.Element {
	n := 1 << logRows
	x, y, w := make([]m31.Element, n), make([]m31.Element, n), make([]m31.Element, n)
	x[0], x[1], y[0] = element(seed, 0, 0), element(seed, 0, 1), element(seed, 0, 2)
	w[0] = m31.Mul(x[0], y[0])
	for r := 1; r < n; r++ {
		if r+1 < n {
			x[r+1] = m31.Add(m31.Square(x[r]), x[r-1])
		}
		y[r] = m31.Add(y[r-1], x[r-1])
		w[r] = m31.Add(w[r-1], m31.Mul(x[r], y[r]))
	}
	return [][]m31.Element{air.Store(x), air.Store(y), air.Store(w)}
}

func stepColumns(logRows, seed uint32) [][]m31.Element {
	n := 1 << logRows
	u, v := make([]m31.Element, n), make([]m31.Element, n)
	u[0] = element(seed, 0, 0)
	v[0] = u[0]
	for r := 1; r < n; r++ {
		u[r] = m31.Add(m31.Square(u[r-1]), 1)
		v[r] = m31.Add(v[r-1], u[r])
	}
	return [][]m31.Element{air.Store(u), air.Store(v)}
}
