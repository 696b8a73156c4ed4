package prover

import (
	"errors"

	"github.com/sage-network/sage-node/prover/proof"
	"github.com/sage-network/sage-node/prover/verify"
)

// Errors of this package, to be tested with errors.Is. Each is wrapped with what
// was found and what was wanted.
var (
	// ErrMalformed: a proof file is not a well-formed proof of its AIR version.
	ErrMalformed = proof.ErrMalformed
	// ErrTooLarge: a proof file, or what it unpacks to, exceeds a limit.
	ErrTooLarge = proof.ErrTooLarge
	// ErrUnknownAIR: the AIR or its version is not one that this build knows.
	ErrUnknownAIR = proof.ErrUnknownAIR
	// ErrInvalidStatement: the statement itself cannot be proven: its sizes are
	// out of range.
	ErrInvalidStatement = errors.New("invalid statement")
	// ErrStatement: the proof was made for another statement.
	ErrStatement = errors.New("proof is for another statement")
	// ErrRoot: the proof commits to another input or result than the statement.
	ErrRoot = verify.ErrRoot
	// ErrConstraints, ErrProofOfWork, ErrMerkle, ErrFri and ErrDegenerate: the
	// proof is well-formed and proves nothing; see package verify.
	ErrConstraints = verify.ErrConstraints
	ErrProofOfWork = verify.ErrProofOfWork
	ErrMerkle      = verify.ErrMerkle
	ErrFri         = verify.ErrFri
	ErrDegenerate  = verify.ErrDegenerate
	// ErrMatrix: a matrix is not well-formed: a size out of range, a wrong
	// number of entries, an entry that is not below 2³¹ − 1.
	ErrMatrix = errors.New("malformed matrix")
)
