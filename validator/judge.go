package validator

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/libp2p/go-libp2p/core/peer"
	"lukechampine.com/blake3"

	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/p2p"
	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/wire"
)

// ErrAbstain: the attempt is under rules that this program does not know. It casts no vote; without
// a quorum the attempt ends VOID and nobody is slashed.
var ErrAbstain = errors.New("validator: abstaining")

// Blobs fetches by content address; *p2p.Host does. What it returns has the hash that was asked
// for. Any error means that the blob was not to be had.
type Blobs interface {
	Fetch(ctx context.Context, hash job.Hash, maxSize int, from ...peer.ID) ([]byte, error)
}

// Verifier judges proofs; Stark is the real one.
type Verifier interface {
	// Verify checks a proof file against a statement and returns its commitment.
	Verify(s prover.Statement, blob []byte) (commitment felt.Felt, err error)
	// CommitResult returns the root of a result's column tree.
	CommitResult(ctx context.Context, k uint32, c prover.Matrix) (job.Hash, error)
}

// Finding is a verdict with its reason, for people.
type Finding struct {
	Verdict wire.Verdict `json:"verdict"`
	Reason  string       `json:"reason"`
}

// Judge turns committed bytes into a verdict:
//
//	proof not to be had                                      → UNAVAILABLE
//	proof does not decode, verify or match its commitment    → INVALID
//	delivery = result, result not to be had                  → UNAVAILABLE
//	delivery = result, result of another size, with an entry
//	outside the field, or with another root                  → INVALID
//	else                                                     → VALID
//
// The statement is the chain's. Sizes, version and AIR of the proof file are compared with it and
// never used instead of it.
type Judge struct {
	Verifier Verifier
	Blobs    Blobs
	// From is who is asked for the blobs first, connected or not: the worker. A verdict does not
	// depend on who answers, for a blob is what its hash says.
	From []peer.ID
}

// Judge fetches and judges an attempt's proof. An error other than ErrAbstain is that of ctx.
func (j Judge) Judge(ctx context.Context, a Attempt) (Finding, error) {
	if err := knownRules(a); err != nil {
		return Finding{}, err
	}
	blob, err := j.Blobs.Fetch(ctx, a.Slot.ProofHash, p2p.MaxProof, j.From...)
	if err != nil {
		return unavailable(ctx, "proof", err)
	}
	return j.JudgeProof(ctx, a, blob)
}

// JudgeProof judges an attempt by a proof that the caller has.
func (j Judge) JudgeProof(ctx context.Context, a Attempt, blob []byte) (Finding, error) {
	if err := knownRules(a); err != nil {
		return Finding{}, err
	}
	if hash := job.Hash(blake3.Sum256(blob)); hash != a.Slot.ProofHash {
		return invalid("proof has hash %s, submitted was %s", hash, a.Slot.ProofHash), nil
	}
	commitment, err := j.Verifier.Verify(a.Statement, blob)
	if err != nil {
		return invalid("proof: %s", err), nil
	}
	if commitment != a.Slot.ProofCommitment {
		return invalid("proof has commitment %s, submitted was %s", commitment.String(), a.Slot.ProofCommitment.String()), nil
	}
	if a.Delivery != job.DeliverResult {
		return Finding{wire.Valid, "proof verifies"}, nil
	}
	return j.judgeResult(ctx, a)
}

func (j Judge) judgeResult(ctx context.Context, a Attempt) (Finding, error) {
	blob, err := j.Blobs.Fetch(ctx, a.Slot.ResultHash, p2p.MaxResult, j.From...)
	if err != nil {
		return unavailable(ctx, "result", err)
	}
	c, err := resultMatrix(a.Statement, blob)
	if err != nil {
		return invalid("result: %s", err), nil
	}
	root, err := j.Verifier.CommitResult(ctx, a.Statement.K, c)
	if ctx.Err() != nil {
		return Finding{}, ctx.Err()
	}
	if err != nil {
		return invalid("result: %s", err), nil
	}
	if root != a.Slot.ResultCommitment {
		return invalid("result has root %s, submitted was %s", root, a.Slot.ResultCommitment), nil
	}
	return Finding{wire.Valid, "proof verifies, result is delivered"}, nil
}

// knownRules refuses attempts whose terms this program cannot judge by.
func knownRules(a Attempt) error {
	if a.Slot.VerifierVersion != job.VerifierVersion {
		return fmt.Errorf("%w: verifier version %d, this program knows %d", ErrAbstain, a.Slot.VerifierVersion, job.VerifierVersion)
	}
	if a.Delivery != job.DeliverResult && a.Delivery != job.DeliverProof {
		return fmt.Errorf("%w: delivery %q", ErrAbstain, a.Delivery)
	}
	if err := a.Statement.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrAbstain, err)
	}
	return nil
}

// resultMatrix reads C: row-major little-endian u32, of the size that the statement says.
func resultMatrix(s prover.Statement, blob []byte) (prover.Matrix, error) {
	rows, columns := int(s.Rows), int(s.Columns)
	if len(blob) != 4*rows*columns {
		return prover.Matrix{}, fmt.Errorf("%d bytes, want %d for %d×%d", len(blob), 4*rows*columns, rows, columns)
	}
	c := prover.Matrix{Rows: rows, Columns: columns, Data: make([]uint32, rows*columns)}
	for i := range c.Data {
		c.Data[i] = binary.LittleEndian.Uint32(blob[4*i:])
	}
	return c, c.Validate()
}

func invalid(format string, args ...any) Finding {
	return Finding{wire.Invalid, fmt.Sprintf(format, args...)}
}

// unavailable is the finding when a blob was not to be had, unless the caller gave up first.
func unavailable(ctx context.Context, what string, err error) (Finding, error) {
	if ctx.Err() != nil {
		return Finding{}, ctx.Err()
	}
	return Finding{wire.Unavailable, fmt.Sprintf("%s: %s", what, err)}, nil
}
