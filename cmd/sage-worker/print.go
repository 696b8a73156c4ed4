package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
)

// row is a line of a plain result.
type row struct {
	name  string
	value any
}

// rows prints a plain result, one name and value a line.
func rows(lines ...row) func(io.Writer) {
	return func(w io.Writer) {
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		defer t.Flush()
		for _, l := range lines {
			fmt.Fprintf(t, "%s\t%v\n", l.name, l.value)
		}
	}
}

// table prints a map, sorted by name.
func table(m map[string]any) func(io.Writer) {
	var lines []row
	for _, name := range slices.Sorted(maps.Keys(m)) {
		lines = append(lines, row{name, m[name]})
	}
	return rows(lines...)
}
