package lde

import (
	"context"

	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/m31"
)

// Bounds on the work of a wave.
const (
	// tasksPerWorker is the number of transforms that a wave offers each worker, so
	// that none waits long for the others at its end.
	tasksPerWorker = 4
	// maxSplit is how many times a run may be halved for more tasks or less memory.
	// Each halving adds a pass over the coefficients for each half.
	maxSplit = 4
	// minLogRun is log₂ of the positions below which halving a run is pointless.
	minLogRun = 12
)

// A wave is a group of consecutive runs that are evaluated and then hashed.
type wave struct {
	*Commitment
	options   Options
	logRun    int
	runs      int
	first     int             // number of the wave's first run
	values    [][]m31.Element // by column: its own values in the wave's runs
	kept      [][]m31.Element // by column: its own values in the first runs of all
	keeps     int             // the number of runs whose values are kept
	evaluated bool            // all values are there
	scratch   []scratch       // by worker
}

// scratch is what a worker keeps from task to task.
type scratch struct {
	narrow  []m31.Element
	columns [][]m31.Element // in leaf order
	lifted  [][]m31.Element
}

// newWave chooses the size of runs and waves for a commitment whose longest
// polynomial has 2^logMax coefficients.
func newWave(c *Commitment, o Options, logMax int) *wave {
	v := &wave{Commitment: c, options: o, runs: 1}
	least := max(logMax-maxSplit, minLogRun, c.tree.LogRun()+c.logPack)
	for i := range c.columns {
		least = max(least, c.columns[i].lift+1)
	}
	workers := o.Workers.Count()
	v.logRun = max(logMax, c.tree.LogRun()+c.logPack)
	for v.logRun > least && len(c.columns)<<(c.logSize-v.logRun) < workers {
		v.logRun--
	}
	for v.logRun > least && o.Keep == KeepNothing && o.WaveBytes > 0 && v.bytes() > o.WaveBytes {
		v.logRun--
	}
	total := 1 << (c.logSize - v.logRun)
	for v.runs < total && v.runs*len(c.columns) < tasksPerWorker*workers {
		v.runs *= 2
	}
	switch o.Keep {
	case KeepFront:
		v.keeps = min(1<<max(logMax+1-v.logRun, 0), total)
	case KeepAll:
		v.keeps = total
	}
	if v.keeps > 0 {
		v.kept = v.buffers(v.keeps)
	}
	if v.keeps < total {
		v.values = v.buffers(v.runs)
	}
	v.scratch = make([]scratch, workers)
	return v
}

// buffers lends memory for so many runs of each column.
func (v *wave) buffers(runs int) [][]m31.Element {
	out := make([][]m31.Element, len(v.columns))
	for i := range v.columns {
		out[i] = v.options.Arena.Elements(runs * v.columns[i].runLength(v.logRun))
	}
	return out
}

// bytes returns the size of one run of all columns.
func (v *wave) bytes() int {
	n := 0
	for i := range v.columns {
		n += 4 * v.columns[i].runLength(v.logRun)
	}
	return n
}

// release returns the wave's buffers to the arena.
func (v *wave) release() {
	v.options.Arena.Release(v.values...)
	v.options.Arena.Release(v.kept...)
	for i := range v.scratch {
		v.options.Arena.Release(v.scratch[i].narrow)
		v.options.Arena.Release(v.scratch[i].lifted...)
	}
}

// run returns column i's own values in run number r.
func (v *wave) run(i, r int) []m31.Element {
	n := v.columns[i].runLength(v.logRun)
	if r < v.keeps {
		return v.kept[i][r*n : (r+1)*n]
	}
	r -= v.first
	return v.values[i][r*n : (r+1)*n]
}

// prepare makes the coefficients ready. If all values are kept and the polynomials
// are enough for all workers, each is evaluated everywhere at once, while its
// coefficients are in cache.
func (v *wave) prepare(ctx context.Context) error {
	total := 1 << (v.logSize - v.logRun)
	v.evaluated = v.keeps == total && len(v.columns) >= tasksPerWorker*v.options.Workers.Count()
	if !v.evaluated && v.options.Prepare == nil {
		return nil
	}
	if v.evaluated {
		v.runs = total
	}
	return parallel.For(ctx, v.options.Workers, len(v.columns), func(worker, i int) error {
		if v.options.Prepare != nil {
			if err := v.options.Prepare(i); err != nil {
				return err
			}
		}
		for r := 0; v.evaluated && r < total; r++ {
			v.evaluateRun(worker, i, r)
		}
		return nil
	})
}

// evaluate computes the values of all columns from run number first on.
func (v *wave) evaluate(ctx context.Context, first int) error {
	v.first = first
	return parallel.For(ctx, v.options.Workers, v.runs*len(v.columns), func(worker, task int) error {
		v.evaluateRun(worker, task%len(v.columns), first+task/len(v.columns))
		return nil
	})
}

// evaluateRun computes column i's own values in run number r.
func (v *wave) evaluateRun(worker, i, r int) {
	c, s, dst := &v.columns[i], &v.scratch[worker], v.run(i, r)
	if half := len(c.coeffs) / 2; len(dst) <= half && len(s.narrow) < half {
		v.options.Arena.Release(s.narrow)
		s.narrow = v.options.Arena.Elements(half)
	}
	c.evaluate(dst, r, v.logRun, s.narrow)
}

// hash adds the leaves from run number first on to the tree.
func (v *wave) hash(ctx context.Context, first int) error {
	leaves := 1 << (v.logRun - v.logPack) // of a run
	chunk := v.options.Workers.Chunk(v.runs*leaves, min(leaves, minLeafChunk), min(leaves, leafChunk))
	return parallel.For(ctx, v.options.Workers, v.runs*leaves/chunk, func(worker, task int) error {
		s := &v.scratch[worker]
		if s.columns == nil {
			s.columns = make([][]m31.Element, len(v.columns))
			s.lifted = make([][]m31.Element, len(v.columns))
			for n, i := range v.leaf {
				if v.columns[i].lift > 0 {
					s.lifted[n] = v.options.Arena.Elements(chunk << v.logPack)
				}
			}
		}
		r, lo := first+task*chunk/leaves, task*chunk%leaves
		for n, i := range v.leaf {
			s.columns[n] = v.columns[i].lifted(v.run(i, r), lo<<v.logPack, (lo+chunk)<<v.logPack, s.lifted[n])
		}
		v.tree.AbsorbColumns(r*leaves+lo, s.columns, v.logPack)
		return nil
	})
}
