package pcs

import (
	"context"
	"fmt"

	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/fri"
	"github.com/sage-network/sage-node/prover/internal/arena"
	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/m31/vector"
)

// quotientChunk is the number of rows combined at a time, and minQuotientChunk that
// below which it is not worth dividing them among workers.
const (
	quotientChunk    = 1 << 11
	minQuotientChunk = 1 << 8
)

// Quotients returns the 2^logDegree coefficients of the sum of all quotients, for
// columns of at most as many coefficients that are committed to on the domain of
// tw. Its degree is below that of the columns, so the columns are combined as
// coefficients, the division happens on the first run of the domain that is as
// long as the coefficients, and interpolation there gives the result. The buffers
// are the arena's, which may be nil; the result belongs to the caller.
func Quotients(ctx context.Context, w parallel.Workers, a *arena.Arena, columns []Column, random m31.QM31, tw *circle.Twiddles, logDegree int) (fri.Coeffs, error) {
	logRuns := tw.LogSize() - logDegree
	if logDegree < 2 || logRuns < 0 {
		return fri.Coeffs{}, fmt.Errorf("pcs: quotients of 2^%d coefficients on 2^%d points", logDegree, tw.LogSize())
	}
	if err := checkColumns(columns, logDegree); err != nil {
		return fri.Coeffs{}, err
	}
	batches, err := newBatches(columns, random, logDegree)
	if err != nil {
		return fri.Coeffs{}, err
	}
	if len(batches) == 0 {
		return fri.Coeffs{}, fmt.Errorf("pcs: no samples")
	}
	values, err := combine(ctx, w, a, batches, logDegree)
	defer func() {
		for i := range values {
			a.Release(values[i].Coeffs[:]...)
		}
	}()
	if err != nil {
		return fri.Coeffs{}, err
	}
	if err := evaluate(ctx, w, values, tw, logRuns); err != nil {
		return fri.Coeffs{}, err
	}

	sub, err := tw.Front(ctx, w, logDegree, true)
	if err != nil {
		return fri.Coeffs{}, err
	}
	out := fri.NewCoeffs(a, 1<<logDegree)
	scratch := make([]division, w.Count())
	err = parallel.Chunks(ctx, w, 1<<logDegree, w.Chunk(1<<logDegree, minQuotientChunk, quotientChunk), func(worker, lo, hi int) error {
		scratch[worker].divide(&out, values, batches, sub, lo, hi)
		return nil
	})
	if err == nil {
		err = parallel.For(ctx, w, 4, func(_, i int) error {
			sub.Interpolate(out[i])
			return nil
		})
	}
	if err != nil {
		a.Release(out[:]...)
		return fri.Coeffs{}, err
	}
	return out, nil
}

// division is what a worker keeps from chunk to chunk.
type division struct {
	x, y, scratch []m31.Element
	inv           vector.Complex
	lifted        vector.Secure
}

// divide writes the quotients' sum at the positions [lo, hi) of the domain of tw.
func (d *division) divide(dst *fri.Coeffs, values []numerators, batches []*batch, tw *circle.Twiddles, lo, hi int) {
	n := hi - lo
	if len(d.x) != n {
		d.x, d.y, d.scratch = make([]m31.Element, n), make([]m31.Element, n), make([]m31.Element, n)
		d.inv, d.lifted = vector.MakeComplex(n), vector.MakeSecure(n)
	}
	sum := vector.Secure(*dst).Slice(lo, hi)
	for j := range sum {
		clear(sum[j])
	}
	tw.Points(d.x, d.y, lo)
	for i, b := range batches {
		c, cx, cy := b.line()
		vector.Affine(d.inv, d.x, d.y, c, cx, cy)
		vector.InverseComplex(d.inv, d.inv, d.scratch)
		f := values[i].run(d.lifted, lo, hi)
		vector.AddQuotient(sum, f, d.y, d.inv, b.a, b.b, b.c)
	}
}
