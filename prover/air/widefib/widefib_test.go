package widefib_test

import (
	"testing"

	"github.com/sage-network/sage-node/prover/air/widefib"
	"github.com/sage-network/sage-node/prover/m31"
)

func TestConstraints(t *testing.T) {
	const columns = 6
	a, err := widefib.New(4, columns)
	if err != nil {
		t.Fatal(err)
	}
	c := a.Components[0]
	row := []m31.Element{1, 5}
	for i := 2; i < columns; i++ {
		row = append(row, m31.Add(m31.Square(row[i-2]), m31.Square(row[i-1])))
	}
	check := func() (failed int) {
		mask := make([][]m31.QM31, columns)
		for i, v := range row {
			mask[i] = []m31.QM31{m31.FromM31(v)}
		}
		values, err := c.EvalAtPoint([][][]m31.QM31{{}, mask}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			if !v.IsZero() {
				failed++
			}
		}
		return failed
	}
	if n := check(); n != 0 {
		t.Errorf("%d constraints fail on an honest row", n)
	}
	for i := range row {
		row[i] = m31.Add(row[i], 1)
		if check() == 0 {
			t.Errorf("column %d changed: no constraint fails", i)
		}
		row[i] = m31.Sub(row[i], 1)
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
