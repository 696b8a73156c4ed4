package verify

import (
	"errors"

	"github.com/sage-network/sage-node/prover/proof"
)

// Errors with which Verify refuses; each is wrapped with what was found and what
// was wanted.
var (
	// ErrMalformed: a count, a word or the configuration is not what the AIR
	// and the demanded configuration require.
	ErrMalformed = proof.ErrMalformed
	// ErrRoot: a commitment differs from the root that the verifier knows, that
	// is, the proof speaks of another input, result or AIR.
	ErrRoot = errors.New("commitment differs from the known root")
	// ErrConstraints: the composition polynomial's value out of the domain is
	// not what the trace's values there give.
	ErrConstraints = errors.New("constraints do not hold at the out-of-domain point")
	// ErrSums: the claimed sums of the lookups do not balance.
	ErrSums = errors.New("claimed sums do not balance")
	// ErrProofOfWork: the nonce does not show the demanded zero bits.
	ErrProofOfWork = errors.New("proof of work does not hold")
	// ErrMerkle: queried values do not hash to their tree's root.
	ErrMerkle = errors.New("queried values do not match their commitment")
	// ErrFri: the folded values do not meet the last layer's polynomial.
	ErrFri = errors.New("FRI folding does not meet the last layer")
	// ErrDegenerate: a challenge hit a point where the protocol divides by
	// zero, which an honest proof meets with a chance below 2⁻⁵⁰.
	ErrDegenerate = errors.New("degenerate challenge")
)
