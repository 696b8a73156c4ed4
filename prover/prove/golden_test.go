package prove_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/sage-network/sage-node/prover/air/widefib"
	"github.com/sage-network/sage-node/prover/channel"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
	"github.com/sage-network/sage-node/prover/prove"
)

func golden(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// fibonacci returns the trace of the Rust crate's example: in stored order, row i
// starts with 1 and i.
func fibonacci(logRows uint32, columns int) [][]m31.Element {
	out := make([][]m31.Element, columns)
	for c := range out {
		out[c] = make([]m31.Element, 1<<logRows)
		for i := range out[c] {
			switch c {
			case 0:
				out[c][i] = 1
			case 1:
				out[c][i] = m31.Element(i)
			default:
				out[c][i] = m31.Add(m31.Square(out[c-2][i]), m31.Square(out[c-1][i]))
			}
		}
	}
	return out
}

// TestWideFibonacciEqualsRust proves the wide Fibonacci AIR and compares the
// proof byte for byte with the Rust crate's.
func TestWideFibonacciEqualsRust(t *testing.T) {
	for _, c := range []struct {
		file    string
		logRows uint32
		columns int
		cfg     proof.Config
	}{
		{"widefib_6_10_2_2_8_8.json", 6, 10, proof.Config{PowBits: 8, LogBlowup: 2, Queries: 8, FoldStep: 2}},
		{"widefib_8_100_1_1_30_10.json", 8, 100, proof.Config{PowBits: 10, LogBlowup: 1, Queries: 30, FoldStep: 1}},
	} {
		t.Run(c.file, func(t *testing.T) {
			component, err := widefib.New(c.logRows, c.columns)
			if err != nil {
				t.Fatal(err)
			}
			var ch channel.Channel
			ch.MixFelts(c.cfg.Felts())
			got, err := prove.Prove(context.Background(), prove.Instance{
				AIR:     component,
				Config:  c.cfg,
				Channel: ch,
				Witness: func(_ context.Context, tree int, _ []m31.QM31) ([][]m31.Element, error) {
					return fibonacci(c.logRows, c.columns), nil
				},
			}, prove.Options{})
			if err != nil {
				t.Fatal(err)
			}
			compare(t, got, golden(t, c.file))
		})
	}
}

// compare reports the first part in which the proof differs from the Rust one.
func compare(t *testing.T, got *proof.StarkProof, data []byte) {
	t.Helper()
	want, err := proof.DecodeJSON(data)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want.Commitments {
		if got.Commitments[i] != want.Commitments[i] {
			t.Fatalf("commitment %d: %x, want %x", i, got.Commitments[i], want.Commitments[i])
		}
	}
	for i := range want.SampledValues {
		for j := range want.SampledValues[i] {
			for k, v := range want.SampledValues[i][j] {
				if got.SampledValues[i][j][k] != v {
					t.Fatalf("sample %d/%d/%d: %v, want %v", i, j, k, got.SampledValues[i][j][k], v)
				}
			}
		}
	}
	for i, l := range want.Fri.Layers() {
		if g := got.Fri.Layers()[i].Commitment; g != l.Commitment {
			t.Fatalf("FRI layer %d: root %x, want %x", i, g, l.Commitment)
		}
	}
	if got.ProofOfWork != want.ProofOfWork {
		t.Fatalf("nonce %d, want %d", got.ProofOfWork, want.ProofOfWork)
	}
	a, err := proof.EncodeJSON(got)
	if err != nil {
		t.Fatal(err)
	}
	b, err := proof.EncodeJSON(want)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Fatal("openings differ")
	}
}
