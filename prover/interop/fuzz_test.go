package interop_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sage-network/sage-node/prover/internal/jsontree"
	"github.com/sage-network/sage-node/prover/interop"
	"github.com/sage-network/sage-node/prover/proof"
	"github.com/sage-network/sage-node/prover/verify"
)

// documented are the errors with which a document may be refused.
var documented = []error{
	proof.ErrMalformed, proof.ErrTooLarge, proof.ErrUnknownAIR, verify.ErrRoot, verify.ErrConstraints, verify.ErrProofOfWork,
	verify.ErrMerkle, verify.ErrFri, verify.ErrDegenerate, verify.ErrSums,
}

func isDocumented(err error) bool {
	return slices.ContainsFunc(documented, func(d error) bool { return errors.Is(err, d) })
}

// compact is a document without white space, or nil if it is none.
func compact(document []byte) []byte {
	var out bytes.Buffer
	if json.Compact(&out, document) != nil {
		return nil
	}
	return out.Bytes()
}

// FuzzDecode: what decodes encodes to the same compact document.
func FuzzDecode(f *testing.F) {
	const small = 20 << 10 // large seeds are slow to mutate
	for _, c := range victims() {
		if data := golden(f, c); len(data) < small {
			f.Add(data)
		}
	}
	f.Add([]byte(`{"interaction_pow":0,"claimed_sums":[[[1,2],[3,4]]],"proof":{}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := interop.Decode(data)
		if err != nil {
			if !errors.Is(err, proof.ErrMalformed) && !errors.Is(err, proof.ErrTooLarge) {
				t.Fatal(err)
			}
			return
		}
		again, err := s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again, compact(data)) {
			t.Fatal("decoding and encoding changes the document")
		}
	})
}

// FuzzVerify overwrites a run of a golden document of any AIR: nothing but the
// document itself is accepted, and every refusal is a documented error.
func FuzzVerify(f *testing.F) {
	judges := newJudges(f)
	f.Add(uint8(0), uint(100), []byte("1"))
	f.Add(uint8(4), uint(2000), []byte("],[0"))
	f.Fuzz(func(t *testing.T, which uint8, at uint, run []byte) {
		j := judges[int(which)%len(judges)]
		document := bytes.Clone(j.document)
		copy(document[int(at%uint(len(document))):], run)
		j.checkVerdict(t, document)
	})
}

func newJudges(t testing.TB) (judges []*judge) {
	for _, c := range victims() {
		judges = append(judges, newJudge(t, c))
	}
	return judges
}

// checkVerdict demands that a document is accepted if and only if it is the crate's
// but for white space, refused with a documented error, and decoded in memory of a
// size that its length bounds.
func (j *judge) checkVerdict(t testing.TB, document []byte) {
	t.Helper()
	limit := uint64(1<<20 + 500*len(document))
	if used := allocated(func() { interop.Decode(document) }); used > limit {
		t.Fatalf("%s: %d bytes allocated to decode %d, want at most %d", j.c.Name(), used, len(document), limit)
	}
	err := j.judge(document)
	if same := bytes.Equal(compact(document), j.document); same != (err == nil) {
		t.Fatalf("%s: the crate's own document: %v, verdict: %v", j.c.Name(), same, err)
	}
	if err != nil && !isDocumented(err) {
		t.Fatal(err)
	}
}

func (j *judge) tree(t testing.TB) *jsontree.Node {
	t.Helper()
	tree, err := jsontree.Parse(j.document)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// randomChoices returns bytes for decisions.
func randomChoices(r *rand.Rand, most int) []byte {
	choices := make([]byte, 4+r.IntN(most))
	for i := range choices {
		choices[i] = byte(r.Uint32())
	}
	return choices
}

// TestHostileTrees changes the documents of all AIRs as trees, see package jsontree.
func TestHostileTrees(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for _, j := range newJudges(t) {
		tree := j.tree(t)
		for range j.sample(3<<20, 100) {
			j.checkVerdict(t, jsontree.Mutate(tree, jsontree.NewChoices(randomChoices(r, 28))))
		}
	}
}

// FuzzVerifyTree is TestHostileTrees with the choices of the fuzzer.
func FuzzVerifyTree(f *testing.F) {
	judges := newJudges(f)
	var trees []*jsontree.Node
	r := rand.New(rand.NewPCG(13, 14))
	for i, j := range judges {
		trees = append(trees, j.tree(f))
		for range 5 {
			f.Add(uint8(i), randomChoices(r, 40))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, choices []byte) {
		i := int(which) % len(judges)
		judges[i].checkVerdict(t, jsontree.Mutate(trees[i], jsontree.NewChoices(choices)))
	})
}
