package interop

import (
	"context"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
	"github.com/sage-network/sage-node/prover/prove"
	"github.com/sage-network/sage-node/prover/verify"
)

// Prove proves the case with package prove.
func (c Case) Prove(ctx context.Context, opts prove.Options) (Sealed, error) {
	constraints, err := c.Constraints()
	if err != nil {
		return Sealed{}, err
	}
	var s Sealed
	s.Proof, s.Interaction, err = prove.ProveWithLookups(ctx, prove.Instance{
		AIR:                constraints,
		Config:             c.Config,
		Channel:            c.transcript(),
		Witness:            c.witness(),
		InteractionPowBits: c.InteractionPowBits,
	}, opts)
	return s, err
}

// Verifier returns what package verify needs to know of the case, without the
// prover's part. It commits to the preprocessed columns, which a verifier of one
// AIR would have as a constant.
func (c Case) Verifier(ctx context.Context) (verify.Instance, error) {
	constraints, err := c.Constraints()
	if err != nil {
		return verify.Instance{}, err
	}
	in := verify.Instance{AIR: constraints, Config: c.Config, InteractionPowBits: c.InteractionPowBits}
	if c.AIR == Poseidon2 {
		// The pairs of inputs and outputs are looked up and never taken.
		in.Sums = func([]m31.QM31, []m31.QM31) error { return nil }
	}
	if len(constraints.Preprocessed) > 0 {
		root, err := prove.PreprocessedRoot(ctx, constraints, c.Config, prove.Options{})
		if err != nil {
			return in, err
		}
		in.Roots = map[int]proof.Hash{air.TreePreprocessed: root}
	}
	return in, nil
}

// Verify checks a proof of the case with package verify.
func (c Case) Verify(ctx context.Context, s Sealed) error {
	in, err := c.Verifier(ctx)
	if err != nil {
		return err
	}
	in.Interaction = s.Interaction
	return verify.Verify(c.transcript(), in, s.Proof)
}
