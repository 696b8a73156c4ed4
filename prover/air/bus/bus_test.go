package bus_test

import (
	"math/rand/v2"
	"testing"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/air/airtest"
	"github.com/sage-network/sage-node/prover/air/bus"
	"github.com/sage-network/sage-node/prover/m31"
)

const (
	logSend    = 5
	logReceive = 3
)

// The columns of the trace tree.
const (
	sentA = iota
	sentB
	knownA
	knownB
	times
)

func trace(t *testing.T) (*air.AIR, [][][]m31.Element) {
	t.Helper()
	a, err := bus.New(logSend, logReceive)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	numbers := make([]m31.Element, 1<<logReceive)
	for i := range numbers {
		numbers[i] = m31.Element(r.Uint32N(m31.P))
	}
	positions := make([]int, 1<<logSend)
	for i := range positions {
		positions[i] = r.IntN(len(numbers))
	}
	columns, err := bus.Trace(numbers, positions)
	if err != nil {
		t.Fatal(err)
	}
	return a, [][][]m31.Element{nil, columns}
}

func TestHonest(t *testing.T) {
	a, columns := trace(t)
	airtest.Holds(t, a, columns)
	airtest.Balanced(t, a, columns, true)
}

func TestEachConstraint(t *testing.T) {
	// A pair that is none, sent and received.
	a, columns := trace(t)
	c := columns[air.TreeTrace]
	for i := range c[sentA] {
		if c[sentA][i] == c[knownA][0] {
			c[sentB][i] = m31.Add(c[sentB][i], 1)
		}
	}
	c[knownB][0] = m31.Add(c[knownB][0], 1)
	airtest.ViolatesOnly(t, a, columns, "receive/cube")
	airtest.Balanced(t, a, columns, true)

	a, honest := trace(t)
	airtest.ViolatesOnly(t, a, airtest.WrongSum(t, a, honest, 0, 0), "send/sum 0")
	airtest.ViolatesOnly(t, a, airtest.WrongSum(t, a, honest, 1, 0), "receive/sum 0")
}

// TestUnbalanced: what is sent and not received satisfies all constraints, and does
// not balance.
func TestUnbalanced(t *testing.T) {
	for name, column := range map[string]int{"a pair nobody knows": sentB, "another count": times, "another number": sentA} {
		a, columns := trace(t)
		cell := &columns[air.TreeTrace][column][1]
		*cell = m31.Add(*cell, 1)
		t.Run(name, func(t *testing.T) {
			airtest.Holds(t, a, columns)
			airtest.Balanced(t, a, columns, false)
		})
	}
}

func TestRefusesSizes(t *testing.T) {
	for _, s := range [][2]uint32{{1, 4}, {4, 1}, {21, 4}, {4, 21}} {
		if _, err := bus.New(s[0], s[1]); err == nil {
			t.Errorf("%v was accepted", s)
		}
	}
	for _, p := range []int{-1, 4} {
		if _, err := bus.Trace(make([]m31.Element, 4), []int{p}); err == nil {
			t.Errorf("position %d of 4 was accepted", p)
		}
	}
}
