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

// quotients returns the combined quotient polynomial's value at each queried
// position, from the queried and the sampled values.
//
// The powers of the coefficient ascend over the samples in order (tree, column,
// mask). A column that is sampled at two points takes a third power, the first
// of its three, for the periodicity sample: its last value at the point moved by
// the column's period. Columns here have the domain's full size, so this period
// is the group's neutral element and the point is the out-of-domain point itself.
func quotients(c *air.Component, s proof.Shape, oods circle.SecurePoint, coeff m31.QM31, p *proof.StarkProof, queries []int) ([]m31.QM31, error) {
	step := circle.CanonicCoset(int(c.LogSize)).Step.Point().Secure()
	current := &batch{point: oods}
	previous := &batch{point: oods.Sub(step)}
	batches := []*batch{current, previous}

	power := m31.One()
	next := func() m31.QM31 {
		w := power
		power = power.Mul(coeff)
		return w
	}
	for t, columns := range p.SampledValues {
		for i, values := range columns {
			switch len(values) {
			case 1:
				current.add(t, i, values[0], next())
			case 2:
				current.add(t, i, values[1], next()) // periodicity
				previous.add(t, i, values[0], next())
				current.add(t, i, values[1], next())
			}
		}
	}
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
			if len(b.terms) == 0 {
				continue
			}
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
