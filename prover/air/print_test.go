package air_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/m31"
)

// Lookups, challenges, secure columns and repeated subexpressions as they print.
func ExampleComponent_Format() {
	c := component("demo", 3, func(b *air.Builder) {
		x := b.Column(air.TreeTrace, "x", -1, 0, 1)
		y := b.Trace("y")
		long := x[0].Add(x[1]).Mul(x[2].Sub(y.Add(b.Const(12))))
		b.Constrain("long", long.Sub(y))
		b.Constrain("again", long.Neg())
		b.Lookup(&pairs, b.Const(1).Neg(), x[1], y)
	})
	fmt.Println(c)
	fmt.Println(c.Format(c.Constraints[0].Node))
	// Output:
	// component demo, 2^3 rows
	//   tree 1: x[−1 0 1], y
	//   tree 2: sum 0.0[−1 0], sum 0.1[−1 0], sum 0.2[−1 0], sum 0.3[−1 0]
	//   t1 = (x[−1] + x)·(x[+1] − (y + 12))
	//   long: t1 − y = 0
	//   again: 0 − t1 = 0
	//   sum 0: (sum 0 − sum 0[−1] + (claimed sum / rows))·(x + y·pairs.alpha − pairs.z) − (0 − 1) = 0
	//   lookup pairs(x, y) times 0 − 1
	// t1 − y where t1 = (x[−1] + x)·(x[+1] − (y + 12))
}

func TestCheckErrorNamesTheFirst(t *testing.T) {
	a, err := fibonacci(5, 1)
	if err != nil {
		t.Fatal(err)
	}
	sevens := make([]m31.Element, 32)
	for i := range sevens {
		sevens[i] = 7
	}
	err = a.Check([][][]m31.Element{nil, {sevens, sevens}}, nil)
	var found *air.CheckError
	if !errors.As(err, &found) || len(found.Violations) != 8 {
		t.Fatalf("%v, want eight violations", err)
	}
	if !strings.Contains(err.Error(), "row 0: constraint x starts is 6, not 0") {
		t.Error(err)
	}
}
