// Package bus is an AIR of two components of different sizes that exchange pairs:
// one sends pairs (a, b), the other knows that b = a³ + 5 and receives each of its
// pairs a number of times. So all pairs that are sent satisfy the equation.
//
// It serves as a pattern of components that look each other up, and for comparison
// with the Rust crate.
package bus

import (
	"fmt"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/m31"
)

// Relation holds the pairs on the bus.
var Relation = air.Relation{Name: "pairs", Size: 2}

// MaxLogRows bounds the sizes.
const MaxLogRows = 20

// New returns the AIR for 2^logSend sent pairs and 2^logReceive different ones.
func New(logSend, logReceive uint32) (*air.AIR, error) {
	for _, n := range []uint32{logSend, logReceive} {
		if n < 2 || n > MaxLogRows {
			return nil, fmt.Errorf("bus: 2^%d rows, want 2^2 to 2^%d", n, MaxLogRows)
		}
	}
	return air.Compose(Send(logSend), Receive(logReceive))
}

// Send is the component that puts each of its rows on the bus.
func Send(logRows uint32) *air.Component {
	b := air.NewBuilder("send", air.TreeInteraction+1)
	x, y := b.Trace("a"), b.Trace("b")
	b.Lookup(&Relation, b.Const(1), x, y)
	return b.Build(logRows)
}

// Receive is the component that takes each of its rows off the bus as often as it
// says.
func Receive(logRows uint32) *air.Component {
	b := air.NewBuilder("receive", air.TreeInteraction+1)
	x, y, times := b.Trace("a"), b.Trace("b"), b.Trace("times")
	b.Constrain("cube", y.Sub(x.Mul(x).Mul(x)).Sub(b.Const(5)))
	b.Lookup(&Relation, times.Neg(), x, y)
	return b.Build(logRows)
}

// Trace returns the columns of both components: the receiver's pairs belong to the
// numbers a, and the sender sends those at the given positions.
func Trace(a []m31.Element, positions []int) ([][]m31.Element, error) {
	b, times := make([]m31.Element, len(a)), make([]m31.Element, len(a))
	for i, v := range a {
		b[i] = m31.Add(m31.Mul(m31.Square(v), v), 5)
	}
	x, y := make([]m31.Element, len(positions)), make([]m31.Element, len(positions))
	for i, p := range positions {
		if p < 0 || p >= len(a) {
			return nil, fmt.Errorf("bus: position %d of %d pairs", p, len(a))
		}
		x[i], y[i] = a[p], b[p]
		times[p]++
	}
	return [][]m31.Element{x, y, a, b, times}, nil
}
