package matmul_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/m31"
)

const (
	k = matmul.MinK
	n = 1 << k
)

func random(r *rand.Rand) m31.Element { return m31.Element(r.Uint32N(m31.P)) }

func randomFelt(r *rand.Rand) m31.QM31 {
	return m31.FromCoords([4]m31.Element{random(r), random(r), random(r), random(r)})
}

type matrix [n][n]m31.Element

func randomMatrix(r *rand.Rand) (m matrix) {
	for i := range m {
		for j := range m {
			m[i][j] = random(r)
		}
	}
	return m
}

func (a matrix) times(b matrix) (c matrix) {
	for i := range n {
		for j := range n {
			for l := range n {
				c[i][j] = m31.Add(c[i][j], m31.Mul(a[i][l], b[l][j]))
			}
		}
	}
	return c
}

// A trace holds the columns in row order: columns[tree][column][row].
type trace struct {
	columns     [4][][]m31.Element
	alpha, beta m31.QM31
}

// newTrace fills the columns by their meaning, not by the constraints: x, y, z
// are partial sums Σ A[t][k′]·αᵗ and so on, in Horner's order.
func newTrace(a, b, c matrix, alpha, beta m31.QM31) *trace {
	t := &trace{alpha: alpha, beta: beta}
	for tree, columns := range []int{2, 2, 1, 20} {
		t.columns[tree] = make([][]m31.Element, columns)
		for i := range t.columns[tree] {
			t.columns[tree][i] = make([]m31.Element, n*n)
		}
	}
	var x, y, z, u, w m31.QM31
	for block := range n {
		for pos := range n {
			row := block*n + pos
			if pos == 0 {
				if block > 0 {
					u = u.Add(x.Mul(y))
					w = w.Mul(alpha).Add(z)
				}
				x, y, z = m31.QM31{}, m31.QM31{}, m31.QM31{}
				t.columns[0][1][row] = 1
			}
			x = x.Mul(alpha).AddM31(a[pos][block])
			y = y.Mul(beta).AddM31(b[block][pos])
			z = z.Mul(beta).AddM31(c[block][pos])
			t.columns[1][0][row] = a[pos][block]
			t.columns[1][1][row] = b[block][pos]
			t.columns[2][0][row] = c[block][pos]
			for i, v := range []m31.QM31{x, y, z, u, w} {
				for j, coord := range v.Coords() {
					t.columns[3][4*i+j][row] = coord
				}
			}
		}
	}
	t.columns[0][0][0] = 1
	return t
}

// violated returns the names of the constraints that fail on some row.
func (t *trace) violated(tb testing.TB, c *air.Component) string {
	tb.Helper()
	var failed [6]bool
	for row := range n * n {
		mask := make([][][]m31.QM31, len(c.Trees))
		for tree, columns := range c.Trees {
			mask[tree] = make([][]m31.QM31, len(columns))
			for i, column := range columns {
				for _, offset := range column.Mask {
					at := (row + offset + n*n) % (n * n)
					mask[tree][i] = append(mask[tree][i], m31.FromM31(t.columns[tree][i][at]))
				}
			}
		}
		values, err := c.EvalAtPoint(mask, []m31.QM31{t.alpha, t.beta})
		if err != nil {
			tb.Fatal(err)
		}
		for i, v := range values {
			failed[i] = failed[i] || !v.IsZero()
		}
	}
	names := ""
	for i, f := range failed {
		if f {
			names += string("XYZUWF"[i])
		}
	}
	return names
}

func setup(t *testing.T) (*air.Component, *rand.Rand, matrix, matrix, m31.QM31, m31.QM31) {
	t.Helper()
	a, err := matmul.New(k)
	if err != nil {
		t.Fatal(err)
	}
	c := a.Components[0]
	r := rand.New(rand.NewPCG(1, 2))
	return c, r, randomMatrix(r), randomMatrix(r), randomFelt(r), randomFelt(r)
}

func TestShape(t *testing.T) {
	c, _, _, _, _, _ := setup(t)
	a, err := air.Compose(c)
	if err != nil {
		t.Fatal(err)
	}
	s, err := a.Shape(matmul.Config())
	if err != nil {
		t.Fatal(err)
	}
	columns, samples, powers := 0, 0, 0
	for _, tree := range s.Columns {
		columns += len(tree)
		for _, column := range tree {
			samples += column.Samples
			powers += []int{1, 3}[column.Samples-1]
		}
	}
	if columns != 33 || samples != 53 || powers != 73 {
		t.Errorf("%d columns, %d samples, %d quotient powers; want 33, 53, 73", columns, samples, powers)
	}
	if len(c.Constraints) != 6 {
		t.Errorf("%d constraints, want 6", len(c.Constraints))
	}
}

func TestHonestTraceSatisfiesTheConstraints(t *testing.T) {
	c, _, a, b, alpha, beta := setup(t)
	if v := newTrace(a, b, a.times(b), alpha, beta).violated(t, c); v != "" {
		t.Errorf("constraints %s fail", v)
	}
}

func TestAnyWrongProductFailsAtTheEnd(t *testing.T) {
	c, r, a, b, alpha, beta := setup(t)
	for i := range n {
		for j := range n {
			wrong := a.times(b)
			wrong[i][j] = m31.Add(wrong[i][j], 1+m31.Element(r.Uint32N(m31.P-1)))
			if v := newTrace(a, b, wrong, alpha, beta).violated(t, c); v != "F" {
				t.Errorf("entry (%d, %d) of C wrong: constraints %q fail, want F", i, j, v)
			}
		}
	}
}

func TestAnyChangedCellIsCaught(t *testing.T) {
	c, r, a, b, alpha, beta := setup(t)
	honest := newTrace(a, b, a.times(b), alpha, beta)
	for tree := 1; tree < 4; tree++ {
		for column := range honest.columns[tree] {
			for range 6 {
				row := r.IntN(n * n)
				cell := &honest.columns[tree][column][row]
				was := *cell
				*cell = m31.Add(was, 1+m31.Element(r.Uint32N(m31.P-1)))
				if honest.violated(t, c) == "" {
					t.Errorf("tree %d, column %d, row %d changed: no constraint fails", tree, column, row)
				}
				*cell = was
			}
		}
	}
}

// TestEachConstraint: an error amid a block, in a column that the next block's
// start does not read there, is seen by the column's own constraint alone.
func TestEachConstraint(t *testing.T) {
	c, r, a, b, alpha, beta := setup(t)
	for i, name := range []string{"X", "Y", "Z", "U", "W"} {
		for coordinate := range 4 {
			tr := newTrace(a, b, a.times(b), alpha, beta)
			row := r.IntN(n)*n + 1 + r.IntN(n-2)
			cell := &tr.columns[matmul.TreeInteraction][4*i+coordinate][row]
			*cell = m31.Add(*cell, 1+m31.Element(r.Uint32N(m31.P-1)))
			if got := tr.violated(t, c); got != name {
				t.Errorf("column %s.%d, row %d: constraints %q fail, want %s", name, coordinate, row, got, name)
			}
		}
	}
}

func TestNewRefusesSizes(t *testing.T) {
	for _, k := range []uint32{0, matmul.MinK - 1, matmul.MaxK + 1, 1 << 31} {
		if _, err := matmul.New(k); err == nil {
			t.Errorf("k = %d was accepted", k)
		}
	}
	for k := uint32(matmul.MinK); k <= matmul.MaxK; k++ {
		if _, err := matmul.PreprocessedRoot(k); err != nil {
			t.Error(err)
		}
	}
	if _, err := matmul.PreprocessedRoot(matmul.MaxK + 1); err == nil {
		t.Error("a root for k beyond the range")
	}
}

// TestBatchOfOne: version 2 with one product has the constraints of version 1.
func TestBatchOfOne(t *testing.T) {
	one, err := matmul.New(k)
	if err != nil {
		t.Fatal(err)
	}
	batch, err := matmul.NewBatch(k, 1)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Replace(batch.String(), "matmul 0", "matmul", 1)
	if got != one.String() {
		t.Errorf("%s\nwant\n%s", got, one)
	}
}

func TestNewBatchRefusesSizes(t *testing.T) {
	for _, s := range []struct {
		k        uint32
		products int
	}{{k, 0}, {k, -1}, {k, matmul.MaxBatch + 1}, {matmul.MinK - 1, 2}, {matmul.MaxK + 1, 2}} {
		if _, err := matmul.NewBatch(s.k, s.products); err == nil {
			t.Errorf("%d products of k = %d were accepted", s.products, s.k)
		}
	}
	a, err := matmul.NewBatch(matmul.MaxK, matmul.MaxBatch)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Shape(matmul.Config()); err != nil {
		t.Error(err)
	}
}

func ExampleConfig() {
	c := matmul.Config()
	fmt.Println(c.PowBits+c.LogBlowup*c.Queries, "bits if up-to-capacity proximity gaps held")
	// Output: 106 bits if up-to-capacity proximity gaps held
}
