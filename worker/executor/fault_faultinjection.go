//go:build faultinjection

package executor

import (
	"context"
	"fmt"

	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/prover/m31"
)

// liar is an engine whose proofs are well-formed and prove nothing: one sampled value is off by one,
// and the proof's hash and commitment are those of the altered proof. It exists to show on a test
// network that validators reject such a proof and that the stake is slashed.
type liar struct{ Engine }

func faulty(e Engine) Engine { return liar{e} }

func (l liar) Prove(ctx context.Context, s prover.Statement, a, b, c prover.Matrix, progress func(string, float64)) (prover.Sealed, error) {
	honest, err := l.Engine.Prove(ctx, s, a, b, c, progress)
	if err != nil {
		return prover.Sealed{}, err
	}
	return corrupt(s, honest.Blob)
}

// corrupt alters one sampled value of a proof and seals it again.
func corrupt(s prover.Statement, blob []byte) (prover.Sealed, error) {
	opened, err := prover.Open(blob)
	if err != nil {
		return prover.Sealed{}, fmt.Errorf("fault injection: %w", err)
	}
	for _, tree := range opened.Proof.SampledValues {
		for _, column := range tree {
			if len(column) > 0 {
				column[0] = column[0].Add(m31.One())
				return prover.Seal(s, opened.Proof)
			}
		}
	}
	return prover.Sealed{}, fmt.Errorf("fault injection: the proof has no sampled value")
}
