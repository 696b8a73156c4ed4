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
	// AIR is the AIR in the claimed sizes.
	AIR *air.AIR
	// Config is the one configuration that is acceptable.
	Config proof.Config
	// Roots maps trees to the roots that their commitments must equal. Trees
	// that are missing here are free for the prover to choose, but for tree 0: if
	// the AIR has preprocessed columns, their root is needed.
	Roots map[int]proof.Hash
	// Interaction is the prover's, for an AIR with lookups.
	Interaction proof.Interaction
	// InteractionPowBits is the number of zero bits that the interaction's proof
	// of work must show, which an AIR without challenges has none of; 0 stands for
	// none at all.
	InteractionPowBits uint32
	// Sums judges the claimed sums for the challenges, z and α of each relation in
	// the AIR's order; nil demands that they add up to zero, which is what an AIR
	// without public lookups needs.
	Sums func(challenges, sums []m31.QM31) error
}

// Verify reports whether p proves the instance. The transcript ch is the
// caller's, with the statement and the configuration already mixed in, see
// [proof.Config.Transcript]; it is passed by value and not changed.
//
// A nil error means: but for the soundness error of the configuration, the
// prover knows trace columns under the committed roots that satisfy every
// constraint.
func Verify(ch channel.Channel, in Instance, p *proof.StarkProof) error {
	if in.AIR == nil {
		return errors.New("verify: an instance without an AIR")
	}
	if p == nil {
		return fmt.Errorf("%w: no proof", ErrMalformed)
	}
	if in.InteractionPowBits > 0 && len(in.AIR.Challenges) == 0 {
		return errors.New("verify: a proof of work before the challenges of an AIR that draws none")
	}
	shape, err := in.AIR.Shape(in.Config)
	if err != nil {
		return err
	}
	if err := checkShape(shape, p); err != nil {
		return err
	}
	if err := in.Interaction.Check(in.AIR.Sums()); err != nil {
		return err
	}
	if nonce := in.Interaction.ProofOfWork; in.InteractionPowBits == 0 && nonce != 0 {
		return fmt.Errorf("%w: nonce %d before the challenges, where none is demanded", ErrMalformed, nonce)
	}
	if err := checkRoots(in, p); err != nil {
		return err
	}

	oods, err := checkConstraints(&ch, in, p)
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
	if err := checkTrees(shape, p, queries); err != nil {
		return err
	}

	evals, err := quotients(in.AIR, shape, oods, quotientCoeff, p, queries)
	if err != nil {
		return err
	}
	return fri.check(queries, evals)
}

// checkRoots compares the commitments with the roots that the verifier knows.
func checkRoots(in Instance, p *proof.StarkProof) error {
	for tree, root := range in.Roots {
		if tree < 0 || tree >= len(p.Commitments) {
			return fmt.Errorf("verify: known root of tree %d, but there are %d trees", tree, len(p.Commitments))
		}
		if p.Commitments[tree] != root {
			return fmt.Errorf("%w: tree %d is committed as %x, want %x", ErrRoot, tree, p.Commitments[tree], root)
		}
	}
	if _, known := in.Roots[air.TreePreprocessed]; !known && len(in.AIR.Preprocessed) > 0 {
		return errors.New("verify: the root of the preprocessed columns is needed")
	}
	return nil
}

// checkConstraints replays the commitments, draws the out-of-domain point and
// compares the composition polynomial's value there with the constraints'.
func checkConstraints(ch *channel.Channel, in Instance, p *proof.StarkProof) (circle.SecurePoint, error) {
	var none circle.SecurePoint
	a := in.AIR
	var challenges []m31.QM31
	for t := range a.Trees() {
		ch.MixRoot(p.Commitments[t])
		if t != a.DrawAfter {
			continue
		}
		if in.InteractionPowBits > 0 {
			if !ch.CheckPow(in.InteractionPowBits, in.Interaction.ProofOfWork) {
				return none, fmt.Errorf("%w: the interaction's nonce %d does not give %d zero bits",
					ErrProofOfWork, in.Interaction.ProofOfWork, in.InteractionPowBits)
			}
			ch.MixU64(in.Interaction.ProofOfWork)
		}
		challenges = ch.DrawFelts(len(a.Challenges))
		if a.Sums() > 0 {
			ch.MixFelts(in.Interaction.ClaimedSums)
		}
	}
	if err := checkSums(in, challenges); err != nil {
		return none, err
	}
	coeff := ch.DrawFelt()
	ch.MixRoot(p.Commitments[a.Trees()])
	oods, err := outOfDomain(ch.DrawFelt())
	if err != nil {
		return none, err
	}
	want, err := a.EvalAtPoint(p.SampledValues, challenges, in.Interaction.ClaimedSums, coeff)
	if err != nil {
		return none, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return oods, checkComposition(int(a.LogSize()), oods, p.SampledValues[a.Trees()], want)
}

// outOfDomain returns the point ((1 − t²)/(1 + t²), 2t/(1 + t²)).
func outOfDomain(t m31.QM31) (circle.SecurePoint, error) {
	if t.Square().AddM31(1).IsZero() {
		return circle.SecurePoint{}, fmt.Errorf("%w: 1 + t² = 0 for the out-of-domain point", ErrDegenerate)
	}
	return circle.SecurePointFrom(t), nil
}

// checkComposition compares the composition polynomial's samples at the point oods
// with the constraints' combination there. The vanishing polynomial of a smaller
// component's rows, lifted, is that of the largest's.
func checkComposition(logSize int, oods circle.SecurePoint, samples [][]m31.QM31, constraints m31.QM31) error {
	vanishing := circle.CosetVanishing(circle.CanonicCoset(logSize), oods)
	if vanishing.IsZero() {
		return fmt.Errorf("%w: the out-of-domain point lies on the trace domain", ErrDegenerate)
	}
	want := constraints.Mul(vanishing.Inverse())

	// composition = left + π^(logSize−1)(x)·right, each half of the trace's size.
	var left, right [4]m31.QM31
	for i := range left {
		left[i], right[i] = samples[i][0], samples[i+4][0]
	}
	x := oods.X
	for range logSize - 1 {
		x = circle.SecureDoubleX(x)
	}
	got := m31.FromPartialEvals(left).Add(x.Mul(m31.FromPartialEvals(right)))
	if got != want {
		return fmt.Errorf("%w: the composition is %v there, want %v", ErrConstraints, got, want)
	}
	return nil
}

// checkSums judges the claimed sums.
func checkSums(in Instance, challenges []m31.QM31) error {
	sums := in.Interaction.ClaimedSums
	if len(sums) == 0 {
		return nil
	}
	if in.Sums != nil {
		if err := in.Sums(challenges, sums); err != nil {
			return fmt.Errorf("%w: %w", ErrSums, err)
		}
		return nil
	}
	var total m31.QM31
	for _, s := range sums {
		total = total.Add(s)
	}
	if !total.IsZero() {
		return fmt.Errorf("%w: they add up to %v, want 0", ErrSums, total)
	}
	return nil
}
