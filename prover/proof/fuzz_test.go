package proof_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"testing"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/prover/proof"
)

func documented(err error) bool {
	return errors.Is(err, proof.ErrMalformed) || errors.Is(err, proof.ErrTooLarge) || errors.Is(err, proof.ErrUnknownAIR)
}

// FuzzDecodeJSON: what decodes encodes to the same compact JSON; the rest is
// refused with a documented error.
func FuzzDecodeJSON(f *testing.F) {
	for _, g := range goldens(f) {
		f.Add(g.json)
	}
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := proof.DecodeJSON(data)
		if err != nil {
			if !documented(err) {
				t.Fatal(err)
			}
			return
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
	})
}

// FuzzUnpack: packed proofs are canonical, whatever the felts are.
func FuzzUnpack(f *testing.F) {
	g := goldens(f)[1] // the smallest
	var seed []byte
	for _, x := range g.pack(f) {
		b := x.Bytes()
		seed = append(seed, b[:]...)
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, data []byte) {
		packed := make([]felt.Felt, len(data)/32)
		for i := range packed {
			packed[i].SetBytes(data[32*i : 32*(i+1)])
		}
		p, err := proof.Unpack(g.shape, packed)
		if err != nil {
			if !documented(err) {
				t.Fatal(err)
			}
			return
		}
		again, err := proof.Pack(g.shape, p)
		if err != nil {
			t.Fatal(err)
		}
		for i := range again {
			if again[i] != packed[i] {
				t.Fatalf("felt %d changes", i)
			}
		}
	})
}

// FuzzOpen feeds files; FuzzEnvelope what files unpack to.
func FuzzOpen(f *testing.F) {
	g := goldens(f)[1]
	f.Add(g.seal(f).Blob)
	f.Add(frame(f, []byte("SAGEPRF\x00")))
	f.Fuzz(func(t *testing.T, blob []byte) { checkOpen(t, g, blob) })
}

func FuzzEnvelope(f *testing.F) {
	g := goldens(f)[1]
	envelope := unframe(f, g.seal(f).Blob)
	f.Add(envelope)
	f.Add(binary.LittleEndian.AppendUint32([]byte("SAGEPRF\x00"), 1))
	f.Fuzz(func(t *testing.T, envelope []byte) {
		if len(envelope) <= proof.MaxEnvelope {
			checkOpen(t, g, frame(t, envelope))
		}
	})
}

// checkOpen opens a file; what opens must seal to the same envelope.
func checkOpen(t *testing.T, g golden, blob []byte) {
	t.Helper()
	opened, err := g.open(blob)
	if err != nil {
		if !documented(err) {
			t.Fatal(err)
		}
		return
	}
	again, err := proof.Seal(opened.Header, g.shape, opened.Proof)
	if err != nil {
		// The shape given here does not look at the header's configuration.
		if opened.Header.Config != g.shape.Config && errors.Is(err, proof.ErrMalformed) {
			return
		}
		t.Fatal(err)
	}
	if !bytes.Equal(unframe(t, again.Blob), unframe(t, blob)) {
		t.Fatal("opening and sealing changes the envelope")
	}
}
