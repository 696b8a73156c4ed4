package prove

import (
	"context"

	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/lde"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/pcs"
)

// sample evaluates every column at the points of its mask around oods and
// returns the columns of all trees in order.
func (p *prover) sample(ctx context.Context, oods circle.SecurePoint) ([]pcs.Column, error) {
	step := circle.CanonicCoset(p.logSize).Step
	points := map[int]circle.SecurePoint{}
	for offset := -1; offset <= 1; offset++ {
		points[offset] = oods.Add(step.Mul(offset).Point().Secure())
	}
	var columns []pcs.Column
	for t, tree := range p.trees {
		for i, coeffs := range tree.Coeffs() {
			mask := []int{0}
			if t < p.air.Trees() {
				mask = p.air.Columns(t)[i].Mask
			}
			column := pcs.Column{Coeffs: coeffs, Samples: make([]pcs.Sample, len(mask))}
			for j, offset := range mask {
				column.Samples[j].Point = points[offset]
			}
			columns = append(columns, column)
		}
	}
	return columns, pcs.SampleColumns(ctx, p.workers, columns, p.logSize)
}

// open opens a tree of the given height at the queries, which are positions of
// a domain of 2^logDomain points.
func (p *prover) open(ctx context.Context, tree *lde.Commitment, queries []int, logDomain, height int) (*lde.Opening, error) {
	positions := make([]int, len(queries))
	for i, q := range queries {
		positions[i] = circle.LiftedPosition(q, logDomain, height)
	}
	return tree.Open(ctx, p.workers, positions)
}

// checkConstraints makes sure that the composition's value at oods is what the
// columns' values there give; if the trace violates a constraint, the
// interpolated composition is another polynomial and they differ.
func (p *prover) checkConstraints(oods circle.SecurePoint, coeff m31.QM31, samples [][][]m31.QM31) error {
	want, err := p.air.EvalAtPoint(samples, p.challenges, p.interaction.ClaimedSums, coeff)
	if err != nil {
		return err
	}
	want = want.Mul(circle.CosetVanishing(circle.CanonicCoset(p.logSize), oods).Inverse())

	// composition = left + π^(logSize−1)(x)·right.
	composition := samples[len(samples)-1]
	var left, right [4]m31.QM31
	for i := range left {
		left[i], right[i] = composition[i][0], composition[4+i][0]
	}
	x := oods.X
	for range p.logSize - 1 {
		x = circle.SecureDoubleX(x)
	}
	if m31.FromPartialEvals(left).Add(x.Mul(m31.FromPartialEvals(right))) != want {
		return ErrConstraints
	}
	return nil
}
