package prove_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/channel"
	"github.com/sage-network/sage-node/prover/proof"
	"github.com/sage-network/sage-node/prover/prove"
)

// interopInstance is a golden instance with the crate's proof of it.
type interopInstance struct {
	K       uint32          `json:"k"`
	Words   []uint32        `json:"words"`
	PowBits uint32          `json:"pow_bits"`
	A       matmul.Matrix   `json:"a,omitempty"`
	B       matmul.Matrix   `json:"b,omitempty"`
	C       matmul.Matrix   `json:"c,omitempty"`
	Proof   json.RawMessage `json:"proof,omitempty"`
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
