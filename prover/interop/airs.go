package interop

import (
	"fmt"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/air/widefib"
	"github.com/sage-network/sage-node/prover/m31"
)

// The relations of the AIRs here.
var (
	ranges = air.Relation{Name: "range", Size: 1}
	pairs  = air.Relation{Name: "pairs", Size: 2}
)

// check refuses sizes that the AIRs are not made for.
func (c Case) check() error {
	if c.LogRows < 4 || c.LogRows > 20 {
		return fmt.Errorf("interop: 2^%d rows, want 2^4 to 2^20", c.LogRows)
	}
	if c.Config.LogBlowup > 5 {
		return fmt.Errorf("interop: blowup 2^%d, want 2 to 2^5", c.Config.LogBlowup)
	}
	switch c.AIR {
	case RangeCheck, Bus, Assorted:
		if c.Bits < 4 || c.Bits > 20 {
			return fmt.Errorf("interop: %d bits, want 4 to 20", c.Bits)
		}
	}
	switch {
	case c.AIR == RangeCheck && (c.Columns < 1 || c.Columns > 64):
		return fmt.Errorf("interop: %d columns, want 1 to 64", c.Columns)
	case c.AIR == Assorted && (c.LogRows < 6 || c.Bits > c.LogRows || c.Columns < 3 || c.Columns > 64):
		return fmt.Errorf("interop: 2^%d rows, %d bits, %d columns; want at least 2^6 rows, not more bits than 2^rows, 3 to 64 columns",
			c.LogRows, c.Bits, c.Columns)
	case c.AIR == Matmul && c.LogRows%2 != 0:
		return fmt.Errorf("interop: 2^%d rows, want an even power for square matrices", c.LogRows)
	}
	return nil
}

// Constraints returns the case's AIR.
func (c Case) Constraints() (*air.AIR, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	switch c.AIR {
	case WideFibonacci:
		return widefib.New(c.LogRows, c.Columns)
	case Matmul:
		return matmul.New(c.LogRows / 2)
	case RangeCheck:
		return air.Compose(values(c.LogRows, c.Columns), table(c.Bits))
	case Bus:
		return air.Compose(send(c.LogRows), receive(c.Bits))
	case Masks:
		return air.Compose(masks(c.LogRows, air.TreeTrace+1))
	case Assorted:
		m := masks(c.LogRows, air.TreeInteraction+1)
		return air.Compose(m, values(c.LogRows, c.Columns), fibonacci(c.LogRows-2, c.Columns), m,
			table(c.Bits), steps(c.LogRows-1), send(c.LogRows-1), receive(c.Bits))
	case Poseidon2:
		return air.Compose(permutations(c.LogRows))
	default:
		return nil, fmt.Errorf("interop: no AIR is named %q", c.AIR)
	}
}

// values looks every column up in the range.
func values(logRows uint32, columns int) *air.Component {
	b := air.NewBuilder("values", air.TreeInteraction+1)
	for i := range columns {
		b.Lookup(&ranges, b.Const(1), b.Trace(fmt.Sprintf("v%d", i)))
	}
	return b.Build(logRows)
}

// table offers every number below 2^bits, each as often as it is looked up.
func table(bits uint32) *air.Component {
	b := air.NewBuilder("table", air.TreeInteraction+1)
	value := b.Preprocessed(fmt.Sprintf("range_%d", bits), func(row int) m31.Element { return m31.Element(row) })
	b.Lookup(&ranges, b.Const(0).Sub(b.Trace("times")), value)
	return b.Build(bits)
}

// send puts each of its rows on the bus.
func send(logRows uint32) *air.Component {
	b := air.NewBuilder("send", air.TreeInteraction+1)
	x, y := b.Trace("a"), b.Trace("b")
	b.Lookup(&pairs, b.Const(1), x, y)
	return b.Build(logRows)
}

// receive takes each of its rows off the bus as often as it says, and knows that
// b = a³ + 5.
func receive(logRows uint32) *air.Component {
	b := air.NewBuilder("receive", air.TreeInteraction+1)
	x, y, times := b.Trace("a"), b.Trace("b"), b.Trace("times")
	b.Constrain("cube", y.Sub(x.Mul(x).Mul(x)).Sub(b.Const(5)))
	b.Lookup(&pairs, b.Const(0).Sub(times), x, y)
	return b.Build(logRows)
}

// ends returns the columns that mark the first and the last row.
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

// masks are recurrences that read the rows before and after.
func masks(logRows uint32, trees int) *air.Component {
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

// steps are recurrences over two rows, which shorter components may have.
func steps(logRows uint32) *air.Component {
	b := air.NewBuilder("steps", air.TreeInteraction+1)
	one := b.Const(1)
	first, last := ends(b, logRows)
	u := b.Column(air.TreeTrace, "u", 0, 1)
	v := b.Column(air.TreeTrace, "v", -1, 0)
	b.Constrain("u", one.Sub(last).Mul(u[1].Sub(u[0].Mul(u[0])).Sub(one)))
	b.Constrain("v", v[1].Sub(one.Sub(first).Mul(v[0])).Sub(u[0]))
	return b.Build(logRows)
}

// fibonacci is the wide Fibonacci AIR as a component among others.
func fibonacci(logRows uint32, columns int) *air.Component {
	b := air.NewBuilder("fibonacci", air.TreeInteraction+1)
	x, y := b.Trace("f0"), b.Trace("f1")
	for i := 2; i < columns; i++ {
		z := b.Trace(fmt.Sprintf("f%d", i))
		b.Constrain(fmt.Sprintf("f%d", i), z.Sub(x.Mul(x).Add(y.Mul(y))))
		x, y = y, z
	}
	return b.Build(logRows)
}
