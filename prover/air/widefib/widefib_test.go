package widefib_test

import (
	"fmt"
	"testing"

	"github.com/sage-network/sage-node/prover/air/airtest"
	"github.com/sage-network/sage-node/prover/air/widefib"
	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/m31"
)

// TestEachConstraint: row i of the trace computes column i wrongly and everything
// after it from the wrong one. There only the column's own constraint fails.
func TestEachConstraint(t *testing.T) {
	const logRows, columns = 3, 8
	a, err := widefib.New(logRows, columns)
	if err != nil {
		t.Fatal(err)
	}
	x, y := make([]m31.Element, 1<<logRows), make([]m31.Element, 1<<logRows)
	for i := range x {
		x[i], y[i] = m31.Element(i), m31.Element(5*i+1)
	}
	trace := widefib.Trace(x, y, columns)
	for i := 2; i < columns; i++ {
		s := circle.RowPosition(i, logRows)
		trace[i][s] = m31.Add(trace[i][s], 1)
		for j := i + 1; j < columns; j++ {
			trace[j][s] = m31.Add(m31.Square(trace[j-2][s]), m31.Square(trace[j-1][s]))
		}
	}
	found, err := a.Violations([][][]m31.Element{nil, trace}, airtest.Challenges(a), columns+1)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != columns-2 {
		t.Errorf("%d violations, want %d", len(found), columns-2)
	}
	for i, v := range found {
		if v.Row != i+2 || v.Constraint != fmt.Sprintf("f%d", i+2) {
			t.Errorf("row %d: %s fails", v.Row, v.Constraint)
		}
	}
}

func TestNewRefusesSizes(t *testing.T) {
	for _, s := range []struct {
		logRows uint32
		columns int
	}{{0, 10}, {25, 10}, {1 << 31, 10}, {8, 2}, {8, 1025}, {8, -1}} {
		if _, err := widefib.New(s.logRows, s.columns); err == nil {
			t.Errorf("2^%d rows of %d columns were accepted", s.logRows, s.columns)
		}
	}
}
