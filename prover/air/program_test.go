package air_test

import (
	"testing"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/internal/cpu/cputest"
	"github.com/sage-network/sage-node/prover/m31"
	"pgregory.net/rapid"
)

// randomComponent draws an AIR whose expressions share subexpressions, mix base
// and secure operands, and contain constants, also 0 and 1.
func randomComponent(t *rapid.T) *air.Component {
	b := air.NewBuilder("random", 2)
	var exprs []air.Expr
	for range rapid.IntRange(1, 3).Draw(t, "columns") {
		exprs = append(exprs, b.Column(1, "x", -1, 0)...)
	}
	exprs = append(exprs, b.SecureColumn(1, "s", -1, 0)...)
	exprs = append(exprs, b.Challenges(1, "alpha", "beta")...)
	exprs = append(exprs, b.Const(0), b.Const(1), b.Const(element().Draw(t, "constant")))
	pick := rapid.Custom(func(t *rapid.T) air.Expr { return exprs[rapid.IntRange(0, len(exprs)-1).Draw(t, "expr")] })
	for range rapid.IntRange(1, 30).Draw(t, "operations") {
		x, y := pick.Draw(t, "x"), pick.Draw(t, "y")
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			exprs = append(exprs, x.Add(y))
		case 1:
			exprs = append(exprs, x.Sub(y))
		default:
			if x.Degree()+y.Degree() <= air.MaxDegree {
				exprs = append(exprs, x.Mul(y))
			}
		}
	}
	b.Constrain("last", exprs[len(exprs)-1])
	for range rapid.IntRange(0, 20).Draw(t, "constraints") {
		b.Constrain("other", pick.Draw(t, "constraint"))
	}
	return b.Build(4)
}

// TestProgramAgreesWithGraph compares the compiled program, run by the evaluator,
// with the graph's evaluation at one point of base field values.
func TestProgramAgreesWithGraph(t *testing.T) { cputest.Each(t, testProgramAgreesWithGraph) }

func testProgramAgreesWithGraph(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := randomComponent(t)
		challenges := []m31.QM31{secure().Draw(t, "α"), secure().Draw(t, "β")}
		coeff := secure().Draw(t, "coefficient")
		n := rapid.SampledFrom([]int{1, 5, 16, 33}).Draw(t, "rows")

		columns := make([][2][]m31.Element, len(c.Trees[1]))
		for i := range columns {
			for offset := range columns[i] {
				columns[i][offset] = rapid.SliceOfN(element(), n, n).Draw(t, "cells")
			}
		}
		var acc [4][]m31.Element
		for j := range acc {
			acc[j] = make([]m31.Element, n)
		}
		e := air.NewEvaluator(c, challenges, coeff, m31.One())
		for range 2 { // registers keep nothing from batch to batch
			e.Batch(n, func(_, column, offset int) []m31.Element { return columns[column][offset+1] }, acc)
		}

		for row := range n {
			mask := [][][]m31.QM31{nil, make([][]m31.QM31, len(columns))}
			for i := range columns {
				mask[1][i] = []m31.QM31{m31.FromM31(columns[i][0][row]), m31.FromM31(columns[i][1][row])}
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
				t.Fatalf("row %d: %v, want %v", row, got, want)
			}
		}
	})
}
