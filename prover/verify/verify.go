package verify

import (
	"errors"
	"fmt"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/channel"
	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
)

// Instance is what the verifier itself knows of the claim.
type Instance struct {
	// Component is the AIR in the claimed size.
	Component *air.Component
	// Config is the one configuration that is acceptable.
	Config proof.Config
	// Roots maps trees to the roots that their commitments must equal. Trees
	// that are missing here are free for the prover to choose.
	Roots map[int]proof.Hash
}

// Verify reports whether p proves the instance. The transcript ch is the
// caller's, with the statement and the configuration already mixed in; it is
// passed by value and not changed.
//
// A nil error means: but for the soundness error of the configuration, the
// prover knows trace columns under the committed roots that satisfy every
// constraint.
func Verify(ch channel.Channel, in Instance, p *proof.StarkProof) error {
	if in.Component == nil {
		return errors.New("verify: an instance without an AIR")
	}
	if p == nil {
		return fmt.Errorf("%w: no proof", ErrMalformed)
	}
	shape, err := in.Component.Shape(in.Config)
	if err != nil {
		return err
	}
	if err := checkShape(shape, p); err != nil {
		return err
	}
	for tree, root := range in.Roots {
		if tree < 0 || tree >= len(p.Commitments) {
			return fmt.Errorf("verify: known root of tree %d, but there are %d trees", tree, len(p.Commitments))
		}
		if p.Commitments[tree] != root {
			return fmt.Errorf("%w: tree %d is committed as %x, want %x", ErrRoot, tree, p.Commitments[tree], root)
		}
	}

	oods, err := checkConstraints(&ch, in.Component, p)
	if err != nil {
		return err
	}

	var samples []m31.QM31
	for _, tree := range p.SampledValues {
		for _, column := range tree {
			samples = append(samples, column...)
		}
	}
	ch.MixFelts(samples)
	quotientCoeff := ch.DrawFelt()

	fri := newFriVerifier(&ch, shape, &p.Fri)
	if !ch.CheckPow(in.Config.PowBits, p.ProofOfWork) {
		return fmt.Errorf("%w: nonce %d does not give %d zero bits", ErrProofOfWork, p.ProofOfWork, in.Config.PowBits)
	}
	ch.MixU64(p.ProofOfWork)

	queries := ch.DrawQueries(shape.LogDomain(), int(in.Config.Queries))
	if err := checkQueryCounts(shape, p, queries); err != nil {
		return err
	}
	for t := range p.Commitments {
		if len(shape.Samples[t]) == 0 {
			continue
		}
		rows := transpose(p.QueriedValues[t], len(queries))
		if err := checkMerkle(p.Commitments[t], int(shape.LogDomain()), queries, rows, p.Decommitments[t]); err != nil {
			return fmt.Errorf("tree %d: %w", t, err)
		}
	}

	evals, err := quotients(in.Component, shape, oods, quotientCoeff, p, queries)
	if err != nil {
		return err
	}
	return fri.check(queries, evals)
}

// checkConstraints replays the commitments, draws the out-of-domain point and
// compares the composition polynomial's value there with the constraints'.
func checkConstraints(ch *channel.Channel, c *air.Component, p *proof.StarkProof) (circle.SecurePoint, error) {
	var challenges []m31.QM31
	for t := range c.Trees {
		ch.MixRoot(p.Commitments[t])
		if t == c.DrawAfter && c.Challenges > 0 {
			challenges = ch.DrawFelts(c.Challenges)
		}
	}
	coeff := ch.DrawFelt()
	ch.MixRoot(p.Commitments[len(c.Trees)])
	t := ch.DrawFelt()
	if t.Square().AddM31(1).IsZero() {
		return circle.SecurePoint{}, fmt.Errorf("%w: 1 + t² = 0 for the out-of-domain point", ErrDegenerate)
	}
	oods := circle.SecurePointFrom(t)

	values, err := c.EvalAtPoint(p.SampledValues, challenges)
	if err != nil {
		return oods, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	vanishing := circle.CosetVanishing(circle.CanonicCoset(int(c.LogSize)), oods)
	if vanishing.IsZero() {
		return oods, fmt.Errorf("%w: the out-of-domain point lies on the trace domain", ErrDegenerate)
	}
	var want m31.QM31
	for _, v := range values {
		want = want.Mul(coeff).Add(v)
	}
	want = want.Mul(vanishing.Inverse())

	// composition = left + π^(logSize−1)(x)·right, each half of the trace's size.
	samples := p.SampledValues[len(c.Trees)]
	var left, right [4]m31.QM31
	for i := range left {
		left[i], right[i] = samples[i][0], samples[i+4][0]
	}
	x := oods.X
	for range c.LogSize - 1 {
		x = circle.SecureDoubleX(x)
	}
	got := m31.FromPartialEvals(left).Add(x.Mul(m31.FromPartialEvals(right)))
	if got != want {
		return oods, fmt.Errorf("%w: the composition is %v there, want %v", ErrConstraints, got, want)
	}
	return oods, nil
}

// transpose returns the n rows of columns that hold n values each.
func transpose(columns [][]m31.Element, n int) [][]m31.Element {
	rows := make([][]m31.Element, n)
	for q := range rows {
		rows[q] = make([]m31.Element, len(columns))
		for i, column := range columns {
			rows[q][i] = column[q]
		}
	}
	return rows
}
