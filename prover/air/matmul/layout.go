package matmul

import (
	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/m31"
)

// A column of n² rows is stored as n/2 lines of 2n values. The rows at position t
// of all n blocks lie in one line, at every other value: block k′ at number
// q = bit_reverse(k′), counted from the front for even t and from the back, in
// another line, for odd t. So the trace is computed for many blocks at a time, in
// the order of q: what is computed at once is stored side by side.

// blockRows is the number of positions that a [reader] gathers at a time.
const blockRows = 8

// maxLanes is the number of blocks that are computed at a time.
const maxLanes = 256

// slot returns where the row at position t of the block number q is stored, and
// the step from there to the next block's.
func slot(t, q int, k uint32) (at, step int) {
	at = circle.BitReverseIndex(t>>1, int(k)-1)<<(k+1) + 2*q
	if t&1 == 1 {
		return 1<<(2*k) - 1 - at, -2
	}
	return at, 2
}

// store writes the values of the blocks from number q on, at position t.
func store(column []m31.Element, t, q int, k uint32, values []m31.Element) {
	at, step := slot(t, q, k)
	for _, v := range values {
		column[at] = v
		at += step
	}
}

// storeConstant writes a column whose value is the same in all rows of a block:
// values[q] in block number q. Its lines are equal.
func storeConstant(column []m31.Element, values []m31.Element) {
	n := len(values)
	line := column[:2*n]
	for q, v := range values {
		line[2*q], line[2*n-1-2*q] = v, v
	}
	for at := 2 * n; at < len(column); at += 2 * n {
		copy(column[at:], line)
	}
}

// reader gathers what blocks read from a matrix.
type reader struct {
	matrix Matrix
	k      uint32
	// transposed says that block k′ reads row k′ at position t, not column k′.
	transposed bool
	rows       [blockRows][]m31.Element
}

func newReader(m Matrix, k uint32, transposed bool, lanes int) *reader {
	r := &reader{matrix: m, k: k, transposed: transposed}
	for i := range r.rows {
		r.rows[i] = make([]m31.Element, lanes)
	}
	return r
}

// read returns what the blocks from number q on read at the positions t to
// t + blockRows − 1, by position. It holds until the next call.
func (r *reader) read(t, q int) *[blockRows][]m31.Element {
	for i := range r.rows[0] {
		kk := circle.BitReverseIndex(q+i, int(r.k))
		if r.transposed {
			for j, v := range r.matrix[kk<<r.k+t:][:blockRows] {
				r.rows[j][i] = v
			}
			continue
		}
		for j := range r.rows {
			r.rows[j][i] = r.matrix[(t+j)<<r.k+kk]
		}
	}
	return &r.rows
}
