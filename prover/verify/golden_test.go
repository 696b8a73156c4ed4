package verify_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/air/widefib"
	"github.com/sage-network/sage-node/prover/channel"
	"github.com/sage-network/sage-node/prover/proof"
	"github.com/sage-network/sage-node/prover/verify"
)

// A golden proof of the Rust crate with what is needed to verify it.
type golden struct {
	name     string
	channel  channel.Channel
	instance verify.Instance
	proof    *proof.StarkProof
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func decode(t testing.TB, data []byte) *proof.StarkProof {
	t.Helper()
	p, err := proof.DecodeJSON(data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func matmulK4(t testing.TB) golden {
	t.Helper()
	var file struct {
		Words []uint32        `json:"statement_words"`
		Proof json.RawMessage `json:"proof"`
	}
	if err := json.Unmarshal(readFile(t, "matmul_k4.json"), &file); err != nil {
		t.Fatal(err)
	}
	g := golden{name: "matmul_k4", proof: decode(t, file.Proof)}
	g.channel.MixU32s(file.Words)
	g.channel.MixFelts(matmul.Config().Felts())
	component, err := matmul.New(4)
	if err != nil {
		t.Fatal(err)
	}
	preprocessed, err := matmul.PreprocessedRoot(4)
	if err != nil {
		t.Fatal(err)
	}
	g.instance = verify.Instance{
		AIR: component, Config: matmul.Config(), Roots: map[int]proof.Hash{matmul.TreePreprocessed: preprocessed},
	}
	return g
}

func wideFib(t testing.TB, name string, logRows uint32, columns int, cfg proof.Config) golden {
	t.Helper()
	g := golden{name: name, proof: decode(t, readFile(t, name+".json"))}
	g.channel.MixFelts(cfg.Felts())
	component, err := widefib.New(logRows, columns)
	if err != nil {
		t.Fatal(err)
	}
	g.instance = verify.Instance{AIR: component, Config: cfg}
	return g
}

// goldens returns a function that reads every golden proof afresh, so that each
// caller may change its copy.
func goldens() []func(testing.TB) golden {
	return []func(testing.TB) golden{
		matmulK4,
		func(t testing.TB) golden {
			return wideFib(t, "widefib_6_10_2_2_8_8", 6, 10,
				proof.Config{PowBits: 8, LogBlowup: 2, Queries: 8, FoldStep: 2})
		},
		func(t testing.TB) golden {
			return wideFib(t, "widefib_8_100_1_1_30_10", 8, 100,
				proof.Config{PowBits: 10, LogBlowup: 1, Queries: 30, FoldStep: 1})
		},
	}
}

func (g golden) verify() error { return verify.Verify(g.channel, g.instance, g.proof) }

func TestAcceptsProofsOfTheRustCrate(t *testing.T) {
	for _, read := range goldens() {
		g := read(t)
		if err := g.verify(); err != nil {
			t.Errorf("%s: %v", g.name, err)
		}
	}
}
