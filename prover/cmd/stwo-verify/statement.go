package main

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/prover/air/matmul"
)

// statementJSON is a statement as job files write it: felts and the job id as
// 0x-hexadecimal numbers, roots as 64 hexadecimal digits. Version 2, a batch, has
// products instead of rows, inner and cols.
type statementJSON struct {
	AIR      uint32 `json:"air"`
	Version  uint32 `json:"version"`
	K        uint32 `json:"k"`
	Rows     uint32 `json:"rows"`
	Inner    uint32 `json:"inner"`
	Columns  uint32 `json:"cols"`
	Products []struct {
		Rows    uint32 `json:"rows"`
		Inner   uint32 `json:"inner"`
		Columns uint32 `json:"cols"`
	} `json:"products"`
	ChainID          string `json:"chain_id"`
	JobManager       string `json:"job_manager"`
	JobID            string `json:"job_id"`
	Attempt          uint32 `json:"attempt"`
	Worker           string `json:"worker"`
	InputCommitment  string `json:"input_commitment"`
	ResultCommitment string `json:"result_commitment"`
}

// claim returns what the statement claims: one product or, in version 2, several.
func (j statementJSON) claim() (claim, error) {
	s, err := j.statement()
	if err != nil {
		return nil, err
	}
	if j.Version != matmul.BatchVersion {
		if len(j.Products) > 0 {
			return nil, fmt.Errorf("a list of products in version %d, want version %d", j.Version, matmul.BatchVersion)
		}
		return single{s}, nil
	}
	b := prover.BatchStatement{
		ChainID: s.ChainID, JobManager: s.JobManager, JobID: s.JobID, Attempt: s.Attempt, Worker: s.Worker,
		InputCommitment: s.InputCommitment, ResultCommitment: s.ResultCommitment,
	}
	for _, p := range j.Products {
		b.Sizes = append(b.Sizes, prover.Size(p))
	}
	switch {
	case j.AIR != matmul.ID:
		return nil, fmt.Errorf("AIR %d, want %d", j.AIR, matmul.ID)
	case j.Rows != 0 || j.Inner != 0 || j.Columns != 0:
		return nil, fmt.Errorf("rows, inner and cols in version %d, want a list of products", j.Version)
	case j.K != b.K():
		return nil, fmt.Errorf("k is %d, want %d for these products", j.K, b.K())
	}
	return batch{b}, nil
}

// statement returns what both versions state, and the size of one product.
func (j statementJSON) statement() (prover.Statement, error) {
	s := prover.Statement{
		AIR: j.AIR, Version: j.Version, K: j.K, Rows: j.Rows, Inner: j.Inner, Columns: j.Columns, Attempt: j.Attempt,
	}
	for _, f := range []struct {
		name, text string
		bytes      int
		set        func(b []byte) error
	}{
		{"chain_id", j.ChainID, felt.Bytes, s.ChainID.SetBytesCanonical},
		{"job_manager", j.JobManager, felt.Bytes, s.JobManager.SetBytesCanonical},
		{"job_id", j.JobID, len(s.JobID), func(b []byte) error { copy(s.JobID[:], b); return nil }},
		{"worker", j.Worker, felt.Bytes, s.Worker.SetBytesCanonical},
	} {
		digits, ok := strings.CutPrefix(f.text, "0x")
		n, parsed := new(big.Int).SetString(digits, 16)
		if !ok || !parsed || n.Sign() < 0 || n.BitLen() > 8*f.bytes {
			return s, fmt.Errorf("%s is %q, want 0x and a hexadecimal number of at most %d bytes", f.name, f.text, f.bytes)
		}
		if err := f.set(n.FillBytes(make([]byte, f.bytes))); err != nil {
			return s, fmt.Errorf("%s is %q: %w", f.name, f.text, err)
		}
	}
	for _, f := range []struct {
		name, text string
		root       *[32]byte
	}{{"input_commitment", j.InputCommitment, &s.InputCommitment}, {"result_commitment", j.ResultCommitment, &s.ResultCommitment}} {
		b, err := hex.DecodeString(f.text)
		if err != nil || len(b) != len(f.root) {
			return s, fmt.Errorf("%s is %q, want 64 hexadecimal digits", f.name, f.text)
		}
		*f.root = [32]byte(b)
	}
	return s, nil
}
