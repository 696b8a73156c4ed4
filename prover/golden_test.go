package prover_test

import (
	"encoding/hex"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/prover/proof"
)

// goldenFile is testdata/matmul_k4.json; testdata/README.md states its origin.
type goldenFile struct {
	Statement struct {
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
	} `json:"statement"`
	Words            []uint32        `json:"statement_words"`
	PreprocessedRoot string          `json:"preprocessed_root"`
	Proof            json.RawMessage `json:"proof"`
}

func readGolden(t testing.TB) (goldenFile, prover.Statement, *proof.StarkProof) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "matmul_k4.json"))
	if err != nil {
		t.Fatal(err)
	}
	var f goldenFile
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	s := prover.Statement{
		AIR: f.Statement.AIR, Version: f.Statement.Version, K: f.Statement.K,
		Rows: f.Statement.Rows, Inner: f.Statement.Inner, Columns: f.Statement.Columns,
		ChainID:          parseFelt(t, f.Statement.ChainID),
		JobManager:       parseFelt(t, f.Statement.JobManager),
		Attempt:          f.Statement.Attempt,
		Worker:           parseFelt(t, f.Statement.Worker),
		InputCommitment:  parseHash(t, f.Statement.InputCommitment),
		ResultCommitment: parseHash(t, f.Statement.ResultCommitment),
	}
	id, ok := new(big.Int).SetString(f.Statement.JobID, 0)
	if !ok {
		t.Fatalf("job id %q", f.Statement.JobID)
	}
	id.FillBytes(s.JobID[:])
	p, err := proof.DecodeJSON(f.Proof)
	if err != nil {
		t.Fatal(err)
	}
	return f, s, p
}

func parseFelt(t testing.TB, text string) felt.Felt {
	t.Helper()
	var f felt.Felt
	if _, err := f.SetString(text); err != nil {
		t.Fatal(err)
	}
	return f
}

func parseHash(t testing.TB, text string) [32]byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return [32]byte(b)
}

func sealGolden(t testing.TB) (prover.Statement, prover.Sealed) {
	t.Helper()
	_, s, p := readGolden(t)
	sealed, err := prover.Seal(s, p)
	if err != nil {
		t.Fatal(err)
	}
	return s, sealed
}

func TestStatementWords(t *testing.T) {
	f, s, _ := readGolden(t)
	if got := s.Words(); !slices.Equal(got, f.Words) {
		t.Errorf("words\n%v, want\n%v", got, f.Words)
	}
	if len(f.Words) != prover.StatementWords {
		t.Errorf("%d words, want %d", len(f.Words), prover.StatementWords)
	}
}

func TestVerifyAcceptsTheGoldenProof(t *testing.T) {
	s, sealed := sealGolden(t)
	info, err := prover.Verify(s, sealed.Blob)
	if err != nil {
		t.Fatal(err)
	}
	if info.Hash != sealed.Hash || info.Commitment != sealed.Commitment {
		t.Errorf("Verify names the proof %x, %v; Seal %x, %v", info.Hash, &info.Commitment, sealed.Hash, &sealed.Commitment)
	}
}
