package air_test

import (
	"context"
	"fmt"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/channel"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
	"github.com/sage-network/sage-node/prover/prove"
	"github.com/sage-network/sage-node/prover/verify"
)

// fibonacci is an AIR of 2^logRows rows (x, y), starting with (1, 1), each followed
// by (y, x + y). It claims that the last y is result.
func fibonacci(logRows uint32, result m31.Element) (*air.AIR, error) {
	is := func(row int) func(int) m31.Element {
		return func(r int) m31.Element {
			if r == row {
				return 1
			}
			return 0
		}
	}
	b := air.NewBuilder("fibonacci", air.TreeTrace+1)
	one := b.Const(1)
	first := b.Preprocessed("first", is(0))
	last := b.Preprocessed("last", is(1<<logRows-1))
	x := b.Column(air.TreeTrace, "x", -1, 0) // in the row before, in this one
	y := b.Column(air.TreeTrace, "y", -1, 0)
	b.Constrain("x starts", first.Mul(x[1].Sub(one)))
	b.Constrain("y starts", first.Mul(y[1].Sub(one)))
	b.Constrain("x follows", one.Sub(first).Mul(x[1].Sub(y[0])))
	b.Constrain("y follows", one.Sub(first).Mul(y[1].Sub(x[0]).Sub(y[0])))
	b.Constrain("result", last.Mul(y[1].Sub(b.Const(result))))
	return air.Compose(b.Build(logRows))
}

// A first AIR, from its constraints to a verified proof.
func Example() {
	const logRows = 5
	ctx := context.Background()

	// The trace, row by row.
	x, y := make([]m31.Element, 1<<logRows), make([]m31.Element, 1<<logRows)
	x[0], y[0] = 1, 1
	for r := 1; r < len(x); r++ {
		x[r], y[r] = y[r-1], m31.Add(x[r-1], y[r-1])
	}
	result := y[len(y)-1]
	trace := [][]m31.Element{air.Store(x), air.Store(y)}

	// What prover and verifier share. Neither takes any of it from the proof.
	a, err := fibonacci(logRows, result)
	if err != nil {
		panic(err)
	}
	cfg := proof.Config{PowBits: 10, LogBlowup: 2, Queries: 45, FoldStep: 2}
	transcript := cfg.Transcript(func(ch *channel.Channel) { ch.MixU32s([]uint32{logRows, uint32(result)}) })
	root, err := prove.PreprocessedRoot(ctx, a, cfg, prove.Options{})
	if err != nil {
		panic(err)
	}

	p, err := prove.Prove(ctx, prove.Instance{AIR: a, Config: cfg, Channel: transcript, Witness: prove.Trace(trace...)}, prove.Options{})
	if err != nil {
		panic(err)
	}
	err = verify.Verify(transcript, verify.Instance{AIR: a, Config: cfg, Roots: map[int]proof.Hash{air.TreePreprocessed: root}}, p)
	fmt.Println(result, err)
	// Output: 3524578 <nil>
}

// Check says what is wrong with a trace, or with the constraints.
func ExampleAIR_Check() {
	a, err := fibonacci(2, 5)
	if err != nil {
		panic(err)
	}
	x, y := []m31.Element{1, 1, 2, 3}, []m31.Element{1, 2, 4, 5}
	fmt.Println(a.Check([][][]m31.Element{nil, {air.Store(x), air.Store(y)}}, nil))
	// Output:
	// air: the trace violates the constraints
	// component fibonacci, row 2: constraint y follows is 1, not 0
	//     (1 − first)·(y − x[−1] − y[−1])
	//     first = 0, x[−1] = 1, y[−1] = 2, y = 4
	// component fibonacci, row 3: constraint x follows is 2147483646, not 0
	//     (1 − first)·(x − y[−1])
	//     first = 0, x = 3, y[−1] = 4
	// component fibonacci, row 3: constraint y follows is 2147483646, not 0
	//     (1 − first)·(y − x[−1] − y[−1])
	//     first = 0, x[−1] = 2, y[−1] = 4, y = 5
}

// An AIR prints as it is meant.
func ExampleComponent_String() {
	a, err := fibonacci(2, 5)
	if err != nil {
		panic(err)
	}
	fmt.Println(a.Components[0])
	// Output:
	// component fibonacci, 2^2 rows
	//   tree 0: first, last
	//   tree 1: x[−1 0], y[−1 0]
	//   x starts: first·(x − 1) = 0
	//   y starts: first·(y − 1) = 0
	//   x follows: (1 − first)·(x − y[−1]) = 0
	//   y follows: (1 − first)·(y − x[−1] − y[−1]) = 0
	//   result: last·(y − 5) = 0
}
