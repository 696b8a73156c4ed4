package interop

import (
	"context"
	"time"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/channel"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
	"github.com/sage-network/sage-node/prover/prove"
	"github.com/sage-network/sage-node/prover/verify"
)

// Prove proves the case with package prove.
func (c Case) Prove(ctx context.Context, opts prove.Options) (Sealed, error) {
	s, _, err := c.ProveTimed(ctx, opts)
	return s, err
}

// ProveTimed also returns how long the case's own columns took to generate, which
// is no part of proving. The columns of lookups are.
func (c Case) ProveTimed(ctx context.Context, opts prove.Options) (Sealed, time.Duration, error) {
	constraints, err := c.Constraints()
	if err != nil {
		return Sealed{}, 0, err
	}
	var generation time.Duration
	var s Sealed
	witness := c.witness()
	roots, layers, err := c.Tree0()
	if err != nil {
		return Sealed{}, 0, err
	}
	s.Proof, s.Interaction, err = prove.ProveWithLookups(ctx, prove.Instance{
		AIR:     constraints,
		Config:  c.Config,
		Channel: c.transcript(),
		Witness: func(ctx context.Context, tree int, challenges []m31.QM31) ([][]m31.Element, error) {
			start := time.Now()
			defer func() { generation += time.Since(start) }()
			return witness(ctx, tree, challenges)
		},
		InteractionPowBits: c.InteractionPowBits,
		Roots:              roots,
		Layers:             layers,
	}, opts)
	return s, generation, err
}

// Tree0 returns what the prover knows of the preprocessed tree beforehand: its root,
// and a layer.
func (c Case) Tree0() (roots map[int]proof.Hash, layers map[int][]proof.Hash, err error) {
	if c.AIR == Matmul && c.Config.LogBlowup == matmul.Config().LogBlowup {
		return matmul.Tree0(c.LogRows / 2)
	}
	return nil, nil, nil
}

// Verifier knows a case and nothing of a proof. It may be used by several
// goroutines.
type Verifier struct {
	transcript channel.Channel
	instance   verify.Instance
}

// Verifier commits to the preprocessed columns, which a verifier of one AIR would
// have as a constant.
func (c Case) Verifier(ctx context.Context) (*Verifier, error) {
	constraints, err := c.Constraints()
	if err != nil {
		return nil, err
	}
	v := &Verifier{c.transcript(), verify.Instance{
		AIR: constraints, Config: c.Config, InteractionPowBits: c.InteractionPowBits,
	}}
	if c.AIR == Poseidon2 {
		// The pairs of inputs and outputs are looked up and never taken.
		v.instance.Sums = func([]m31.QM31, []m31.QM31) error { return nil }
	}
	if len(constraints.Preprocessed) > 0 {
		root, err := prove.PreprocessedRoot(ctx, constraints, c.Config, prove.Options{})
		if err != nil {
			return nil, err
		}
		v.instance.Roots = map[int]proof.Hash{air.TreePreprocessed: root}
	}
	return v, nil
}

// Verify checks a proof with package verify.
func (v *Verifier) Verify(s Sealed) error {
	in := v.instance
	in.Interaction = s.Interaction
	return verify.Verify(v.transcript, in, s.Proof)
}

// Verify checks one proof of the case with package verify.
func (c Case) Verify(ctx context.Context, s Sealed) error {
	v, err := c.Verifier(ctx)
	if err != nil {
		return err
	}
	return v.Verify(s)
}
