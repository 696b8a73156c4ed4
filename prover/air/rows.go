package air

import (
	"math/bits"

	"github.com/sage-network/sage-node/prover/circle"
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
		out[i] = make([]m31.Element, 1<<p.LogSize)
		for r := range out[i] {
			out[i][circle.RowPosition(r, int(p.LogSize))] = p.Value(r)
		}
	}
	return out
}
