package air_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/m31"
)

// TestInteractionByDefinition recomputes columns and claimed sum row by row.
func TestInteractionByDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		logSize := rapid.Uint32Range(1, 5).Draw(t, "log size")
		lookups := rapid.IntRange(1, 5).Draw(t, "lookups")
		perColumn := rapid.IntRange(1, 2).Draw(t, "per column")
		c := component("c", logSize, func(b *air.Builder) {
			b.LookupsPerColumn(perColumn)
			x := b.Column(air.TreeTrace, "x", -1, 0)
			y, m := b.Trace("y"), b.Trace("m")
			for i := range lookups {
				// tuples (x[−1] + i, y) with multiplicity m
				b.Lookup(&pairs, m, x[0].Add(b.Const(m31.Element(i))), y)
			}
		})
		a, err := air.Compose(c)
		if err != nil {
			t.Fatal(err)
		}
		n := 1 << logSize
		rows := make([][]m31.Element, 3)
		stored := make([][]m31.Element, 3)
		for i := range rows {
			rows[i] = rapid.SliceOfN(element(), n, n).Draw(t, "column")
			stored[i] = air.Store(rows[i])
		}
		z, alpha := secure().Draw(t, "z"), secure().Draw(t, "alpha")
		denominator := func(row, i int) m31.QM31 {
			v := m31.FromM31(m31.Add(rows[0][(row+n-1)%n], m31.Element(i)))
			return v.Add(alpha.MulM31(rows[1][row])).Sub(z)
		}
		fraction := func(row, i int) m31.QM31 { return denominator(row, i).Inverse().MulM31(rows[2][row]) }
		undefined := false
		for row := range n {
			for i := range lookups {
				undefined = undefined || denominator(row, i).IsZero()
			}
		}
		columns, sums, err := a.Interaction(context.Background(), 2, [][][]m31.Element{{}, stored}, []m31.QM31{z, alpha})
		if (err != nil) != undefined {
			t.Fatalf("a denominator is zero: %v; the error: %v", undefined, err)
		}
		if undefined {
			return
		}

		var total m31.QM31
		for row := range n {
			for i := range lookups {
				total = total.Add(fraction(row, i))
			}
		}
		if len(sums) != 1 || sums[0] != total {
			t.Fatalf("claimed sums %v, want %v", sums, total)
		}
		count := (lookups + perColumn - 1) / perColumn
		if len(columns) != 4*count {
			t.Fatalf("%d columns, want %d", len(columns), 4*count)
		}
		at := func(column, row int) m31.QM31 {
			var w [4]m31.Element
			for j := range w {
				w[j] = columns[4*column+j][circle.RowPosition(row, int(logSize))]
			}
			return m31.FromCoords(w)
		}
		var running m31.QM31
		for row := range n {
			var sum m31.QM31
			for i := range lookups {
				sum = sum.Add(fraction(row, i))
				if i == lookups-1 {
					running = running.Add(sum).Sub(c.Shift(total))
					sum = running
				}
				if i%perColumn == perColumn-1 || i == lookups-1 {
					if got := at(i/perColumn, row); got != sum {
						t.Fatalf("row %d column %d: %v, want %v", row, i/perColumn, got, sum)
					}
				}
			}
		}
		if !running.IsZero() {
			t.Fatalf("the last row's running sum is %v", running)
		}
		if err := a.Check([][][]m31.Element{nil, stored, columns}, []m31.QM31{z, alpha}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestInteractionRefuses(t *testing.T) {
	a, err := air.Compose(looksUp(3, 2))
	if err != nil {
		t.Fatal(err)
	}
	x := make([]m31.Element, 8)
	x[5] = 7
	good := [][][]m31.Element{{}, {x}}
	z := []m31.QM31{m31.FromM31(9), m31.One()}
	if _, _, err := a.Interaction(context.Background(), 1, good, z); err != nil {
		t.Fatal(err)
	}
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := a.Interaction(canceled, 1, good, z); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	for name, f := range map[string]func() error{
		"z among the values": func() error {
			_, _, err := a.Interaction(context.Background(), 1, good, []m31.QM31{m31.FromM31(7), {}})
			return err
		},
		"a challenge missing": func() error { _, _, err := a.Interaction(context.Background(), 1, good, z[:1]); return err },
		"a tree missing":      func() error { _, _, err := a.Interaction(context.Background(), 1, good[:1], z); return err },
		"a column missing": func() error {
			_, _, err := a.Interaction(context.Background(), 1, [][][]m31.Element{{}, {}}, z)
			return err
		},
		"a short column": func() error { return a.Check([][][]m31.Element{nil, {x[:4]}}, z) },
	} {
		if f() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestLookupColumns: of the columns, those that a fraction reads.
func TestLookupColumns(t *testing.T) {
	a, err := air.Compose(component("c", 3, func(b *air.Builder) {
		x, y, m := b.Trace("x"), b.Trace("y"), b.Trace("m")
		p := b.Preprocessed("p", zero)
		b.Preprocessed("q", zero)
		b.Constrain("c", y)
		b.Lookup(&pairs, m, x.Mul(p))
	}))
	if err != nil {
		t.Fatal(err)
	}
	for tree, want := range [][]bool{{true, false}, {true, false, true}} {
		if got := a.LookupColumns(tree); !slices.Equal(got, want) {
			t.Errorf("tree %d: %v, want %v", tree, got, want)
		}
	}
}
