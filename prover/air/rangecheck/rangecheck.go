// Package rangecheck is an AIR that all entries of some columns are numbers below
// 2^bits: each is looked up in a table of these numbers (LogUp), which may have
// another size than the columns.
//
// The statement binds the columns by the root of the trace tree only; the AIR
// serves as a pattern and for comparison with the Rust crate.
package rangecheck

import (
	"fmt"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/m31"
)

// Relation holds the numbers that are looked up.
var Relation = air.Relation{Name: "range", Size: 1}

// Limits on sizes.
const (
	MaxLogRows = 20
	MaxColumns = 64
)

// New returns the AIR for 2^logRows rows of the given number of columns.
func New(logRows uint32, columns int, bits uint32) (*air.AIR, error) {
	if logRows < 2 || logRows > MaxLogRows || bits < 2 || bits > MaxLogRows {
		return nil, fmt.Errorf("rangecheck: 2^%d rows and a table of 2^%d, want 2^2 to 2^%d", logRows, bits, MaxLogRows)
	}
	if columns < 1 || columns > MaxColumns {
		return nil, fmt.Errorf("rangecheck: %d columns, want 1 to %d", columns, MaxColumns)
	}
	return air.Compose(Values(logRows, columns), Table(bits))
}

// Values is the component that looks every entry of its columns up, two columns to
// an interaction column.
func Values(logRows uint32, columns int) *air.Component {
	b := air.NewBuilder("values", air.TreeInteraction+1)
	for i := range columns {
		b.Lookup(&Relation, b.Const(1), b.Trace(fmt.Sprintf("v%d", i)))
	}
	return b.Build(logRows)
}

// Table is the component that offers every number below 2^bits as often as its
// column says.
func Table(bits uint32) *air.Component {
	b := air.NewBuilder("table", air.TreeInteraction+1)
	number := b.Preprocessed(fmt.Sprintf("range_%d", bits), func(row int) m31.Element { return m31.Element(row) })
	b.Lookup(&Relation, b.Trace("times").Neg(), number)
	return b.Build(bits)
}

// Times returns the table's column: how often each number stands in the columns. It
// fails if an entry is none of the table's.
func Times(columns [][]m31.Element, bits uint32) ([]m31.Element, error) {
	times := make([]m31.Element, 1<<bits)
	for i, column := range columns {
		for at, v := range column {
			if uint32(v)>>bits != 0 {
				return nil, fmt.Errorf("rangecheck: column %d holds %d at position %d, want less than 2^%d", i, v, at, bits)
			}
			times[v]++
		}
	}
	return air.Store(times), nil
}
