package main

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/prover"
)

// statementJSON is a statement as job files write it: felts and the job id as
// 0x-hexadecimal numbers, roots as 64 hexadecimal digits.
type statementJSON struct {
	AIR              uint32 `json:"air"`
	Version          uint32 `json:"version"`
	K                uint32 `json:"k"`
	Rows             uint32 `json:"rows"`
	Inner            uint32 `json:"inner"`
	Columns          uint32 `json:"cols"`
	ChainID          string `json:"chain_id"`
	JobManager       string `json:"job_manager"`
	JobID            string `json:"job_id"`
	Attempt          uint32 `json:"attempt"`
	Worker           string `json:"worker"`
	InputCommitment  string `json:"input_commitment"`
	ResultCommitment string `json:"result_commitment"`
}

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
