package interop_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/sage-network/sage-node/prover/interop"
	"github.com/sage-network/sage-node/prover/proof"
	"github.com/sage-network/sage-node/prover/verify"
)

// documented are the errors with which a document may be refused.
var documented = []error{
	proof.ErrMalformed, proof.ErrTooLarge, verify.ErrRoot, verify.ErrConstraints, verify.ErrProofOfWork,
	verify.ErrMerkle, verify.ErrFri, verify.ErrDegenerate, verify.ErrSums,
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
		var want bytes.Buffer
		if err := json.Compact(&want, data); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again, want.Bytes()) {
			t.Fatal("decoding and encoding changes the document")
		}
	})
}

// FuzzVerify overwrites a run of a golden document of any AIR: nothing but the
// document itself is accepted, and every refusal is a documented error.
func FuzzVerify(f *testing.F) {
	var judges []*judge
	for _, c := range victims() {
		judges = append(judges, newJudge(f, c))
	}
	f.Add(uint8(0), uint(100), []byte("1"))
	f.Add(uint8(4), uint(2000), []byte("],[0"))
	f.Fuzz(func(t *testing.T, which uint8, at uint, run []byte) {
		j := judges[int(which)%len(judges)]
		document := bytes.Clone(j.document)
		copy(document[int(at%uint(len(document))):], run)
		err := j.judge(document)
		switch {
		case err == nil && !bytes.Equal(document, j.document):
			var compact bytes.Buffer
			if json.Compact(&compact, document) != nil || !bytes.Equal(compact.Bytes(), j.document) {
				t.Fatal("another proof was accepted")
			}
		case err != nil && !slices.ContainsFunc(documented, func(d error) bool { return errors.Is(err, d) }):
			t.Fatal(err)
		}
	})
}
