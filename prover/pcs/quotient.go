package pcs

import (
	"context"
	"fmt"

	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/fri"
	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/m31/vector"
)

// quotientChunk is the number of rows combined at a time.
const quotientChunk = 1 << 11

// Quotients returns the 2^logDegree coefficients of the sum of all quotients, for
// columns of at most as many coefficients that are committed to on the domain of
// tw. Its degree is below that of the columns, so the columns are combined as
// coefficients, the division happens on the first run of the domain that is as
// long as the coefficients, and interpolation there gives the result.
func Quotients(ctx context.Context, w parallel.Workers, columns []Column, random m31.QM31, tw *circle.Twiddles, logDegree int) (fri.Coeffs, error) {
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
	values, err := combine(ctx, w, batches, logDegree)
	if err != nil {
		return fri.Coeffs{}, err
	}
	if err := evaluate(ctx, w, values, tw, logRuns); err != nil {
		return fri.Coeffs{}, err
	}

	sub, err := circle.ComputeTwiddles(ctx, w, tw.Domain().Part(0, logRuns), true)
	if err != nil {
		return fri.Coeffs{}, err
	}
	out := newCoeffs(1 << logDegree)
	err = parallel.Chunks(ctx, w, 1<<logDegree, quotientChunk, func(_, lo, hi int) error {
		divide(&out, values, batches, sub, lo, hi)
		return nil
	})
	if err != nil {
		return fri.Coeffs{}, err
	}
	err = parallel.For(ctx, w, 4, func(_, i int) error {
		sub.Interpolate(out[i])
		return nil
	})
	return out, err
}

// divide writes the quotients' sum at the positions [lo, hi) of the domain of tw.
func divide(dst *fri.Coeffs, values []numerators, batches []*batch, tw *circle.Twiddles, lo, hi int) {
	n := hi - lo
	x, y, scratch := make([]m31.Element, n), make([]m31.Element, n), make([]m31.Element, n)
	tw.Points(x, y, lo)
	inv := vector.MakeComplex(n)
	for i, b := range batches {
		c, cx, cy := b.line()
		vector.Affine(inv, x, y, c, cx, cy)
		vector.InverseComplex(inv, inv, scratch)
		f := values[i].run(lo, hi)
		vector.AddQuotient(vector.Secure(*dst).Slice(lo, hi), f, y, inv, b.a, b.b, b.c)
	}
}
