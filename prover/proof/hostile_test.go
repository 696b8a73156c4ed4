package proof_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/sage-network/sage-node/prover/internal/jsontree"
	"github.com/sage-network/sage-node/prover/proof"
)

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// checkDecodeJSON demands of a document that it is refused with a documented error,
// or that it decodes to what encodes to it again; and that neither takes more memory
// than its length allows.
func checkDecodeJSON(t *testing.T, data []byte) (accepted bool) {
	t.Helper()
	var p *proof.StarkProof
	var err error
	used := allocated(func() { p, err = proof.DecodeJSON(data) })
	if limit := uint64(1<<20 + 500*len(data)); used > limit {
		t.Fatalf("%d bytes allocated for %d bytes of document, want at most %d", used, len(data), limit)
	}
	if err != nil {
		if !documented(err) {
			t.Fatal(err)
		}
		return false
	}
	again, err := proof.EncodeJSON(p)
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := json.Compact(&want, data); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again, want.Bytes()) {
		t.Fatal("decoding and encoding changes the JSON")
	}
	return true
}

// trees returns the golden proofs as trees.
func trees(t testing.TB) []*jsontree.Node {
	t.Helper()
	var out []*jsontree.Node
	for _, g := range goldens(t) {
		tree, err := jsontree.Parse(g.json)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, tree)
	}
	return out
}

// TestHostileJSON changes golden proofs as trees: numbers beyond their range or spelled
// in other ways, arrays of other lengths and depths, keys that are missing, repeated,
// exchanged, and what follows a document.
func TestHostileJSON(t *testing.T) {
	tree := trees(t)[1] // the smallest
	r := rand.New(rand.NewPCG(7, 8))
	accepted := 0
	const runs = 600
	for range runs {
		choices := make([]byte, 4+r.IntN(28))
		for i := range choices {
			choices[i] = byte(r.Uint32())
		}
		if checkDecodeJSON(t, jsontree.Mutate(tree, jsontree.NewChoices(choices))) {
			accepted++
		}
	}
	// Some changes give another proof, which is none of this decoder's business.
	if accepted == 0 || accepted > runs/2 {
		t.Errorf("%d of %d changed documents decode", accepted, runs)
	}
}

// FuzzDecodeJSONTree is TestHostileJSON with the choices of the fuzzer.
func FuzzDecodeJSONTree(f *testing.F) {
	all := trees(f)
	r := rand.New(rand.NewPCG(9, 10))
	for i := range 40 {
		choices := make([]byte, 6+i)
		for j := range choices {
			choices[j] = byte(r.Uint32())
		}
		f.Add(uint8(i), choices)
	}
	f.Fuzz(func(t *testing.T, which uint8, choices []byte) {
		checkDecodeJSON(t, jsontree.Mutate(all[int(which)%len(all)], jsontree.NewChoices(choices)))
	})
}
