package pcs

import (
	"context"

	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/fri"
	"github.com/sage-network/sage-node/prover/internal/arena"
	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/m31/vector"
)

// numerators are a batch's Σ wᵢ·fᵢ: first its coefficients, then its values on
// the first run of the domain. It is as long as the batch's longest column.
type numerators struct {
	fri.Coeffs
	// lift is log₂ of the quotients' size over this one's.
	lift int
}

// run returns the values at the positions [lo, hi) of the quotients' run, written
// to buf where they are fewer than the quotients'.
func (n *numerators) run(buf vector.Secure, lo, hi int) vector.Secure {
	if n.lift == 0 {
		return vector.Secure(n.Coeffs).Slice(lo, hi)
	}
	for j, values := range n.Coeffs {
		for i := range buf[j] {
			buf[j][i] = values[(lo+i)>>(n.lift+1)<<1+i&1]
		}
	}
	return buf
}

// combine returns the numerators of the batches, as coefficients.
func combine(ctx context.Context, w parallel.Workers, a *arena.Arena, batches []*batch, logDegree int) ([]numerators, error) {
	// Terms of one size are combined among themselves, going once through the
	// coefficients for all batches; shorter sums are spread into the longest then.
	sums := make([]map[int]fri.Coeffs, len(batches)) // by batch, then log size
	terms := make([]map[int][]term, len(batches))
	for i, b := range batches {
		sums[i], terms[i] = map[int]fri.Coeffs{}, map[int][]term{}
		for _, t := range b.terms {
			log := t.column.logSize()
			terms[i][log] = append(terms[i][log], t)
		}
		for log := range terms[i] {
			sums[i][log] = fri.NewCoeffs(a, 1<<log)
		}
	}
	for log := range logDegree + 1 {
		err := parallel.Chunks(ctx, w, 1<<log, w.Chunk(1<<log, minQuotientChunk, quotientChunk), func(_, lo, hi int) error {
			for i := range batches {
				addTerms(sums[i][log], terms[i][log], lo, hi)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	out := make([]numerators, len(batches))
	for i, b := range batches {
		log := b.logSize()
		out[i] = numerators{sums[i][log], logDegree - log}
		for short, sum := range sums[i] {
			if short == log {
				continue
			}
			for j := range sum {
				circle.AddLifted(out[i].Coeffs[j], sum[j])
			}
			a.Release(sum[:]...)
		}
	}
	return out, nil
}

// addTerms sets the coefficients [lo, hi) of dst to the terms' sum.
func addTerms(dst fri.Coeffs, terms []term, lo, hi int) {
	if len(terms) == 0 {
		return
	}
	sum := vector.Secure(dst).Slice(lo, hi)
	for j := range sum {
		clear(sum[j])
	}
	columns, weights := make([][]m31.Element, len(terms)), make([]m31.QM31, len(terms))
	for i, t := range terms {
		columns[i], weights[i] = t.column.Coeffs[lo:hi], t.weight
	}
	vector.AddCombination(sum, columns, weights)
}

// evaluate replaces the coefficients by the values on the first run, as long as
// the coefficients, of the domain of tw (on which the longest columns are
// extended) or of the one that it becomes by doubling points.
func evaluate(ctx context.Context, w parallel.Workers, all []numerators, tw *circle.Twiddles, logRuns int) error {
	runs := map[int]circle.Transform{}
	for _, n := range all {
		if _, ok := runs[n.lift]; !ok {
			runs[n.lift] = tw.Double(n.lift).Circle().Run(0, logRuns)
		}
	}
	return parallel.For(ctx, w, 4*len(all), func(_, i int) error {
		n := &all[i/4]
		runs[n.lift].Evaluate(n.Coeffs[i%4])
		return nil
	})
}
