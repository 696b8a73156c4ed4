package lde

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/internal/arena"
	"github.com/sage-network/sage-node/prover/m31"
)

// TestOptionsChangeNothing commits to the same columns in every way and compares
// roots, openings and fronts.
func TestOptionsChangeNothing(t *testing.T) {
	const logMax, logBlowup = 14, 2
	ctx := context.Background()
	r := rand.New(rand.NewPCG(5, 6))
	var coeffs [][]m31.Element
	for _, log := range []int{logMax, 3, 11, logMax, 1} {
		c := make([]m31.Element, 1<<log)
		for j := range c {
			c[j] = m31.Element(r.Uint32N(m31.P))
		}
		coeffs = append(coeffs, c)
	}
	tw := circle.NewTwiddles(circle.CanonicDomain(logMax+logBlowup), false)
	positions := []int{0, 7, 4096, 1<<(logMax+logBlowup) - 1}
	front := []int{logMax + 1, 3, 12, -1, 2}

	pool := arena.New(1 << 30)
	var wantRoot any
	var wantOpening *Opening
	var wantFront [][]m31.Element
	for _, o := range []Options{
		{Workers: 1},
		{Workers: 3, Keep: KeepAll},
		{Workers: 64},
		{Workers: 64, Keep: KeepAll, Arena: pool},
		{Workers: 2, WaveBytes: 1, Arena: pool},
		{Workers: 2, Keep: KeepFront, Arena: pool},
		{Workers: 64, Keep: KeepFront},
		{Workers: 2, Arena: pool},
		{Workers: 1, WaveBytes: 1 << 16},
	} {
		own := make([][]m31.Element, len(coeffs))
		for i := range own {
			own[i] = slices.Clone(coeffs[i])
		}
		c, err := Commit(ctx, o, own, tw, logBlowup)
		if err != nil {
			t.Fatal(err)
		}
		opening, err := c.Open(ctx, o.Workers, positions)
		if err != nil {
			t.Fatal(err)
		}
		f, err := c.Front(ctx, o.Workers, front)
		if err != nil {
			t.Fatal(err)
		}
		var values [][]m31.Element
		for i, v := range f.Values {
			if want := 1 << max(front[i], 0); front[i] >= 0 && len(v) != want {
				t.Fatalf("%+v: front of %d values, want %d", o, len(v), want)
			}
			values = append(values, slices.Clone(v))
		}
		if wantOpening == nil {
			wantRoot, wantOpening, wantFront = c.Root(), opening, values
			for i := range values {
				full, err := c.Front(ctx, 1, []int{logMax + logBlowup, -1, -1, -1, -1})
				if err != nil {
					t.Fatal(err)
				}
				if i == 0 && (!slices.Equal(full.Values[0][:len(values[0])], values[0]) || full.Values[0][4096] != opening.Values[0][2]) {
					t.Fatal("the front is not the column's values")
				}
				full.Release()
			}
		}
		if c.Root() != wantRoot {
			t.Fatalf("%+v: another root", o)
		}
		if !slices.Equal(opening.Siblings, wantOpening.Siblings) {
			t.Fatalf("%+v: other siblings", o)
		}
		for i := range coeffs {
			if !slices.Equal(opening.Values[i], wantOpening.Values[i]) || !slices.Equal(values[i], wantFront[i]) {
				t.Fatalf("%+v: other values of column %d", o, i)
			}
		}
		f.Release()
		c.DropFront()
		if again, err := c.Open(ctx, o.Workers, positions); err != nil || !slices.Equal(again.Values[0], wantOpening.Values[0]) {
			t.Fatalf("%+v: other values after the front is dropped, %v", o, err)
		}
		c.Release()
	}
	if pool.Idle() == 0 {
		t.Error("no buffer came back to the arena")
	}
}

// TestFrontKeepsWhatIsTheCommitments: a front of values of which the commitment has
// kept some and computes others gives back the latter only.
func TestFrontKeepsWhatIsTheCommitments(t *testing.T) {
	const logMax, logBlowup = 12, 3
	ctx := context.Background()
	tw := circle.NewTwiddles(circle.CanonicDomain(logMax+logBlowup), false)
	coeffs := make([][]m31.Element, 2)
	for i := range coeffs {
		coeffs[i] = make([]m31.Element, 1<<logMax)
		coeffs[i][1] = 1
	}
	pool := arena.New(1 << 30)
	c, err := Commit(ctx, Options{Workers: 1, Arena: pool, Keep: KeepFront}, coeffs, tw, logBlowup)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release()
	const kept, longer = logMax + 1, logMax + 2
	f, err := c.Front(ctx, 1, []int{kept, longer})
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Clone(f.Values[0])
	f.Release()
	for range 4 { // whoever borrows next
		for i, s := 0, pool.Elements(1<<kept); i < len(s); i++ {
			s[i] = 7
		}
	}
	if f, err = c.Front(ctx, 1, []int{kept, -1}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(f.Values[0], want) {
		t.Error("values that the commitment keeps were lent to another")
	}
}

func TestFrontRefuses(t *testing.T) {
	ctx := context.Background()
	tw := circle.NewTwiddles(circle.CanonicDomain(4), false)
	c, err := Commit(ctx, Options{}, [][]m31.Element{make([]m31.Element, 8)}, tw, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Front(ctx, 1, []int{5}); err == nil {
		t.Error("more values than the domain has: no error")
	}
	if _, err := c.Front(ctx, 1, nil); err == nil {
		t.Error("no sizes: no error")
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := c.Front(canceled, 1, []int{4}); err == nil {
		t.Error("canceled: no error")
	}
}
