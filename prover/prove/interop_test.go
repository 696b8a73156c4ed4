package prove_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/channel"
	"github.com/sage-network/sage-node/prover/proof"
	"github.com/sage-network/sage-node/prover/prove"
)

// interopInstance is what the program in prover/interop reads.
type interopInstance struct {
	K       uint32          `json:"k"`
	Words   []uint32        `json:"words"`
	PowBits uint32          `json:"pow_bits"`
	A       matmul.Matrix   `json:"a,omitempty"`
	B       matmul.Matrix   `json:"b,omitempty"`
	C       matmul.Matrix   `json:"c,omitempty"`
	Proof   json.RawMessage `json:"proof,omitempty"`
}

func newInteropInstance(seed uint64, k uint32) interopInstance {
	in := interopInstance{K: k, Words: []uint32{1, 2, 3, uint32(seed)}, PowBits: cheap().PowBits}
	in.A, in.B, in.C = product(seed, k)
	return in
}

// prove returns the Go proof of the instance.
func (in interopInstance) prove(t *testing.T) *proof.StarkProof {
	t.Helper()
	var ch channel.Channel
	ch.MixU32s(in.Words)
	cfg := cheap()
	cfg.PowBits = in.PowBits
	ch.MixFelts(cfg.Felts())
	job := instance(t, in.K, witness(in.K, in.A, in.B, in.C, nil))
	job.Config, job.Channel = cfg, ch
	p, err := prove.Prove(context.Background(), job, prove.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestMatmulEqualsRust compares a proof byte for byte with the Rust crate's of the
// same matrices.
func TestMatmulEqualsRust(t *testing.T) {
	var in interopInstance
	if err := json.Unmarshal(golden(t, "matmul_k3_matrices.json"), &in); err != nil {
		t.Fatal(err)
	}
	compare(t, in.prove(t), in.Proof)
}

// TestInterop exchanges proofs with the Rust crate in both directions. It needs
// the program in prover/interop: set SAGE_PROVER_INTEROP to its path. With
// SAGE_UPDATE_GOLDEN set, it also writes the golden file anew; with SAGE_SLOW_TESTS
// set, it also takes the largest size.
func TestInterop(t *testing.T) {
	program := os.Getenv("SAGE_PROVER_INTEROP")
	if program == "" {
		t.Skip("SAGE_PROVER_INTEROP does not name the program built from prover/interop")
	}
	run := func(command string, in interopInstance) (string, error) {
		input, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(program, command)
		cmd.Stdin = bytes.NewReader(input)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Logf("%s: %s", command, stderr.String())
		}
		return string(out), err
	}
	for k := uint32(matmul.MinK); k <= 8; k++ {
		in := newInteropInstance(uint64(k), k)
		rust, err := run("prove", in)
		if err != nil {
			t.Fatal(err)
		}
		p := in.prove(t)
		compare(t, p, []byte(rust))

		if in.Proof, err = proof.EncodeJSON(p); err != nil {
			t.Fatal(err)
		}
		claim := interopInstance{K: k, Words: in.Words, PowBits: in.PowBits, Proof: in.Proof}
		if _, err := run("verify", claim); err != nil {
			t.Errorf("k = %d: the crate refuses the proof", k)
		}
		claim.Words = []uint32{1, 2, 3}
		if _, err := run("verify", claim); err == nil {
			t.Errorf("k = %d: the crate accepts the proof for another statement", k)
		}
		if k == matmul.MinK && os.Getenv("SAGE_UPDATE_GOLDEN") != "" {
			in.Proof = json.RawMessage(rust)
			data, err := json.Marshal(in)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join("..", "testdata", "matmul_k3_matrices.json"), append(data, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if os.Getenv("SAGE_SLOW_TESTS") == "" {
		return
	}
	// The largest size: only verified by the crate, whose prover needs 9 GB for it.
	in := newInteropInstance(10, matmul.MaxK)
	data, err := proof.EncodeJSON(in.prove(t))
	if err != nil {
		t.Fatal(err)
	}
	claim := interopInstance{K: in.K, Words: in.Words, PowBits: in.PowBits, Proof: data}
	if _, err := run("verify", claim); err != nil {
		t.Error("the crate refuses the proof of the largest size")
	}
}
