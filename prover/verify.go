package prover

import (
	"fmt"

	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/proof"
	"github.com/sage-network/sage-node/prover/verify"
)

// Sealed is a proof file with its content address and its commitment.
type Sealed = proof.Sealed

// kWord is the position of k among the statement's words.
const kWord = 5

// Open decodes a proof file without judging it: whatever its header says is a
// claim. Use [Verify] to rely on a proof.
func Open(blob []byte) (*proof.Opened, error) { return proof.Open(blob, shapeOf) }

// shapeOf returns the shape of the proof that a header announces. An AIR version
// has exactly one configuration: anything else is malformed, not weaker.
func shapeOf(h proof.Header) (proof.Shape, error) {
	if h.AIR != matmul.ID || h.Version != matmul.Version && h.Version != matmul.BatchVersion {
		return proof.Shape{}, fmt.Errorf("%w: id %d version %d, this build knows id %d versions %d and %d",
			ErrUnknownAIR, h.AIR, h.Version, matmul.ID, matmul.Version, matmul.BatchVersion)
	}
	if h.Config != matmul.Config() {
		return proof.Shape{}, fmt.Errorf("%w: configuration is %+v, want exactly %+v", ErrMalformed, h.Config, matmul.Config())
	}
	if h.Version == matmul.BatchVersion {
		return batchShapeOf(h)
	}
	if len(h.PublicInputs) != StatementWords {
		return proof.Shape{}, fmt.Errorf("%w: %d public input words, want %d", ErrMalformed, len(h.PublicInputs), StatementWords)
	}
	component, err := matmul.New(h.PublicInputs[kWord])
	if err != nil {
		return proof.Shape{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return component.Shape(h.Config)
}

// Seal writes the proof file of a statement's proof.
func Seal(s Statement, p *proof.StarkProof) (Sealed, error) {
	if err := s.Validate(); err != nil {
		return Sealed{}, err
	}
	h := s.Header()
	shape, err := shapeOf(h)
	if err != nil {
		return Sealed{}, err
	}
	return proof.Seal(h, shape, p)
}

// Verify checks a proof file against a statement that the caller knows from
// elsewhere, such as the chain. It returns the file's content address and
// commitment, which the caller compares with those that were announced.
//
// A nil error means that the statement's roots commit to A, B and C with
// C = A·B over M31, but for the soundness error of the configuration.
func Verify(s Statement, blob []byte) (Sealed, error) {
	if err := s.Validate(); err != nil {
		return Sealed{}, err
	}
	opened, err := Open(blob)
	if err != nil {
		return Sealed{}, err
	}
	if err := s.matches(opened.Header); err != nil {
		return Sealed{}, err
	}
	if err := VerifyProof(s, opened.Proof); err != nil {
		return Sealed{}, err
	}
	return opened.Sealed, nil
}

// VerifyProof is Verify for a proof that was already decoded.
func VerifyProof(s Statement, p *proof.StarkProof) error {
	if err := s.Validate(); err != nil {
		return err
	}
	component, err := matmul.New(s.K)
	if err != nil {
		return err
	}
	preprocessed, err := matmul.PreprocessedRoot(s.K)
	if err != nil {
		return err
	}
	return verify.Verify(s.Transcript(), verify.Instance{
		AIR:    component,
		Config: matmul.Config(),
		Roots: map[int]proof.Hash{
			matmul.TreePreprocessed: preprocessed,
			matmul.TreeInput:        s.InputCommitment,
			matmul.TreeResult:       s.ResultCommitment,
		},
	}, p)
}
