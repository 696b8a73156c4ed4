package air

import (
	"math/bits"

	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/internal/arena"
	"github.com/sage-network/sage-node/prover/m31"
)

// Store returns the column whose rows are given, in the order in which columns
// are stored: row r at circle.RowPosition. The number of rows is a power of two,
// at least 2.
func Store(rows []m31.Element) []m31.Element {
	logSize := bits.TrailingZeros(uint(len(rows)))
	out := make([]m31.Element, len(rows))
	for r, v := range rows {
		out[circle.RowPosition(r, logSize)] = v
	}
	return out
}

// PreprocessedColumns returns the columns of tree 0, as they are stored.
func (a *AIR) PreprocessedColumns() [][]m31.Element {
	out := make([][]m31.Element, len(a.Preprocessed))
	for i, p := range a.Preprocessed {
		out[i] = heap.Elements(1 << p.LogSize)
		for at, row := range circle.StoredRows(int(p.LogSize)) {
			out[i][at] = p.Value(row)
		}
	}
	return out
}

// heap allocates columns, in huge pages where they are large.
var heap *arena.Arena

// traceReader reads the stored columns of one component.
type traceReader struct {
	column  func(tree, column int) []m31.Element
	logSize int
	shifted map[[3]int][]m31.Element
}

// cell returns a column's value in a row; rows form a cycle.
func (r *traceReader) cell(tree, column, row int) m31.Element {
	return r.column(tree, column)[circle.RowPosition(row&(1<<r.logSize-1), r.logSize)]
}

// at returns the evaluator's view of n stored rows from start. It holds until the
// next call.
func (r *traceReader) at(start, n int) Cells {
	return func(tree, column, offset int) []m31.Element {
		values := r.column(tree, column)
		if offset == 0 {
			return values[start : start+n]
		}
		if r.shifted == nil {
			r.shifted = map[[3]int][]m31.Element{}
		}
		key := [3]int{tree, column, offset}
		if r.shifted[key] == nil {
			r.shifted[key] = make([]m31.Element, BatchRows)
		}
		out := r.shifted[key][:n]
		for i := range out {
			out[i] = r.cell(tree, column, circle.PositionRow(start+i, r.logSize)+offset)
		}
		return out
	}
}
