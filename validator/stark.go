package validator

import (
	"context"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/prover"
)

// Stark verifies with package prover.
type Stark struct{}

var _ Verifier = Stark{}

// Verify implements Verifier.
func (Stark) Verify(s prover.Statement, blob []byte) (felt.Felt, error) {
	sealed, err := prover.Verify(s, blob)
	return sealed.Commitment, err
}

// CommitResult implements Verifier.
func (Stark) CommitResult(ctx context.Context, k uint32, c prover.Matrix) (job.Hash, error) {
	return prover.CommitResult(ctx, k, c)
}
