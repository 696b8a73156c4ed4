package interop_test

import (
	"context"
	"errors"
	"testing"

	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/prover/interop"
	"github.com/sage-network/sage-node/prover/proof"
)

// productionBatch returns the crate's proof of a batch with its whole statement.
func productionBatch(t testing.TB) (prover.BatchStatement, *proof.StarkProof) {
	t.Helper()
	s, p := interop.BatchStatement(), sealed(t, interop.ProductionBatch()).Proof
	s.InputCommitment, s.ResultCommitment = p.Commitments[1], p.Commitments[2]
	return s, p
}

// TestBatchOfTheCrate: what the crate proves of a statement is what VerifyBatch
// takes, as a proof and as a proof file, and for no other statement.
func TestBatchOfTheCrate(t *testing.T) {
	s, p := productionBatch(t)
	if err := prover.VerifyBatchProof(s, p); err != nil {
		t.Fatal(err)
	}
	file, err := prover.SealBatch(s, p)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := prover.VerifyBatch(s, file.Blob); err != nil || got.Commitment != file.Commitment {
		t.Fatalf("the proof file: %v", err)
	}
	s.Attempt++
	if err := prover.VerifyBatchProof(s, p); !errors.Is(err, prover.ErrConstraints) {
		t.Errorf("another attempt: %v, want %v", err, prover.ErrConstraints)
	}
}

// TestBatchCommitments: the roots of the crate's proof are those that CommitBatchInput
// and CommitBatchResult compute of the matrices without their padding.
func TestBatchCommitments(t *testing.T) {
	ctx := context.Background()
	s, _ := productionBatch(t)
	products, err := interop.ProductionBatch().Matrices(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := prover.CommitBatchInput(ctx, products); err != nil || got != s.InputCommitment {
		t.Errorf("input commitment %x (%v), the crate has %x", got, err, s.InputCommitment)
	}
	if got, err := prover.CommitBatchResult(ctx, products); err != nil || got != s.ResultCommitment {
		t.Errorf("result commitment %x (%v), the crate has %x", got, err, s.ResultCommitment)
	}
}
