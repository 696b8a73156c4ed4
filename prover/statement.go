package prover

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/channel"
	"github.com/sage-network/sage-node/prover/proof"
)

// statementTag opens the statement's words, as ASCII in little-endian u32.
const statementTag = "SAGE/STARK/1"

// StatementWords is the number of words that a transcript mixes for a statement.
const StatementWords = 38

// Statement is what a proof is about. Verifiers build it from the chain.
type Statement struct {
	// AIR and Version name the constraint system: matmul.ID and matmul.Version.
	AIR, Version uint32
	// K is log₂ of the padded matrix size: LogSize(Rows, Inner, Columns), 3 to 10.
	K uint32
	// Rows, Inner and Columns are the true sizes, 1 to 1024: A is Rows × Inner,
	// B is Inner × Columns, C is Rows × Columns. They are padded with zeros; the
	// proof does not show that the padding is zero, recomputing the roots does.
	Rows, Inner, Columns uint32
	// ChainID is the Starknet chain id (a short string) and JobManager the
	// contract that holds the job.
	ChainID, JobManager felt.Felt
	// JobID is the job's u128, big-endian.
	JobID [16]byte
	// Attempt numbers the job's attempts.
	Attempt uint32
	// Worker is the worker's account address.
	Worker felt.Felt
	// InputCommitment and ResultCommitment are the roots of the input's (A, B)
	// and the result's (C) column trees.
	InputCommitment, ResultCommitment [32]byte
}

// Validate reports whether the statement's AIR is known and its sizes in range.
func (s Statement) Validate() error {
	if s.AIR != matmul.ID || s.Version != matmul.Version {
		return fmt.Errorf("%w: id %d version %d, this build knows id %d version %d",
			ErrUnknownAIR, s.AIR, s.Version, matmul.ID, matmul.Version)
	}
	for _, d := range []struct {
		name string
		size uint32
	}{{"rows", s.Rows}, {"inner", s.Inner}, {"columns", s.Columns}} {
		if d.size < 1 || d.size > MaxSize {
			return fmt.Errorf("%w: %s is %d, want 1 to %d", ErrInvalidStatement, d.name, d.size, MaxSize)
		}
	}
	if want := LogSize(s.Rows, s.Inner, s.Columns); s.K != want {
		return fmt.Errorf("%w: k is %d, want %d for %d×%d times %d×%d",
			ErrInvalidStatement, s.K, want, s.Rows, s.Inner, s.Inner, s.Columns)
	}
	return nil
}

// LogSize returns log₂ of the padded size for matrices of the given sizes: the
// smallest power of two, but at least 2³, that holds all three.
func LogSize(rows, inner, columns uint32) uint32 {
	k := uint32(matmul.MinK)
	for k < 31 && 1<<k < max(rows, inner, columns) {
		k++
	}
	return k
}

// Words returns the statement as the transcript mixes it, in this order: the tag
// (3 words), AIR, version, k, rows, inner, columns (1 each), chain id (8), job
// manager (8), job id (4), attempt (1), worker (8); numbers of several words have
// the least significant one first. The commitments are not among them: the
// transcript mixes them as the roots of their trees.
func (s Statement) Words() []uint32 {
	words := make([]uint32, 0, StatementWords)
	words = appendTag(words)
	words = append(words, s.AIR, s.Version, s.K, s.Rows, s.Inner, s.Columns)
	return appendAttempt(words, s.ChainID, s.JobManager, s.JobID, s.Attempt, s.Worker)
}

func appendTag(words []uint32) []uint32 {
	for i := 0; i < len(statementTag); i += 4 {
		words = append(words, binary.LittleEndian.Uint32([]byte(statementTag[i:])))
	}
	return words
}

// appendAttempt appends the 29 words that name an attempt: chain id, job manager,
// job id, attempt, worker.
func appendAttempt(words []uint32, chainID, jobManager felt.Felt, jobID [16]byte, attempt uint32, worker felt.Felt) []uint32 {
	number := func(bigEndian []byte) {
		for i := len(bigEndian); i > 0; i -= 4 {
			words = append(words, binary.BigEndian.Uint32(bigEndian[i-4:]))
		}
	}
	address := func(f felt.Felt) {
		b := f.Bytes()
		number(b[:])
	}
	address(chainID)
	address(jobManager)
	number(jobID[:])
	words = append(words, attempt)
	address(worker)
	return words
}

// Transcript returns a channel into which the statement and the configuration of
// its AIR version are mixed, as prover and verifier start it.
func (s Statement) Transcript() channel.Channel {
	var ch channel.Channel
	ch.MixU32s(s.Words())
	ch.MixFelts(matmul.Config().Felts())
	return ch
}

// Header returns the head of a proof file for the statement.
func (s Statement) Header() proof.Header {
	return proof.Header{AIR: s.AIR, Version: s.Version, Config: matmul.Config(), PublicInputs: s.Words()}
}

// matches complains unless a proof file's header is the statement's.
func (s Statement) matches(h proof.Header) error {
	want := s.Words()
	if len(h.PublicInputs) != len(want) {
		return fmt.Errorf("%w: the file has %d public input words, want %d", ErrMalformed, len(h.PublicInputs), len(want))
	}
	if !slices.Equal(h.PublicInputs, want) {
		return fmt.Errorf("%w: its %s is not the expected one", ErrStatement, firstDifference(h.PublicInputs, want))
	}
	return nil
}

// firstDifference names the first field of the statement in which two lists of
// words of full length differ.
func firstDifference(got, want []uint32) string {
	for _, f := range []struct {
		name  string
		words int
	}{
		{"tag", 3}, {"AIR id", 1}, {"AIR version", 1}, {"k", 1}, {"number of rows", 1}, {"inner size", 1},
		{"number of columns", 1}, {"chain id", 8}, {"job manager", 8}, {"job id", 4}, {"attempt", 1}, {"worker", 8},
	} {
		if !slices.Equal(got[:f.words], want[:f.words]) {
			return f.name
		}
		got, want = got[f.words:], want[f.words:]
	}
	return "statement"
}
