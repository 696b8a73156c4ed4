package prove

import (
	"context"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/lde"
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
// as eight polynomials of the largest trace's size: four coordinates of the lower
// half of the coefficients, then four of the upper. i counts the constraints of
// all components. The buffers are the prover's until it is released.
//
// Constraints have degree at most 3, so the quotient of a component has twice its
// trace's size. Components of one size are added up as values, those of different
// sizes as coefficients, each lifted to the largest size.
func (p *prover) composition(ctx context.Context, coeff m31.QM31) ([][]m31.Element, error) {
	scalars, err := p.air.Scalars(p.challenges, p.interaction.ClaimedSums)
	if err != nil {
		return nil, err
	}
	// The power of the last constraint of each component.
	weights := make([]m31.QM31, len(p.air.Components))
	power := m31.One()
	for i := len(weights) - 1; i >= 0; i-- {
		weights[i] = power
		power = power.Mul(coeff.Pow(uint64(len(p.air.Components[i].Constraints))))
	}

	var sum [4][]m31.Element // nil before the first size
	for logSize := p.logSize; logSize > 0; logSize-- {
		var q *quotient
		for i, c := range p.air.Components {
			if int(c.LogSize) != logSize {
				continue
			}
			if q == nil {
				if q, err = p.newQuotient(ctx, logSize); err != nil {
					return nil, err
				}
			}
			if err := q.add(ctx, i, air.NewEvaluator(c, scalars[i], coeff, weights[i])); err != nil {
				return nil, err
			}
		}
		if q == nil {
			continue
		}
		coeffs, err := q.interpolate(ctx)
		if err != nil {
			return nil, err
		}
		if sum[0] == nil { // the largest size comes first
			sum, p.halves = coeffs, coeffs[:]
			continue
		}
		for j := range sum {
			circle.AddLifted(sum[j], coeffs[j])
		}
		p.ws.arena.Release(coeffs[:]...)
	}
	size := 1 << p.logSize
	halves := make([][]m31.Element, 8)
	for i := range halves {
		halves[i] = sum[i%4][i/4*size:][:size:size]
	}
	return halves, nil
}

// quotient accumulates the constraint quotients of components of one size.
//
// They are evaluated on the first two runs, of the trace's size each, of the
// evaluation domain that belongs to the size: together they are a domain, and the
// vanishing polynomial is constant on each of them.
type quotient struct {
	p            *prover
	logSize      int
	tw           *circle.Twiddles // of the two runs
	denominators [2]m31.Element
	values       [4][]m31.Element // of any content until something is added
	added        bool
}

func (p *prover) newQuotient(ctx context.Context, logSize int) (*quotient, error) {
	tw, err := p.ws.front(ctx, p.workers, p.lde, logSize+int(p.cfg.LogBlowup), logSize+1)
	if err != nil {
		return nil, err
	}
	q := &quotient{p: p, logSize: logSize, tw: tw}
	trace := circle.CanonicCoset(logSize)
	for run := range q.denominators {
		q.denominators[run] = m31.Inverse(circle.CosetVanishingBase(trace, tw.Domain().At(run)))
	}
	for j := range q.values {
		q.values[j] = p.ws.arena.Elements(2 << logSize)
	}
	return q, nil
}

// add adds a component's quotient.
func (q *quotient) add(ctx context.Context, component int, evaluator *air.Evaluator) error {
	columns, release, err := q.evaluateColumns(ctx, component)
	defer release()
	if err != nil {
		return err
	}
	size := 1 << q.logSize
	batch := min(air.BatchRows, size)
	workers := make([]*rowReader, q.p.workers.Count())
	batches := 2 * size / batch
	first := !q.added
	q.added = true
	return parallel.Chunks(ctx, q.p.workers, batches, q.p.workers.Chunk(batches, 1, batchesPerTask), func(worker, lo, hi int) error {
		if workers[worker] == nil {
			workers[worker] = newRowReader(evaluator.Clone(), columns, q.logSize)
		}
		for b := lo; b < hi; b++ {
			sum := workers[worker].batch(b*batch, batch)
			for j := range sum {
				dst, by := q.values[j][b*batch:(b+1)*batch], q.denominators[b*batch/size]
				if first {
					vector.Scale(dst, sum[j], by)
				} else {
					vector.AddScaled(dst, dst, sum[j], by)
				}
			}
		}
		return nil
	})
}

// evaluateColumns returns the values of a component's columns on the two runs,
// until they are released.
func (q *quotient) evaluateColumns(ctx context.Context, component int) (values [][][]m31.Element, release func(), err error) {
	trees := q.p.air.Components[component].Trees
	values = make([][][]m31.Element, len(trees))
	var fronts []*lde.Front
	release = func() {
		for _, f := range fronts {
			f.Release()
		}
	}
	for t, columns := range trees {
		sizes := make([]int, len(q.p.air.Columns(t)))
		for i := range sizes {
			sizes[i] = -1
		}
		for i := range columns {
			sizes[q.p.air.Locate(component, t, i)] = q.logSize + 1
		}
		front, err := q.p.trees[t].Front(ctx, q.p.workers, sizes)
		if err != nil {
			return nil, release, err
		}
		fronts = append(fronts, front)
		values[t] = make([][]m31.Element, len(columns))
		for i := range columns {
			values[t][i] = front.Values[q.p.air.Locate(component, t, i)]
		}
	}
	return values, release, nil
}

// interpolate returns the coefficients of the sum.
func (q *quotient) interpolate(ctx context.Context) ([4][]m31.Element, error) {
	err := parallel.For(ctx, q.p.workers, 4, func(_, j int) error {
		q.tw.Interpolate(q.values[j])
		return nil
	})
	return q.values, err
}
