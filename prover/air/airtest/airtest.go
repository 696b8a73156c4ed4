// Package airtest helps tests of AIRs: it tells which constraints a trace violates,
// and makes interaction columns that violate one constraint alone.
package airtest

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/m31"
)

// Challenges returns arbitrary challenges, as many as the AIR draws.
func Challenges(a *air.AIR) []m31.QM31 {
	r := rand.New(rand.NewPCG(1, 1))
	element := func() m31.Element { return m31.Element(r.Uint32N(m31.P)) }
	challenges := make([]m31.QM31, len(a.Challenges))
	for i := range challenges {
		challenges[i] = m31.FromCoords([4]m31.Element{element(), element(), element(), element()})
	}
	return challenges
}

// Violated returns the names of the constraints that the columns violate, each as
// "component/constraint" and once, in order of appearance.
func Violated(t testing.TB, a *air.AIR, columns [][][]m31.Element) []string {
	t.Helper()
	found, err := a.Violations(columns, Challenges(a), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, v := range found {
		if name := v.Component + "/" + v.Constraint; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Holds demands that the columns violate nothing.
func Holds(t testing.TB, a *air.AIR, columns [][][]m31.Element) {
	t.Helper()
	if err := a.Check(columns, Challenges(a)); err != nil {
		t.Error(err)
	}
}

// ViolatesOnly demands that the columns violate the given constraint, named as by
// Violated, and no other.
func ViolatesOnly(t testing.TB, a *air.AIR, columns [][][]m31.Element, name string) {
	t.Helper()
	if got := Violated(t, a, columns); !slices.Equal(got, []string{name}) {
		t.Errorf("constraints %q fail, want %q alone", got, name)
	}
}

// Balanced demands that all lookups balance, or that they do not.
func Balanced(t testing.TB, a *air.AIR, columns [][][]m31.Element, want bool) {
	t.Helper()
	found, err := a.Imbalances(columns, Challenges(a))
	if err != nil {
		t.Fatal(err)
	}
	if want != (len(found) == 0) {
		t.Errorf("imbalances %v, want none: %v", found, want)
	}
}

// WrongSum returns the columns of all trees where only the constraint of the n-th
// interaction column of a component fails, in rows 1 and 2: what the column adds to
// the running sum there is wrong by plus and minus one.
func WrongSum(t testing.TB, a *air.AIR, columns [][][]m31.Element, component, n int) [][][]m31.Element {
	t.Helper()
	trees := make([][][]m31.Element, air.TreeInteraction+1)
	copy(trees, columns)
	if len(trees[air.TreePreprocessed]) == 0 {
		trees[air.TreePreprocessed] = a.PreprocessedColumns()
	}
	interaction, _, err := a.Interaction(context.Background(), 1, trees, Challenges(a))
	if err != nil {
		t.Fatal(err)
	}
	c := a.Components[component]
	count := len(c.Trees[air.TreeInteraction]) / 4
	for i := n; i < count; i++ {
		column := interaction[a.Locate(component, air.TreeInteraction, 4*i)]
		row := func(r int) *m31.Element { return &column[circle.RowPosition(r, int(c.LogSize))] }
		*row(1) = m31.Add(*row(1), 1)
		if i < count-1 { // the last column runs on: row 2 takes its error back
			*row(2) = m31.Sub(*row(2), 1)
		}
	}
	trees[air.TreeInteraction] = interaction
	return trees
}
