package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/proof"
)

// product checks a proof of a matrix product against its statement.
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
	s, err := job.Statement.statement()
	if err != nil {
		return fmt.Errorf("%w: %s: %w", errUsage, jobFile, err)
	}
	if job.PreprocessedRoot != nil {
		if err := checkRoot(s.K, *job.PreprocessedRoot); err != nil {
			return err
		}
	}
	if statementFile == "" {
		p, err := proof.DecodeJSON(job.Proof)
		if err != nil {
			return err
		}
		if err := prover.VerifyProof(s, p); err != nil {
			return err
		}
	} else {
		blob, err := readFile(file, proof.MaxBlob)
		if err != nil {
			return err
		}
		sealed, err := prover.Verify(s, blob)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "proof hash %x, commitment %v\n", sealed.Hash, &sealed.Commitment)
	}
	fmt.Fprintf(stdout, "the proof holds: %d×%d times %d×%d over M31\n", s.Rows, s.Inner, s.Inner, s.Columns)
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
