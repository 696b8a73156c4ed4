package channel_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/channel"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
)

func digest(t *testing.T, text string) (d [32]byte) {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return [32]byte(b)
}

// The vectors are those of the Rust crate's own channel tests.
func TestMixVectors(t *testing.T) {
	var a channel.Channel
	a.MixU32s([]uint32{1, 2, 3, 4, 5, 6, 7, 8, 9})
	if want := digest(t, "7091768357bb1bb3346fdab6b357d7fa46b8fbe32c2e4324a0ffc294cbf9a1c7"); a.Digest() != want {
		t.Errorf("MixU32s: %x, want %x", a.Digest(), want)
	}
	var b channel.Channel
	b.MixU64(0x1111222233334444)
	if want := digest(t, "bc9e3fc1d24e8897956d3359327397249d6bcacd224d927404e7ba4a77dc6ece"); b.Digest() != want {
		t.Errorf("MixU64: %x, want %x", b.Digest(), want)
	}
}

func TestDrawsAdvanceAndMixesReset(t *testing.T) {
	var c channel.Channel
	fresh := c
	first, second := c.DrawU32s(), c.DrawU32s()
	if first == second {
		t.Error("two draws agree")
	}
	if c.Digest() != fresh.Digest() {
		t.Error("drawing changes the digest")
	}
	c.MixU64(1)
	fresh.MixU64(1)
	if c.DrawU32s() != fresh.DrawU32s() {
		t.Error("mixing does not reset the counter")
	}
}

func TestDrawFelts(t *testing.T) {
	var one, all channel.Channel
	felts := all.DrawFelts(3)
	if len(felts) != 3 {
		t.Fatalf("%d felts, want 3", len(felts))
	}
	if got := one.DrawFelt(); got != felts[0] {
		t.Errorf("first felt %v, want %v", got, felts[0])
	}
	// The second felt takes words 4 to 7 of the first draw, the third a new draw.
	if got := one.DrawFelt(); got != felts[2] {
		t.Errorf("third felt %v, want %v", got, felts[2])
	}
	if felts[1] == felts[0] || felts[1] == felts[2] {
		t.Error("felts repeat")
	}
}

func TestDrawQueries(t *testing.T) {
	var c channel.Channel
	for _, logSize := range []uint32{1, 4, 20, 30} {
		positions := c.DrawQueries(logSize, 30)
		if len(positions) < 1 || len(positions) > 30 {
			t.Errorf("%d positions, want 1 to 30", len(positions))
		}
		if !slices.IsSorted(positions) || len(slices.Compact(slices.Clone(positions))) != len(positions) {
			t.Errorf("positions %v are not ascending and distinct", positions)
		}
		if positions[0] < 0 || positions[len(positions)-1] >= 1<<logSize {
			t.Errorf("positions %v are not below 2^%d", positions, logSize)
		}
	}
}

// TestGoldenTranscript follows a proof of the Rust crate from the statement to the
// proof of work, whose nonce holds for the digest reached there alone, and checks
// the number of distinct queries that follow.
func TestGoldenTranscript(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "testdata", "matmul_k4.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Words []uint32        `json:"statement_words"`
		Proof json.RawMessage `json:"proof"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	p, err := proof.DecodeJSON(file.Proof)
	if err != nil {
		t.Fatal(err)
	}

	var c channel.Channel
	c.MixU32s(file.Words)
	c.MixFelts(matmul.Config().Felts())
	for _, root := range p.Commitments[:3] {
		c.MixRoot(root)
	}
	c.DrawFelts(2)
	c.MixRoot(p.Commitments[3])
	c.DrawFelt()
	c.MixRoot(p.Commitments[4])
	c.DrawFelt()
	var samples []m31.QM31
	for _, tree := range p.SampledValues {
		for _, column := range tree {
			samples = append(samples, column...)
		}
	}
	c.MixFelts(samples)
	c.DrawFelt()
	for _, layer := range p.Fri.Layers() {
		c.MixRoot(layer.Commitment)
		c.DrawFelt()
	}
	c.MixFelts(p.Fri.LastLayer)
	if !c.CheckPow(26, p.ProofOfWork) {
		t.Error("the nonce does not hold")
	}
	for _, wrong := range []struct {
		bits  uint32
		nonce uint64
	}{{26, p.ProofOfWork + 1}, {25, p.ProofOfWork}, {64, p.ProofOfWork}, {129, p.ProofOfWork}} {
		if c.CheckPow(wrong.bits, wrong.nonce) {
			t.Errorf("nonce %d holds for %d bits", wrong.nonce, wrong.bits)
		}
	}
	if !c.CheckPow(0, 0) {
		t.Error("no proof of work is refused")
	}
	c.MixU64(p.ProofOfWork)
	if got, want := len(c.DrawQueries(12, 20)), len(p.QueriedValues[0][0]); got != want {
		t.Errorf("%d distinct queries, want %d", got, want)
	}
}
