package interop_test

import (
	"bytes"
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

// TestBatchRefusesChangedBytes changes the packed proof of a batch under the
// configuration of its version, one byte of every seventh felt.
func TestBatchRefusesChangedBytes(t *testing.T) {
	s, _ := productionBatch(t)
	c := interop.ProductionBatch()
	shape, packed := pack(t, c, sealed(t, c))
	for i := 0; i < len(packed); i += 7 {
		was := packed[i]
		packed[i] = flipBit(was, (37*i)%248)
		p, err := proof.Unpack(shape, packed)
		if err == nil {
			err = prover.VerifyBatchProof(s, p)
		}
		if err == nil || !isDocumented(err) {
			t.Errorf("felt %d of %d changed: %v", i, len(packed), err)
		}
		packed[i] = was
	}
}

// TestBatchRefusesOtherHeads changes each bit of the head of a batch's proof file: of
// its AIR, configuration, sizes and every word of the statement.
func TestBatchRefusesOtherHeads(t *testing.T) {
	s, p := productionBatch(t)
	file, err := prover.SealBatch(s, p)
	if err != nil {
		t.Fatal(err)
	}
	honest := envelope(t, file.Blob)
	for at := 0; at < 52+4*len(s.Words()); at++ {
		changed := bytes.Clone(honest)
		changed[at] ^= 1 << (at % 8)
		_, err := prover.VerifyBatch(s, compress(t, changed))
		if err == nil || !isDocumented(err) && !errors.Is(err, prover.ErrStatement) {
			t.Errorf("byte %d changed: %v", at, err)
		}
	}
}
