package prove

import (
	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/m31"
)

// rowReader evaluates constraints on batches of rows; each worker has its own.
type rowReader struct {
	evaluator *air.Evaluator
	values    [][][]m31.Element
	logRows   int
	start, n  int
	sum       [4][]m31.Element
	shifted   map[place][]m31.Element // values on rows beside the batch's
}

// place is where a shifted column belongs.
type place struct{ tree, column, offset int }

func newRowReader(e *air.Evaluator, values [][][]m31.Element, logRows int) *rowReader {
	r := &rowReader{evaluator: e, values: values, logRows: logRows, shifted: map[place][]m31.Element{}}
	for j := range r.sum {
		r.sum[j] = make([]m31.Element, air.BatchRows)
	}
	return r
}

// batch evaluates the combination on n rows from start. The result holds until
// the next call.
func (r *rowReader) batch(start, n int) (sum [4][]m31.Element) {
	r.start, r.n = start, n
	for j := range sum {
		sum[j] = r.sum[j][:n]
	}
	r.evaluator.Batch(n, r.cells, sum)
	return sum
}

// cells is the evaluator's view of the columns.
func (r *rowReader) cells(tree, column, offset int) []m31.Element {
	values := r.values[tree][column]
	if offset == 0 {
		return values[r.start : r.start+r.n]
	}
	key := place{tree, column, offset}
	out := r.shifted[key]
	if out == nil {
		out = make([]m31.Element, air.BatchRows)
		r.shifted[key] = out
	}
	circle.OffsetRows(out[:r.n], values, r.start, offset, r.logRows)
	return out[:r.n]
}
