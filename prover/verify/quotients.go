package verify

import (
	"fmt"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
)

// A term is one sample's share in the numerators at its point: for a column
// with value v at z and f at the queried point p it adds
//
//	weight·(c·f − a·p.y − b)
//
// which is a line through (z.y, v) and its conjugate, times weight; a, b and c
// already include the weight.
type term struct {
	tree, column int
	a, b, c      m31.QM31
}

// A batch holds the terms of one sample point, which share a denominator.
type batch struct {
	point circle.SecurePoint
	terms []term
}

// batches groups terms by point.
type batches struct {
	list  []*batch
	index map[circle.SecurePoint]*batch
	power m31.QM31 // of the next term
	coeff m31.QM31
}

// add records that the column takes the value v at the point.
func (b *batches) add(point circle.SecurePoint, tree, column int, v m31.QM31) {
	to := b.index[point]
	if to == nil {
		to = &batch{point: point}
		b.index[point] = to
		b.list = append(b.list, to)
	}
	to.add(tree, column, v, b.power)
	b.power = b.power.Mul(b.coeff)
}

// newBatches assigns the powers of the coefficient, ascending over the samples in
// order (tree, column, mask). A column that is sampled at two points takes a third
// power, the first of its three, for the periodicity sample: its last value at the
// last point moved by the column's period. For columns of full size this period is
// the group's neutral element.
func newBatches(a *air.AIR, oods circle.SecurePoint, coeff m31.QM31, p *proof.StarkProof) []*batch {
	b := &batches{index: map[circle.SecurePoint]*batch{}, power: m31.One(), coeff: coeff}
	step := circle.CanonicCoset(int(a.LogSize())).Step.Point().Secure()
	around := [3]circle.SecurePoint{oods.Sub(step), oods, oods.Add(step)}
	for t, columns := range p.SampledValues {
		for i, values := range columns {
			mask, logSize := []int{0}, a.LogSize()
			if t < a.Trees() {
				column := a.Columns(t)[i]
				mask, logSize = column.Mask, column.LogSize
			}
			points := make([]circle.SecurePoint, len(mask))
			for j, offset := range mask {
				points[j] = around[1+offset]
			}
			if len(mask) == 2 {
				period := circle.SubgroupGenerator(int(a.LogSize() - logSize)).Point().Secure()
				b.add(points[1].Add(period), t, i, values[1])
			}
			for j, point := range points {
				b.add(point, t, i, values[j])
			}
		}
	}
	return b.list
}

// quotients returns the combined quotient polynomial's value at each queried
// position, from the queried and the sampled values.
func quotients(a *air.AIR, s proof.Shape, oods circle.SecurePoint, coeff m31.QM31, p *proof.StarkProof, queries []int) ([]m31.QM31, error) {
	batches := newBatches(a, oods, coeff, p)
	for _, b := range batches {
		if b.point.Y == b.point.Y.Conjugate() {
			return nil, fmt.Errorf("%w: a sample point equals its conjugate", ErrDegenerate)
		}
	}

	domain := circle.CanonicDomain(int(s.LogDomain()))
	out := make([]m31.QM31, len(queries))
	for q, position := range queries {
		at := domain.At(circle.BitReverseIndex(position, int(s.LogDomain())))
		for _, b := range batches {
			den := b.denominator(at)
			if den.IsZero() {
				return nil, fmt.Errorf("%w: a queried point lies on the line of a sample point", ErrDegenerate)
			}
			var numerator m31.QM31
			for _, t := range b.terms {
				f := p.QueriedValues[t.tree][t.column][q]
				numerator = numerator.Add(t.c.MulM31(f)).Sub(t.a.MulM31(at.Y)).Sub(t.b)
			}
			out[q] = out[q].Add(numerator.MulCM31(den.Inverse()))
		}
	}
	return out, nil
}

// add records that the column takes the value v at the batch's point.
func (b *batch) add(tree, column int, v, weight m31.QM31) {
	y := b.point.Y
	a := v.Conjugate().Sub(v)
	c := y.Conjugate().Sub(y)
	b.terms = append(b.terms, term{
		tree: tree, column: column,
		a: weight.Mul(a),
		b: weight.Mul(v.Mul(c).Sub(a.Mul(y))),
		c: weight.Mul(c),
	})
}

// denominator evaluates at p the line through the batch's point and its
// conjugate: (Re x − p.x)·Im y − (Re y − p.y)·Im x.
func (b *batch) denominator(p circle.Point) m31.CM31 {
	x, y := b.point.X, b.point.Y
	dx := x.A.Sub(m31.CM31{A: p.X})
	dy := y.A.Sub(m31.CM31{A: p.Y})
	return dx.Mul(y.B).Sub(dy.Mul(x.B))
}
