package lde

import (
	"context"

	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/m31"
)

// tasksPerWorker is the number of transforms that a wave offers each worker, so
// that none waits long for the others at its end.
const tasksPerWorker = 4

// A wave is a group of consecutive runs that are evaluated and then hashed.
type wave struct {
	*Commitment
	workers parallel.Workers
	logRun  int
	runs    int
	values  [][]m31.Element // by column: its own values in the wave's runs
	scratch []chunkScratch  // by worker
}

// chunkScratch is what a worker keeps from chunk to chunk.
type chunkScratch struct {
	columns [][]m31.Element // in leaf order
	lifted  [][]m31.Element
}

func newWave(c *Commitment, w parallel.Workers, logRun int) *wave {
	v := &wave{Commitment: c, workers: w, logRun: logRun, runs: 1}
	for v.runs < 1<<(c.logSize-logRun) && v.runs*len(c.columns) < tasksPerWorker*w.Count() {
		v.runs *= 2
	}
	v.values = make([][]m31.Element, len(c.columns))
	for i := range c.columns {
		v.values[i] = make([]m31.Element, v.runs*c.columns[i].runLength(logRun))
	}
	v.scratch = make([]chunkScratch, w.Count())
	return v
}

// run returns column i's own values in the wave's r-th run.
func (v *wave) run(i, r int) []m31.Element {
	n := v.columns[i].runLength(v.logRun)
	return v.values[i][r*n : (r+1)*n]
}

// evaluate computes the values of all columns from run number first on.
func (v *wave) evaluate(ctx context.Context, first int) error {
	return parallel.For(ctx, v.workers, v.runs*len(v.columns), func(_, task int) error {
		r, i := task/len(v.columns), task%len(v.columns)
		v.columns[i].evaluate(v.run(i, r), first+r, v.logRun, nil)
		return nil
	})
}

// hash adds the leaves from run number first on to the tree.
func (v *wave) hash(ctx context.Context, first int) error {
	leaves := 1 << (v.logRun - v.logPack) // of a run
	chunk := min(leaves, leafChunk)
	return parallel.For(ctx, v.workers, v.runs*leaves/chunk, func(worker, task int) error {
		s := &v.scratch[worker]
		if s.columns == nil {
			s.columns = make([][]m31.Element, len(v.columns))
			s.lifted = make([][]m31.Element, len(v.columns))
			for n, i := range v.leaf {
				if v.columns[i].lift > 0 {
					s.lifted[n] = make([]m31.Element, chunk<<v.logPack)
				}
			}
		}
		r, lo := task*chunk/leaves, task*chunk%leaves
		for n, i := range v.leaf {
			s.columns[n] = v.columns[i].lifted(v.run(i, r), lo<<v.logPack, (lo+chunk)<<v.logPack, s.lifted[n])
		}
		v.tree.AbsorbColumns((first+r)*leaves+lo, s.columns, v.logPack)
		return nil
	})
}
