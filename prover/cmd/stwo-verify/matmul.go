package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/proof"
)

// claim is a statement about matrix products.
type claim interface {
	fmt.Stringer
	k() uint32
	verify(blob []byte) (prover.Sealed, error)
	verifyProof(p *proof.StarkProof) error
}

// single is version 1: one product.
type single struct{ prover.Statement }

func (s single) k() uint32                                 { return s.K }
func (s single) verify(blob []byte) (prover.Sealed, error) { return prover.Verify(s.Statement, blob) }
func (s single) verifyProof(p *proof.StarkProof) error     { return prover.VerifyProof(s.Statement, p) }
func (s single) String() string {
	return size(prover.Size{Rows: s.Rows, Inner: s.Inner, Columns: s.Columns})
}

// batch is version 2: several products.
type batch struct{ prover.BatchStatement }

func (b batch) k() uint32 { return b.K() }
func (b batch) verify(blob []byte) (prover.Sealed, error) {
	return prover.VerifyBatch(b.BatchStatement, blob)
}
func (b batch) verifyProof(p *proof.StarkProof) error {
	return prover.VerifyBatchProof(b.BatchStatement, p)
}
func (b batch) String() string {
	products := make([]string, len(b.Sizes))
	for i, s := range b.Sizes {
		products[i] = size(s)
	}
	return strings.Join(products, ", ")
}

func size(s prover.Size) string {
	return fmt.Sprintf("%d×%d times %d×%d", s.Rows, s.Inner, s.Inner, s.Columns)
}

// product checks a proof of matrix products against its statement.
func product(stdout io.Writer, statementFile, file string) error {
	jobFile := file
	if statementFile != "" {
		jobFile = statementFile
	}
	data, err := readFile(jobFile, proof.MaxJSON)
	if err != nil {
		return err
	}
	var job struct {
		Statement        *statementJSON  `json:"statement"`
		PreprocessedRoot *string         `json:"preprocessed_root"`
		Proof            json.RawMessage `json:"proof"`
	}
	if err := json.Unmarshal(data, &job); err != nil {
		return fmt.Errorf("%w: %s: %w", errUsage, jobFile, err)
	}
	if job.Statement == nil {
		return fmt.Errorf("%w: %s has no statement", errUsage, jobFile)
	}
	s, err := job.Statement.claim()
	if err != nil {
		return fmt.Errorf("%w: %s: %w", errUsage, jobFile, err)
	}
	if job.PreprocessedRoot != nil {
		if err := checkRoot(s.k(), *job.PreprocessedRoot); err != nil {
			return err
		}
	}
	if statementFile == "" {
		p, err := proof.DecodeJSON(job.Proof)
		if err != nil {
			return err
		}
		if err := s.verifyProof(p); err != nil {
			return err
		}
	} else {
		blob, err := readFile(file, proof.MaxBlob)
		if err != nil {
			return err
		}
		sealed, err := s.verify(blob)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "proof hash %x, commitment %v\n", sealed.Hash, &sealed.Commitment)
	}
	fmt.Fprintf(stdout, "the proof holds: %v over M31\n", s)
	return nil
}

// checkRoot compares a file's root of tree 0 with the constant of the AIR's version,
// which the proof is checked against in any case.
func checkRoot(k uint32, text string) error {
	want, err := matmul.PreprocessedRoot(k)
	if err != nil {
		return err
	}
	if hex.EncodeToString(want[:]) != text {
		return fmt.Errorf("the file's preprocessed root is %q, this version of the AIR has %x", text, want)
	}
	return nil
}
