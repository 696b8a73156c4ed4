// Package recurrence holds components whose constraints read the rows before and
// after: one with all masks that the protocol knows, and one with those that
// components of less than the largest size may have. They serve comparison with
// the Rust crate.
package recurrence

import (
	"fmt"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/m31"
)

// ends returns the preprocessed columns that mark the first and the last row.
func ends(b *air.Builder, logRows uint32) (first, last air.Expr) {
	mark := func(name string, at int) air.Expr {
		return b.Preprocessed(fmt.Sprintf("%s_%d", name, logRows), func(row int) m31.Element {
			if row == at {
				return 1
			}
			return 0
		})
	}
	return mark("first", 0), mark("last", 1<<logRows-1)
}

// Masks is a component of three recurrences, for an AIR with so many trees:
//
//	x[+1] = x² + x[−1], but for the ends    mask [−1, 0, 1]
//	y[+1] = y + x, but for the last row     mask [0, 1]
//	w = w[−1] + x·y, w = x·y in row 0       mask [−1, 0]
func Masks(logRows uint32, trees int) *air.Component {
	b := air.NewBuilder("masks", trees)
	one := b.Const(1)
	first, last := ends(b, logRows)
	x := b.Column(air.TreeTrace, "x", -1, 0, 1)
	y := b.Column(air.TreeTrace, "y", 0, 1)
	w := b.Column(air.TreeTrace, "w", -1, 0)
	b.Constrain("x", one.Sub(first).Sub(last).Mul(x[2].Sub(x[1].Mul(x[1])).Sub(x[0])))
	b.Constrain("y", one.Sub(last).Mul(y[1].Sub(y[0]).Sub(x[1])))
	b.Constrain("w", w[1].Sub(one.Sub(first).Mul(w[0])).Sub(x[1].Mul(y[0])))
	return b.Build(logRows)
}

// MasksTrace returns the columns x, y, w that start with the given numbers.
func MasksTrace(logRows uint32, x0, x1, y0 m31.Element) [][]m31.Element {
	n := 1 << logRows
	x, y, w := make([]m31.Element, n), make([]m31.Element, n), make([]m31.Element, n)
	x[0], x[1], y[0] = x0, x1, y0
	w[0] = m31.Mul(x0, y0)
	for r := 1; r < n; r++ {
		if r+1 < n {
			x[r+1] = m31.Add(m31.Square(x[r]), x[r-1])
		}
		y[r] = m31.Add(y[r-1], x[r-1])
		w[r] = m31.Add(w[r-1], m31.Mul(x[r], y[r]))
	}
	return [][]m31.Element{air.Store(x), air.Store(y), air.Store(w)}
}

// Steps is a component of two recurrences over two rows:
//
//	u[+1] = u² + 1, but for the last row    mask [0, 1]
//	v = v[−1] + u, v = u in row 0           mask [−1, 0]
func Steps(logRows uint32, trees int) *air.Component {
	b := air.NewBuilder("steps", trees)
	one := b.Const(1)
	first, last := ends(b, logRows)
	u := b.Column(air.TreeTrace, "u", 0, 1)
	v := b.Column(air.TreeTrace, "v", -1, 0)
	b.Constrain("u", one.Sub(last).Mul(u[1].Sub(u[0].Mul(u[0])).Sub(one)))
	b.Constrain("v", v[1].Sub(one.Sub(first).Mul(v[0])).Sub(u[0]))
	return b.Build(logRows)
}

// StepsTrace returns the columns u, v that start with the given number.
func StepsTrace(logRows uint32, u0 m31.Element) [][]m31.Element {
	u, v := make([]m31.Element, 1<<logRows), make([]m31.Element, 1<<logRows)
	u[0], v[0] = u0, u0
	for r := 1; r < len(u); r++ {
		u[r] = m31.Add(m31.Square(u[r-1]), 1)
		v[r] = m31.Add(v[r-1], u[r])
	}
	return [][]m31.Element{air.Store(u), air.Store(v)}
}
