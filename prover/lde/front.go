package lde

import (
	"context"
	"fmt"

	"github.com/sage-network/sage-node/prover/internal/arena"
	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/m31"
)

// Front holds the values of a commitment's columns on the first part of the
// domain, which in bit-reversed order is a domain by itself.
type Front struct {
	// Values[column] are the column's values at the first positions of its own
	// domain, not to be changed.
	Values [][]m31.Element
	// lent are those of the values that are not the commitment's own.
	lent  [][]m31.Element
	arena *arena.Arena
}

// Front returns for each column the values at the first 2^logSizes[column]
// positions of its own domain (not lifted): those that were kept, or else
// evaluated now. They are valid until the front or the commitment is released. A
// negative size leaves a column out.
func (c *Commitment) Front(ctx context.Context, w parallel.Workers, logSizes []int) (*Front, error) {
	f := &Front{Values: make([][]m31.Element, len(c.columns)), arena: c.arena}
	if len(logSizes) != len(c.columns) {
		return nil, fmt.Errorf("lde: sizes of %d columns, want %d", len(logSizes), len(c.columns))
	}
	type task struct{ column, run, logRun int }
	var tasks []task
	for i, log := range logSizes {
		column := &c.columns[i]
		own := column.transform.LogSize()
		switch {
		case log > own:
			f.Release()
			return nil, fmt.Errorf("lde: the first 2^%d of 2^%d values of column %d", log, own, i)
		case log < 0:
		case c.values != nil && len(c.values[i]) >= 1<<log:
			f.Values[i] = c.values[i][:1<<log]
		default:
			f.Values[i] = c.arena.Elements(1 << log)
			f.lent = append(f.lent, f.Values[i])
			logRun := min(log, logLength(column.coeffs))
			for run := range 1 << (log - logRun) {
				tasks = append(tasks, task{i, run, logRun})
			}
		}
	}
	err := parallel.For(ctx, w, len(tasks), func(_, n int) error {
		t := tasks[n]
		dst := f.Values[t.column][t.run<<t.logRun : (t.run+1)<<t.logRun]
		c.columns[t.column].transform.EvaluateRun(dst, c.columns[t.column].coeffs, t.run, nil)
		return nil
	})
	if err != nil {
		f.Release()
		return nil, err
	}
	return f, nil
}

// Release gives the values back that are not the commitment's own.
func (f *Front) Release() {
	f.arena.Release(f.lent...)
	f.Values, f.lent = nil, nil
}
