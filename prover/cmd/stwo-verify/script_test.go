package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/interop"
	"github.com/sage-network/sage-node/prover/proof"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"stwo-verify": main})
}

func TestScripts(t *testing.T) {
	proofs, err := filepath.Abs(filepath.Join("..", "..", "testdata"))
	if err != nil {
		t.Fatal(err)
	}
	packed, err := filepath.Abs(filepath.Join("..", "..", "interop", "testdata"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("PROOFS", proofs)
			e.Setenv("BATCH_WORDS", interop.ProductionBatch().WordsFlag())
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			// unpack FILE CASE writes a golden proof.
			"unpack": func(ts *testscript.TestScript, _ bool, args []string) {
				data, err := os.ReadFile(filepath.Join(packed, args[1]+".json.gz"))
				ts.Check(err)
				data, err = interop.Unpack(data)
				ts.Check(err)
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o600))
			},
			// batch JOB PROOF writes the crate's proof of a batch with its statement,
			// and the proof alone.
			"batch": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(writeBatch(packed, ts.MkAbs(args[0]), ts.MkAbs(args[1])))
			},
			// edit FILE OF OLD NEW writes a copy with one text replaced.
			"edit": func(ts *testscript.TestScript, _ bool, args []string) {
				text := ts.ReadFile(args[1])
				changed := strings.Replace(text, args[2], args[3], 1)
				if changed == text {
					ts.Fatalf("%s does not contain %q", args[1], args[2])
				}
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(changed), 0o600))
			},
		},
	})
}

// writeBatch writes a job file of version 2, and its proof alone.
func writeBatch(packed, file, alone string) error {
	data, err := os.ReadFile(filepath.Join(packed, interop.ProductionBatch().GoldenFile()))
	if err != nil {
		return err
	}
	if data, err = interop.Unpack(data); err != nil {
		return err
	}
	sealed, err := interop.Decode(data)
	if err != nil {
		return err
	}
	p, err := proof.EncodeJSON(sealed.Proof)
	if err != nil {
		return err
	}
	s := interop.BatchStatement()
	var sizes []map[string]uint32
	for _, size := range s.Sizes {
		sizes = append(sizes, map[string]uint32{"rows": size.Rows, "inner": size.Inner, "cols": size.Columns})
	}
	root := func(tree int) string { return hex.EncodeToString(sealed.Proof.Commitments[tree][:]) }
	out, err := json.MarshalIndent(map[string]any{
		"statement": map[string]any{
			"air": matmul.ID, "version": matmul.BatchVersion, "k": s.K(), "products": sizes,
			"chain_id": s.ChainID.String(), "job_manager": s.JobManager.String(), "job_id": fmt.Sprintf("0x%x", s.JobID),
			"attempt": s.Attempt, "worker": s.Worker.String(),
			"input_commitment": root(matmul.TreeInput), "result_commitment": root(matmul.TreeResult),
		},
		"preprocessed_root": root(matmul.TreePreprocessed),
		"proof":             json.RawMessage(p),
	}, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(alone, p, 0o600); err != nil {
		return err
	}
	return os.WriteFile(file, out, 0o600)
}
