package prove

import (
	"context"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/m31/vector"
)

// batchesPerTask is the number of batches of rows evaluated between two looks at
// the context.
const batchesPerTask = 16

// composition returns the coefficients of the composition polynomial
//
//	Σ coeff^(n−1−i)·constraintᵢ / vanishing(trace domain)
//
// as eight polynomials of the trace's size: four coordinates of the lower half of
// the coefficients, then four of the upper.
//
// Constraints have degree at most 3, so the quotient has twice the trace's size.
// It is evaluated on the first two runs, of the trace's size each, of the
// evaluation domain: together they are a domain, and the vanishing polynomial is
// constant on each of them.
func (p *prover) composition(ctx context.Context, coeff m31.QM31) ([][]m31.Element, error) {
	values, err := p.evaluateColumns(ctx)
	if err != nil {
		return nil, err
	}
	size := 1 << p.logSize
	domain := p.lde.Domain().Part(0, int(p.cfg.LogBlowup)-1)
	trace := circle.CanonicCoset(p.logSize)
	var denominators [2]m31.Element
	for run := range denominators {
		denominators[run] = m31.Inverse(circle.CosetVanishingBase(trace, domain.At(run)))
	}

	var sum [4][]m31.Element
	for j := range sum {
		sum[j] = make([]m31.Element, 2*size)
	}
	batch := min(air.BatchRows, size)
	workers := make([]*rowReader, p.workers.Count())
	err = parallel.Chunks(ctx, p.workers, 2*size/batch, batchesPerTask, func(worker, lo, hi int) error {
		if workers[worker] == nil {
			workers[worker] = newRowReader(p, values, coeff)
		}
		for b := lo; b < hi; b++ {
			var acc [4][]m31.Element
			for j := range acc {
				acc[j] = sum[j][b*batch : (b+1)*batch]
			}
			workers[worker].batch(b*batch, batch, acc)
			vector.ScaleBase(acc, acc, denominators[b*batch/size])
		}
		return nil
	})
	if err != nil {
		return nil, err
	}

	tw, err := circle.ComputeTwiddles(ctx, p.workers, domain, true)
	if err != nil {
		return nil, err
	}
	err = parallel.For(ctx, p.workers, 4, func(_, j int) error {
		tw.Interpolate(sum[j])
		return nil
	})
	if err != nil {
		return nil, err
	}
	halves := make([][]m31.Element, 8)
	for j := range sum {
		halves[j], halves[4+j] = sum[j][:size:size], sum[j][size:]
	}
	return halves, nil
}

// evaluateColumns returns the values of all columns of the AIR's trees on the
// first two runs of the evaluation domain.
func (p *prover) evaluateColumns(ctx context.Context) ([][][]m31.Element, error) {
	size := 1 << p.logSize
	values := make([][][]m31.Element, len(p.trees))
	type task struct{ tree, column, run int }
	var tasks []task
	for t, tree := range p.trees {
		values[t] = make([][]m31.Element, len(tree.Coeffs()))
		for i := range values[t] {
			values[t][i] = make([]m31.Element, 2*size)
			tasks = append(tasks, task{t, i, 0}, task{t, i, 1})
		}
	}
	err := parallel.For(ctx, p.workers, len(tasks), func(_, i int) error {
		t := tasks[i]
		dst := values[t.tree][t.column][t.run*size : (t.run+1)*size]
		p.lde.Circle().EvaluateRun(dst, p.trees[t.tree].Coeffs()[t.column], t.run, nil)
		return nil
	})
	return values, err
}

// rowReader evaluates constraints on batches of rows; each worker has its own.
type rowReader struct {
	evaluator *air.Evaluator
	values    [][][]m31.Element
	logRows   int
	start, n  int
	previous  [][][]m31.Element // values on the rows before the batch's, by tree and column
}

func newRowReader(p *prover, values [][][]m31.Element, coeff m31.QM31) *rowReader {
	r := &rowReader{
		evaluator: air.NewEvaluator(p.component, p.challenges, coeff),
		values:    values,
		logRows:   p.logSize,
		previous:  make([][][]m31.Element, len(values)),
	}
	for t := range values {
		r.previous[t] = make([][]m31.Element, len(values[t]))
	}
	return r
}

// batch evaluates the combination on n rows from start.
func (r *rowReader) batch(start, n int, acc [4][]m31.Element) {
	r.start, r.n = start, n
	r.evaluator.Batch(n, r.cells, acc)
}

// cells is the evaluator's view of the columns: the offsets 0 and −1.
func (r *rowReader) cells(tree, column, offset int) []m31.Element {
	values := r.values[tree][column]
	if offset == 0 {
		return values[r.start : r.start+r.n]
	}
	out := &r.previous[tree][column]
	if *out == nil {
		*out = make([]m31.Element, air.BatchRows)
	}
	circle.PreviousRows((*out)[:r.n], values, r.start, r.logRows)
	return (*out)[:r.n]
}
