package recurrence_test

import (
	"testing"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/air/airtest"
	"github.com/sage-network/sage-node/prover/air/recurrence"
	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/m31"
)

const logRows = 4

func compose(t *testing.T, c *air.Component) *air.AIR {
	t.Helper()
	a, err := air.Compose(c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// add adds to a row of a stored column.
func add(column []m31.Element, row int, v m31.Element) {
	cell := &column[circle.RowPosition(row, logRows)]
	*cell = m31.Add(*cell, v)
}

func TestMasks(t *testing.T) {
	a := compose(t, recurrence.Masks(logRows, air.TreeTrace+1))
	for _, c := range []struct {
		name string
		edit func(x, y, w []m31.Element)
	}{
		{"", func(x, y, w []m31.Element) {}},
		// A wrong step to the last row, of which the other columns make the best.
		{"masks/x", func(x, y, w []m31.Element) {
			add(x, 15, 1)
			add(w, 15, y[circle.RowPosition(15, logRows)])
		}},
		{"masks/y", func(x, y, w []m31.Element) {
			add(y, 15, 1)
			add(w, 15, x[circle.RowPosition(15, logRows)])
		}},
		{"masks/w", func(x, y, w []m31.Element) { add(w, 7, 1) }},
		{"masks/w", func(x, y, w []m31.Element) { add(w, 0, 1) }},
		{"masks/w", func(x, y, w []m31.Element) { add(w, 15, 1) }},
	} {
		columns := recurrence.MasksTrace(logRows, 3, 4, 5)
		c.edit(columns[0], columns[1], columns[2])
		trees := [][][]m31.Element{nil, columns}
		if c.name == "" {
			airtest.Holds(t, a, trees)
		} else {
			airtest.ViolatesOnly(t, a, trees, c.name)
		}
	}
}

func TestSteps(t *testing.T) {
	a := compose(t, recurrence.Steps(logRows, air.TreeTrace+1))
	for _, c := range []struct {
		name string
		edit func(u, v []m31.Element)
	}{
		{"", func(u, v []m31.Element) {}},
		{"steps/u", func(u, v []m31.Element) { add(u, 15, 1); add(v, 15, 1) }},
		{"steps/v", func(u, v []m31.Element) { add(v, 0, 1) }},
		{"steps/v", func(u, v []m31.Element) { add(v, 9, 1) }},
	} {
		columns := recurrence.StepsTrace(logRows, 3)
		c.edit(columns[0], columns[1])
		trees := [][][]m31.Element{nil, columns}
		if c.name == "" {
			airtest.Holds(t, a, trees)
		} else {
			airtest.ViolatesOnly(t, a, trees, c.name)
		}
	}
}
