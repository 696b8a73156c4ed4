package air_test

import (
	"strings"
	"testing"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
)

func zero(int) m31.Element { return 0 }

// component builds a component of the usual three trees.
func component(name string, logSize uint32, write func(b *air.Builder)) *air.Component {
	b := air.NewBuilder(name, air.TreeInteraction+1)
	write(b)
	return b.Build(logSize)
}

var pairs = air.Relation{Name: "pairs", Size: 2}

// looksUp is a component with n lookups of one column.
func looksUp(logSize uint32, n int) *air.Component {
	return component("looks up", logSize, func(b *air.Builder) {
		x := b.Trace("x")
		for range n {
			b.Lookup(&pairs, b.Const(1), x)
		}
	})
}

func TestComposeRefuses(t *testing.T) {
	plain := func(logSize uint32) *air.Component {
		return component("plain", logSize, func(b *air.Builder) { b.Trace("x") })
	}
	preprocessed := func(logSize uint32) *air.Component {
		return component("preprocessed", logSize, func(b *air.Builder) {
			b.Constrain("c", b.Preprocessed("p", zero))
			b.Trace("x")
			b.Column(air.TreeInteraction, "y", 0)
		})
	}
	interacting := component("interacting", 4, func(b *air.Builder) {
		b.Trace("x")
		b.Column(air.TreeInteraction, "y", 0)
	})
	wide := component("wide", 3, func(b *air.Builder) { b.Column(air.TreeTrace, "x", -1, 0, 1) })
	drawing := func(tree int) *air.Component {
		return component("drawing", 4, func(b *air.Builder) {
			b.Trace("x")
			b.Column(air.TreeInteraction, "y", 0)
			b.Challenges(tree, "alpha")
		})
	}
	two := air.NewBuilder("two trees", air.TreeTrace+1)
	two.Trace("x")

	for name, c := range map[string]struct {
		components []*air.Component
		message    string
	}{
		"nothing":                              {nil, "no components"},
		"no rows":                              {[]*air.Component{looksUp(0, 1)}, "2^0 rows"},
		"too many rows":                        {[]*air.Component{looksUp(25, 1)}, "2^25 rows"},
		"other trees":                          {[]*air.Component{looksUp(4, 1), two.Build(4)}, "trees"},
		"an empty tree":                        {[]*air.Component{plain(4)}, "tree 2 has no column"},
		"a tree of short columns":              {[]*air.Component{plain(5), looksUp(4, 1)}, "tree 2 has no column"},
		"three offsets in a short one":         {[]*air.Component{looksUp(4, 1), wide}, "offsets"},
		"columns beside the lookups'":          {[]*air.Component{looksUp(4, 1), interacting}, "interaction tree"},
		"one preprocessed column, two sizes":   {[]*air.Component{preprocessed(4), preprocessed(5)}, "2^5 rows here and 2^4 elsewhere"},
		"challenges after two trees":           {[]*air.Component{drawing(0), drawing(1)}, "drawn after tree 1 here and 0 elsewhere"},
		"more lookups than a count can be":     {[]*air.Component{looksUp(24, 128)}, "would wrap"},
		"more lookups than a count can be (2)": {[]*air.Component{looksUp(24, 64), looksUp(24, 64)}, "would wrap"},
	} {
		if _, err := air.Compose(c.components...); err == nil || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: %v, want %q", name, err, c.message)
		}
	}
	if _, err := air.Compose(looksUp(24, 127)); err != nil {
		t.Error(err)
	}

	p := air.Preprocessed{ID: "p", LogSize: 4, Value: zero}
	unused := air.Preprocessed{ID: "unused", LogSize: 3, Value: zero}
	for name, columns := range map[string][]air.Preprocessed{
		"a column that is missing": {unused},
		"a column twice":           {p, p},
		"a column too large":       {p, {ID: "q", LogSize: 5, Value: zero}},
		"a column of no rows":      {p, {ID: "q", Value: zero}},
	} {
		if _, err := air.ComposeOver(columns, preprocessed(4)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	a, err := air.ComposeOver([]air.Preprocessed{unused, p}, preprocessed(4))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(a.Columns(0)[0].Mask); got != 0 {
		t.Errorf("the unused column is sampled at %d points", got)
	}
	if got := a.Locate(0, air.TreePreprocessed, 0); got != 1 {
		t.Errorf("the used column is number %d, want 1", got)
	}
}

// TestShape: what proofs of several components look like follows from them.
func TestShape(t *testing.T) {
	a, err := air.Compose(looksUp(4, 3), looksUp(6, 1))
	if err != nil {
		t.Fatal(err)
	}
	s, err := a.Shape(proof.Config{LogBlowup: 2, Queries: 3, FoldStep: 2})
	if err != nil {
		t.Fatal(err)
	}
	column := func(logSize uint32, samples int) proof.Column {
		return proof.Column{LogSize: logSize, Samples: samples}
	}
	repeat := func(c proof.Column, n int) (out []proof.Column) {
		for range n {
			out = append(out, c)
		}
		return out
	}
	want := [][]proof.Column{
		nil,
		{column(4, 1), column(6, 1)},
		append(append(repeat(column(4, 1), 4), repeat(column(4, 2), 4)...), repeat(column(6, 2), 4)...),
		repeat(column(6, 1), 8),
	}
	for tree := range want {
		if len(s.Columns[tree]) != len(want[tree]) {
			t.Fatalf("tree %d has %d columns, want %d", tree, len(s.Columns[tree]), len(want[tree]))
		}
		for i, c := range want[tree] {
			if s.Columns[tree][i] != c {
				t.Errorf("tree %d column %d is %+v, want %+v", tree, i, s.Columns[tree][i], c)
			}
		}
	}
	if s.LogSize != 6 || s.LogDomain() != 8 || s.Height(0) != 0 || s.Height(1) != 8 {
		t.Errorf("log size %d, domain %d, heights %d and %d", s.LogSize, s.LogDomain(), s.Height(0), s.Height(1))
	}
	if len(a.Challenges) != 2 || a.Sums() != 2 || a.Constraints() != 3 {
		t.Errorf("challenges %v, %d sums, %d constraints", a.Challenges, a.Sums(), a.Constraints())
	}
}

func TestLookupRefuses(t *testing.T) {
	for name, misuse := range map[string]func(){
		"two trees": func() {
			b := air.NewBuilder("", air.TreeTrace+1)
			b.Lookup(&pairs, b.Const(1), b.Trace("x"))
		},
		"three values of two": func() {
			component("", 4, func(b *air.Builder) {
				x := b.Trace("x")
				b.Lookup(&pairs, x, x, x, x)
			})
		},
		"no values": func() {
			component("", 4, func(b *air.Builder) { b.Lookup(&pairs, b.Trace("x")) })
		},
		"a column of none": func() {
			component("", 4, func(b *air.Builder) { b.LookupsPerColumn(0) })
		},
		"three to a column": func() {
			component("", 4, func(b *air.Builder) {
				b.LookupsPerColumn(3)
				for range 3 {
					b.Lookup(&pairs, b.Const(1), b.Trace("x"))
				}
			})
		},
		"own columns in the interaction tree": func() {
			component("", 4, func(b *air.Builder) {
				b.Column(air.TreeInteraction, "y", 0)
				b.Lookup(&pairs, b.Const(1), b.Trace("x"))
			})
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: accepted", name)
				}
			}()
			misuse()
		}()
	}
}

func TestComposePadded(t *testing.T) {
	short := component("short", 3, func(b *air.Builder) {
		b.Constrain("c", b.Preprocessed("p", zero))
		b.Trace("x")
		b.Column(air.TreeInteraction, "y", 0)
	})
	plain := component("plain", 5, func(b *air.Builder) {
		b.Trace("x")
		b.Column(air.TreeInteraction, "y", 0)
	})
	for _, c := range []struct {
		name       string
		components []*air.Component
		height     uint32
		columns    int
	}{
		{"all of one size", []*air.Component{short}, 4, 1},
		{"nothing preprocessed", []*air.Component{plain}, 0, 0},
		{"a short column", []*air.Component{short, plain}, 6, 2},
	} {
		a, err := air.ComposePadded(c.components...)
		if err != nil {
			t.Fatal(err)
		}
		s, err := a.Shape(proof.Config{LogBlowup: 1, Queries: 1, FoldStep: 1})
		if err != nil {
			t.Fatal(err)
		}
		if s.Height(0) != c.height || len(a.PreprocessedColumns()) != c.columns {
			t.Errorf("%s: height %d with %d columns, want %d with %d", c.name, s.Height(0), len(a.PreprocessedColumns()), c.height, c.columns)
		}
	}
}
