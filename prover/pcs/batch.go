package pcs

import (
	"fmt"

	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/m31"
)

// batch gathers all samples at one point P. With wᵢ the power of the random
// coefficient of column i, its quotient at a domain point Q is
//
//	(c·Σ wᵢ·fᵢ(Q) − b − a·Q.y) / line(P, P̄)(Q),
//
// where the line c·Y = a·y + b, summed over the columns, passes through
// (P.y, fᵢ(P)) and its conjugate.
type batch struct {
	point   circle.SecurePoint
	terms   []term
	a, b, c m31.QM31
}

// term is a column's part in a batch's numerator.
type term struct {
	column *Column
	weight m31.QM31
}

// newBatches assigns ascending powers of random to the samples, in order of
// columns. A column of two samples takes a power for its periodicity first: its
// last sample, moved by the column's period, which is the generator of the
// subgroup of 2^logDegree / (its size) points. For columns of full size this is
// the last sample itself.
func newBatches(columns []Column, random m31.QM31, logDegree int) ([]*batch, error) {
	var batches []*batch
	index := map[circle.SecurePoint]*batch{}
	power := m31.One()
	add := func(column *Column, s Sample) error {
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
		if n := len(b.terms); n > 0 && b.terms[n-1].column == column {
			b.terms[n-1].weight = b.terms[n-1].weight.Add(power)
		} else {
			b.terms = append(b.terms, term{column, power})
		}
		power = power.Mul(random)
		return nil
	}
	for i := range columns {
		column := &columns[i]
		if samples := column.Samples; len(samples) == 2 {
			period := circle.SubgroupGenerator(logDegree - column.logSize()).Point().Secure()
			if err := add(column, Sample{samples[1].Point.Add(period), samples[1].Value}); err != nil {
				return nil, err
			}
		}
		for _, s := range column.Samples {
			if err := add(column, s); err != nil {
				return nil, err
			}
		}
	}
	return batches, nil
}

// logSize returns log₂ of the number of coefficients of the longest column.
func (b *batch) logSize() int {
	n := 0
	for _, t := range b.terms {
		n = max(n, t.column.logSize())
	}
	return n
}

// line returns c, cx and cy such that c + cx·Qₓ + cy·Q_y is the value at Q of the
// line through the batch's point and its conjugate,
// (Re Pₓ − Qₓ)·Im P_y − (Re P_y − Q_y)·Im Pₓ, in CM31.
func (b *batch) line() (c, cx, cy m31.CM31) {
	x, y := b.point.X, b.point.Y
	return x.A.Mul(y.B).Sub(y.A.Mul(x.B)), y.B.Neg(), x.B
}
