package air_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/air/widefib"
	"github.com/sage-network/sage-node/prover/m31"
)

func element() *rapid.Generator[m31.Element] {
	return rapid.Custom(func(t *rapid.T) m31.Element {
		if rapid.Bool().Draw(t, "edge") {
			return rapid.SampledFrom([]m31.Element{0, 1, m31.P - 1}).Draw(t, "v")
		}
		return m31.Element(rapid.Uint32Range(0, m31.P-1).Draw(t, "v"))
	})
}

func secure() *rapid.Generator[m31.QM31] {
	return rapid.Custom(func(t *rapid.T) m31.QM31 {
		e := element()
		return m31.FromCoords([4]m31.Element{e.Draw(t, "a"), e.Draw(t, "b"), e.Draw(t, "c"), e.Draw(t, "d")})
	})
}

// every operand kind of every operation, as no real AIR uses them all
func everyOperation() *air.Component {
	b := air.NewBuilder("test", 2)
	x := b.Column(1, "x", -1, 0)
	s := b.SecureColumn(1, "s", -1, 0)
	c := b.Challenges(1, "alpha", "beta")
	two := b.Const(2)
	for _, l := range []air.Expr{x[0], s[0], c[0], two} {
		for _, r := range []air.Expr{x[1], s[1], c[1], two} {
			b.Constrain("c", l.Add(r))
			b.Constrain("c", l.Sub(r))
			b.Constrain("c", l.Mul(r))
		}
	}
	b.Constrain("c", x[0])
	b.Constrain("c", c[1].Mul(c[0]).Sub(c[1]))
	return b.Build(4)
}

// TestBatchAgreesWithPoint: on base field rows the batch evaluator accumulates
// what the point evaluator's values give.
func TestBatchAgreesWithPoint(t *testing.T) {
	mm, err := matmul.New(3)
	if err != nil {
		t.Fatal(err)
	}
	wf, err := widefib.New(4, 7)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*air.Component{"matmul": mm.Components[0], "widefib": wf.Components[0], "every operation": everyOperation()} {
		rapid.Check(t, func(t *rapid.T) {
			rows := rapid.IntRange(1, 5).Draw(t, "rows")
			challenges := rapid.SliceOfN(secure(), c.Scalars(), c.Scalars()).Draw(t, "challenges")
			coeff := secure().Draw(t, "coeff")
			cells := map[[3]int][]m31.Element{}
			for tree, columns := range c.Trees {
				for i, column := range columns {
					for _, offset := range column.Mask {
						cells[[3]int{tree, i, offset}] = rapid.SliceOfN(element(), rows, rows).Draw(t, "cells")
					}
				}
			}
			var acc [4][]m31.Element
			for j := range acc {
				acc[j] = make([]m31.Element, rows)
			}
			e := air.NewEvaluator(c, challenges, coeff, m31.One())
			for range 2 { // registers are reused
				e.Batch(rows, func(tree, column, offset int) []m31.Element {
					return cells[[3]int{tree, column, offset}]
				}, acc)
			}
			for row := range rows {
				mask := make([][][]m31.QM31, len(c.Trees))
				for tree, columns := range c.Trees {
					mask[tree] = make([][]m31.QM31, len(columns))
					for i, column := range columns {
						for _, offset := range column.Mask {
							mask[tree][i] = append(mask[tree][i], m31.FromM31(cells[[3]int{tree, i, offset}][row]))
						}
					}
				}
				values, err := c.EvalAtPoint(mask, challenges)
				if err != nil {
					t.Fatal(err)
				}
				var want m31.QM31
				for _, v := range values {
					want = want.Mul(coeff).Add(v)
				}
				got := m31.FromCoords([4]m31.Element{acc[0][row], acc[1][row], acc[2][row], acc[3][row]})
				if got != want {
					t.Fatalf("%s: row %d: %v, want %v", name, row, got, want)
				}
			}
		})
	}
}

func TestEvalAtPointRefusesWrongMasks(t *testing.T) {
	c := everyOperation()
	one := []m31.QM31{{}, {}}
	good := [][][]m31.QM31{{}, {one, one, one, one, one}}
	if _, err := c.EvalAtPoint(good, one); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func() error{
		"a challenge missing": func() error { _, err := c.EvalAtPoint(good, one[:1]); return err },
		"a tree missing":      func() error { _, err := c.EvalAtPoint(good[:1], one); return err },
		"a column missing":    func() error { _, err := c.EvalAtPoint([][][]m31.QM31{{}, good[1][:4]}, one); return err },
		"a sample missing": func() error {
			_, err := c.EvalAtPoint([][][]m31.QM31{{}, {one[:1], one, one, one, one}}, one)
			return err
		},
	} {
		if f() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestBuilderRefuses(t *testing.T) {
	for name, misuse := range map[string]func(b *air.Builder){
		"degree 4": func(b *air.Builder) {
			x := b.Column(1, "x", 0)[0]
			b.Constrain("c", x.Mul(x).Mul(x).Mul(x))
		},
		"a column in tree 0":       func(b *air.Builder) { b.Column(0, "x", 0) },
		"a mask too wide":          func(b *air.Builder) { b.Column(1, "x", -1, 0, 2) },
		"a mask that descends":     func(b *air.Builder) { b.Column(1, "x", 0, -1) },
		"challenges twice":         func(b *air.Builder) { b.Challenges(0, "a"); b.Challenges(1, "b") },
		"challenges after the end": func(b *air.Builder) { b.Challenges(2, "a") },
		"two builders":             func(b *air.Builder) { b.Const(1).Add(air.NewBuilder("other", 2).Const(1)) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: accepted", name)
				}
			}()
			misuse(air.NewBuilder("test", 2))
		}()
	}
	b := air.NewBuilder("test", 2)
	x := b.Column(1, "x", 0)[0]
	if x.Mul(x) != x.Mul(x) {
		t.Error("the same expression is two nodes")
	}
}
