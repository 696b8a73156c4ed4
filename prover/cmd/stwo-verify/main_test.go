package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/prover/proof"
)

func golden(name string) string { return filepath.Join("..", "..", "testdata", name) }

// sealGolden writes the golden matmul proof as a proof file.
func sealGolden(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(golden("matmul_k4.json"))
	if err != nil {
		t.Fatal(err)
	}
	var job struct {
		Statement statementJSON   `json:"statement"`
		Proof     json.RawMessage `json:"proof"`
	}
	if err := json.Unmarshal(data, &job); err != nil {
		t.Fatal(err)
	}
	s, err := job.Statement.statement()
	if err != nil {
		t.Fatal(err)
	}
	p, err := proof.DecodeJSON(job.Proof)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := prover.Seal(s, p)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "proof.sage")
	if err := os.WriteFile(file, sealed.Blob, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// edit writes a golden file with one text replaced.
func edit(t *testing.T, name, old, replacement string) string {
	t.Helper()
	data, err := os.ReadFile(golden(name))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(data), old, replacement, 1)
	if text == string(data) {
		t.Fatalf("%s does not contain %q", name, old)
	}
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestRun(t *testing.T) {
	fib, job := golden("widefib_8_100_1_1_30_10.json"), golden("matmul_k4.json")
	for _, c := range []struct {
		name   string
		args   []string
		status int
		output string
	}{
		{"wide Fibonacci", []string{"--air", "wide-fibonacci", "--columns", "100", "--log-rows", "8", fib}, 0, "holds"},
		{"other columns", []string{"--air", "wide-fibonacci", "--columns", "99", "--log-rows", "8", fib}, 1, "malformed"},
		{"other rows", []string{"--air", "wide-fibonacci", "--columns", "100", "--log-rows", "9", fib}, 1, "malformed"},
		{"no rows", []string{"--air", "wide-fibonacci", "--columns", "100", fib}, 2, "--log-rows"},
		{"a changed proof", []string{"--air", "wide-fibonacci", "--columns", "100", "--log-rows", "8",
			edit(t, "widefib_8_100_1_1_30_10.json", `"proof_of_work":318`, `"proof_of_work":317`)}, 1, "proof of work"},
		{"matmul", []string{"--air", "matmul", job}, 0, "16×16 times 16×16"},
		{"matmul for another worker", []string{"--air", "matmul",
			edit(t, "matmul_k4.json", `"worker": "0x2`, `"worker": "0x3`)}, 1, "constraints"},
		{"matmul with another result", []string{"--air", "matmul",
			edit(t, "matmul_k4.json", `"result_commitment": "05`, `"result_commitment": "06`)}, 1, "known root"},
		{"a proof file", []string{"--air", "matmul", "--statement", job, sealGolden(t)}, 0, "proof hash"},
		{"a statement that is none", []string{"--air", "matmul", "--statement", fib, sealGolden(t)}, 2, "no statement"},
		{"a bad statement", []string{"--air", "matmul",
			edit(t, "matmul_k4.json", `"worker": "0x`, `"worker": "0y`)}, 2, "worker is"},
		{"a proof file that is none", []string{"--air", "matmul", "--statement", job, job}, 1, "Zstandard"},
		{"no such file", []string{"--air", "matmul", filepath.Join(t.TempDir(), "none")}, 2, "none"},
		{"no such AIR", []string{"--air", "poseidon", fib}, 2, "poseidon"},
		{"no file", []string{"--air", "matmul"}, 2, "usage"},
		{"help", []string{"--help"}, 0, "usage"},
	} {
		var stdout, stderr bytes.Buffer
		status := run(c.args, &stdout, &stderr)
		if out := stdout.String() + stderr.String(); status != c.status || !strings.Contains(out, c.output) {
			t.Errorf("%s: status %d, want %d with %q:\n%s", c.name, status, c.status, c.output, out)
		}
	}
}
