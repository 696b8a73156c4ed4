package rangecheck_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/air/airtest"
	"github.com/sage-network/sage-node/prover/air/rangecheck"
	"github.com/sage-network/sage-node/prover/m31"
)

const (
	logRows = 5
	columns = 5
	bits    = 3
)

// trace returns honest columns.
func trace(t *testing.T) (*air.AIR, [][][]m31.Element) {
	t.Helper()
	a, err := rangecheck.New(logRows, columns, bits)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	values := make([][]m31.Element, columns)
	for i := range values {
		values[i] = make([]m31.Element, 1<<logRows)
		for s := range values[i] {
			values[i][s] = m31.Element(r.Uint32N(1 << bits))
		}
	}
	times, err := rangecheck.Times(values, bits)
	if err != nil {
		t.Fatal(err)
	}
	return a, [][][]m31.Element{nil, append(values, times)}
}

func TestHonest(t *testing.T) {
	a, columns := trace(t)
	airtest.Holds(t, a, columns)
	airtest.Balanced(t, a, columns, true)
}

func TestEachConstraint(t *testing.T) {
	a, honest := trace(t)
	for i := range (columns + 1) / 2 {
		airtest.ViolatesOnly(t, a, airtest.WrongSum(t, a, honest, 0, i), fmt.Sprintf("values/sum %d", i))
	}
	airtest.ViolatesOnly(t, a, airtest.WrongSum(t, a, honest, 1, 0), "table/sum 0")
}

// TestOutOfRange: a number beyond the table satisfies all constraints, but nothing
// balances its lookup.
func TestOutOfRange(t *testing.T) {
	for _, v := range []m31.Element{1 << bits, m31.P - 1} {
		a, columns := trace(t)
		columns[air.TreeTrace][2][7] = v
		airtest.Holds(t, a, columns)
		airtest.Balanced(t, a, columns, false)
		if _, err := rangecheck.Times(columns[air.TreeTrace][:1], bits); err != nil {
			t.Error(err)
		}
		if _, err := rangecheck.Times(columns[air.TreeTrace], bits); err == nil {
			t.Errorf("%d was counted", v)
		}
	}
}

func TestWrongCount(t *testing.T) {
	a, columns := trace(t)
	times := columns[air.TreeTrace][5]
	times[3] = m31.Add(times[3], 1)
	airtest.Holds(t, a, columns)
	airtest.Balanced(t, a, columns, false)
}

func TestNewRefuses(t *testing.T) {
	for _, s := range []struct {
		logRows uint32
		columns int
		bits    uint32
	}{{1, 3, 4}, {21, 3, 4}, {4, 0, 4}, {4, 65, 4}, {4, -1, 4}, {4, 3, 1}, {4, 3, 21}} {
		if _, err := rangecheck.New(s.logRows, s.columns, s.bits); err == nil {
			t.Errorf("%+v was accepted", s)
		}
	}
}
