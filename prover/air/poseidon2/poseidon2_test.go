package poseidon2

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/sage-network/sage-node/prover/air/airtest"
	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/m31"
)

func input(s, i, j int) m31.Element { return m31.Element(97*s + 13*i + j) }

// TestPermutation compares with the definition of the matrices, entry by entry.
func TestPermutation(t *testing.T) {
	m4 := [4][4]m31.Element{{5, 7, 1, 3}, {4, 6, 1, 1}, {1, 3, 5, 7}, {1, 1, 4, 6}}
	external, internal := [Words][Words]m31.Element{}, [Words][Words]m31.Element{}
	for i := range Words {
		for j := range Words {
			external[i][j] = m4[i%4][j%4]
			internal[i][j] = 1
			if i/4 == j/4 {
				external[i][j] *= 2
			}
			if i == j {
				internal[i][j] += 2 << i
			}
		}
	}
	times := func(m [Words][Words]m31.Element, s [Words]m31.Element) (out [Words]m31.Element) {
		for i := range Words {
			for j := range Words {
				out[i] = m31.Add(out[i], m31.Mul(m[i][j], s[j]))
			}
		}
		return out
	}
	var want [Words]m31.Element
	for j := range want {
		want[j] = m31.Element(1000*j + 7)
	}
	got := want
	Permute(&got)
	for round := range 22 {
		full := round < 4 || round >= 18
		m := internal
		if full {
			m = external
		}
		for i := range want {
			if full || i == 0 {
				want[i] = m31.Add(want[i], 1234)
			}
		}
		want = times(m, want)
		for i := range want {
			if full || i == 0 {
				want[i] = m31.Pow(want[i], 5)
			}
		}
	}
	if got != want {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestTraceEndsWithThePermutation: the last powers of a permutation are its output.
func TestTraceEndsWithThePermutation(t *testing.T) {
	columns, err := Trace(context.Background(), 2, 3, input)
	if err != nil {
		t.Fatal(err)
	}
	if len(columns) != Columns {
		t.Fatalf("%d columns, want %d", len(columns), Columns)
	}
	for i := range PerRow {
		for s := range 8 {
			var state [Words]m31.Element
			for j := range state {
				state[j] = input(s, i, j)
			}
			Permute(&state)
			end := (i + 1) * Columns / PerRow
			for j, want := range state {
				if got := columns[end-2*(Words-j)+1][s]; got != want {
					t.Fatalf("position %d, permutation %d, word %d: %d, want %d", s, i, j, got, want)
				}
			}
		}
	}
}

// fillRow computes the cells at position s. power may change the square and the fifth
// power with the given number, counted over the row; what follows uses the changed
// ones.
func fillRow(columns [][]m31.Element, s int, power func(n int, square, fifth m31.Element) (m31.Element, m31.Element)) {
	column, n := 0, 0
	put := func(v m31.Element) {
		columns[column][s] = v
		column++
	}
	var state [Words]m31.Element
	for i := range PerRow {
		for j := range state {
			state[j] = input(s, i, j)
			put(state[j])
		}
		permuteWith(&state, func(x m31.Element) m31.Element {
			square := m31.Square(x)
			square, fifth := power(n, square, m31.Mul(m31.Square(square), x))
			n++
			put(square)
			put(fifth)
			return fifth
		})
	}
}

// TestTraceByRows: rows side by side are the rows one by one.
func TestTraceByRows(t *testing.T) {
	for _, logRows := range []uint32{2, 7} {
		got, err := Trace(context.Background(), 2, logRows, input)
		if err != nil {
			t.Fatal(err)
		}
		want := make([][]m31.Element, Columns)
		for c := range want {
			want[c] = make([]m31.Element, 1<<logRows)
		}
		for s := range 1 << logRows {
			fillRow(want, s, func(_ int, square, fifth m31.Element) (m31.Element, m31.Element) { return square, fifth })
		}
		for c := range want {
			if !slices.Equal(got[c], want[c]) {
				t.Fatalf("2^%d rows: column %d differs", logRows, c)
			}
		}
	}
}

// TestEachPower: row n of the trace computes one power wrongly and everything after
// it from the wrong one. There only the power's own constraint fails.
func TestEachPower(t *testing.T) {
	const logRows = 9 // 2·powers = 284 constraints of a permutation
	a, err := New(logRows)
	if err != nil {
		t.Fatal(err)
	}
	columns, err := Trace(context.Background(), 2, logRows, input)
	if err != nil {
		t.Fatal(err)
	}
	want := map[int]string{}
	for n := range powers {
		// Take all eight permutations in turn.
		permutation := n % PerRow
		for k := range 2 {
			row := 2*n + k
			fillRow(columns, circle.RowPosition(row, logRows), func(m int, square, fifth m31.Element) (m31.Element, m31.Element) {
				if m != permutation*powers+n {
					return square, fifth
				}
				if k == 0 {
					return square, m31.Add(fifth, 1)
				}
				root := m31.Mul(fifth, m31.Inverse(m31.Square(square))) // x
				square = m31.Add(square, 1)
				return square, m31.Mul(m31.Square(square), root)
			})
			want[row] = fmt.Sprintf("power %d.%d", permutation, n)
			if k == 1 {
				want[row] += " squared"
			}
		}
	}
	found, err := a.Violations([][][]m31.Element{nil, columns}, airtest.Challenges(a), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		if want[v.Row] != v.Constraint {
			t.Errorf("row %d: %s fails, want %q", v.Row, v.Constraint, want[v.Row])
		}
		delete(want, v.Row)
	}
	if len(want) > 0 {
		t.Errorf("nothing fails on %d rows, such as %v", len(want), want)
	}
}

func TestEachSum(t *testing.T) {
	a, err := New(2)
	if err != nil {
		t.Fatal(err)
	}
	columns, err := Trace(context.Background(), 1, 2, input)
	if err != nil {
		t.Fatal(err)
	}
	trees := [][][]m31.Element{nil, columns}
	airtest.Holds(t, a, trees)
	for i := range PerRow {
		airtest.ViolatesOnly(t, a, airtest.WrongSum(t, a, trees, 0, i), fmt.Sprintf("Poseidon2/sum %d", i))
	}
}

// TestLookups: a permutation gives its input once and its output minus once.
func TestLookups(t *testing.T) {
	a, err := New(2)
	if err != nil {
		t.Fatal(err)
	}
	columns, err := Trace(context.Background(), 1, 2, input)
	if err != nil {
		t.Fatal(err)
	}
	found, err := a.Imbalances([][][]m31.Element{nil, columns}, airtest.Challenges(a))
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 2*PerRow*4 {
		t.Fatalf("%d tuples, want %d", len(found), 2*PerRow*4)
	}
	for i := 0; i < len(found); i += 2 {
		state := [Words]m31.Element(found[i].Values)
		Permute(&state)
		if state != [Words]m31.Element(found[i+1].Values) ||
			found[i].Multiplicity != m31.One() || found[i+1].Multiplicity != m31.One().Neg() {
			t.Errorf("tuples %d and %d are %v and %v", i, i+1, found[i], found[i+1])
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for _, n := range []uint32{0, 1, MaxLogRows + 1, 1 << 31} {
		if _, err := New(n); err == nil {
			t.Errorf("2^%d rows were accepted", n)
		}
	}
}
