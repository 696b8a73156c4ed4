package pcs

import (
	"context"
	"fmt"
	"math/bits"

	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/fri"
	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/m31"
)

// Sample is a column's value at a point out of the domain.
type Sample struct {
	Point circle.SecurePoint
	Value m31.QM31
}

// Column is a committed polynomial with its samples: one, or the one at the
// previous row and then the one at the current row.
type Column struct {
	Coeffs  []m31.Element
	Samples []Sample
}

// quotientChunk is the number of rows combined at a time.
const quotientChunk = 1 << 11

// batch gathers all samples at one point P. With wᵢ the power of the random
// coefficient of column i, its quotient at a domain point Q is
//
//	(c·Σ wᵢ·fᵢ(Q) − b − a·Q.y) / line(P, P̄)(Q),
//
// where the line c·Y = a·y + b, summed over the columns, passes through
// (P.y, fᵢ(P)) and its conjugate.
type batch struct {
	point   circle.SecurePoint
	columns []int
	weights []m31.QM31
	a, b, c m31.QM31
}

// newBatches assigns ascending powers of random to the samples, in order of
// columns. A column of two samples takes a power for its periodicity first: a
// sample at the current point, shifted by the lifted domain's generator doubled
// as often as the column's domain is large, which for columns of full size is the
// current point itself.
func newBatches(columns []Column, random m31.QM31) ([]*batch, error) {
	var batches []*batch
	index := map[circle.SecurePoint]*batch{}
	power := m31.One()
	add := func(column int, s Sample) error {
		b := index[s.Point]
		if b == nil {
			b = &batch{point: s.Point, c: s.Point.Y.Conjugate().Sub(s.Point.Y)}
			if b.c.IsZero() {
				return fmt.Errorf("pcs: sample point %v is its own conjugate", s.Point)
			}
			index[s.Point] = b
			batches = append(batches, b)
		}
		a := s.Value.Conjugate().Sub(s.Value)
		b.a = b.a.Add(power.Mul(a))
		b.b = b.b.Add(power.Mul(s.Value.Mul(b.c).Sub(a.Mul(s.Point.Y))))
		if n := len(b.columns); n > 0 && b.columns[n-1] == column {
			b.weights[n-1] = b.weights[n-1].Add(power)
		} else {
			b.columns = append(b.columns, column)
			b.weights = append(b.weights, power)
		}
		power = power.Mul(random)
		return nil
	}
	for i, column := range columns {
		samples := column.Samples
		if len(samples) == 2 {
			samples = []Sample{samples[1], samples[0], samples[1]}
		}
		for _, s := range samples {
			if err := add(i, s); err != nil {
				return nil, err
			}
		}
	}
	return batches, nil
}

// addWeighted adds Σ weights[i]·columns[i][lo:hi] to dst[lo:hi].
func (b *batch) addWeighted(dst *fri.Coeffs, columns []Column, lo, hi int) {
	for n, column := range b.columns {
		src := columns[column].Coeffs[lo:hi]
		for j, w := range b.weights[n].Coords() {
			addScaled(dst[j][lo:hi], src, w)
		}
	}
}

// addScaled sets dst += w·src.
func addScaled(dst, src []m31.Element, w m31.Element) {
	src = src[:len(dst)]
	for i := range dst {
		dst[i] = m31.Add(dst[i], m31.Mul(src[i], w))
	}
}

// Quotients returns the coefficients of the sum of all quotients. Its degree is
// below the columns', so the columns are combined as coefficients, the division
// happens on the first run of tw's domain that is as long as the coefficients,
// and interpolation there gives the result.
func Quotients(ctx context.Context, w parallel.Workers, columns []Column, random m31.QM31, tw *circle.Twiddles) (fri.Coeffs, error) {
	batches, err := newBatches(columns, random)
	if err != nil {
		return fri.Coeffs{}, err
	}
	if len(batches) == 0 {
		return fri.Coeffs{}, fmt.Errorf("pcs: no samples")
	}
	size := len(columns[0].Coeffs)
	logRuns := tw.LogSize() - bits.TrailingZeros(uint(size))
	if size < 4 || logRuns < 0 {
		return fri.Coeffs{}, fmt.Errorf("pcs: %d coefficients on 2^%d points", size, tw.LogSize())
	}
	numerators := make([]fri.Coeffs, len(batches))
	for i := range numerators {
		numerators[i] = newCoeffs(size)
	}
	err = parallel.Chunks(ctx, w, size, quotientChunk, func(_, lo, hi int) error {
		for i, b := range batches {
			b.addWeighted(&numerators[i], columns, lo, hi)
		}
		return nil
	})
	if err != nil {
		return fri.Coeffs{}, err
	}
	run := tw.Circle().Run(0, logRuns)
	err = parallel.For(ctx, w, 4*len(batches), func(_, i int) error {
		run.Evaluate(numerators[i/4][i%4])
		return nil
	})
	if err != nil {
		return fri.Coeffs{}, err
	}

	sub, err := circle.ComputeTwiddles(ctx, w, tw.Domain().Part(0, logRuns), true)
	if err != nil {
		return fri.Coeffs{}, err
	}
	out := newCoeffs(size)
	err = parallel.Chunks(ctx, w, size, quotientChunk, func(_, lo, hi int) error {
		divide(&out, numerators, batches, sub, lo, hi)
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

func newCoeffs(size int) (c fri.Coeffs) {
	for j := range c {
		c[j] = make([]m31.Element, size)
	}
	return c
}

// divide writes the quotients' sum at the positions [lo, hi) of the domain of tw.
func divide(dst *fri.Coeffs, numerators []fri.Coeffs, batches []*batch, tw *circle.Twiddles, lo, hi int) {
	den := make([]m31.CM31, hi-lo)
	for n, b := range batches {
		for i := range den {
			den[i] = b.line(tw.Point(lo + i))
		}
		m31.BatchInverseCM31(den, den)
		f := &numerators[n]
		for i := lo; i < hi; i++ {
			y := tw.Point(i).Y
			q := f.At(i).Mul(b.c).Sub(b.b).Sub(b.a.MulM31(y)).MulCM31(den[i-lo])
			dst.Add(i, q)
		}
	}
}

// line evaluates at Q the line through the batch's point and its conjugate:
// (Re Pₓ − Qₓ)·Im P_y − (Re P_y − Q_y)·Im Pₓ, in CM31.
func (b *batch) line(q circle.Point) m31.CM31 {
	x := b.point.X.A.Sub(m31.CM31{A: q.X})
	y := b.point.Y.A.Sub(m31.CM31{A: q.Y})
	return x.Mul(b.point.Y.B).Sub(y.Mul(b.point.X.B))
}
