package prover_test

import (
	"testing"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/proof"
)

// FuzzVerify feeds proof files: only files of the golden proof verify.
func FuzzVerify(f *testing.F) {
	s, sealed := sealGolden(f)
	f.Add(sealed.Blob)
	f.Fuzz(func(t *testing.T, blob []byte) {
		info, err := prover.Verify(s, blob)
		switch {
		case err == nil && info.Commitment != sealed.Commitment:
			t.Fatal("another proof of the golden statement was accepted")
		case err != nil && !documented(err):
			t.Fatal(err)
		}
	})
}

// FuzzVerifyProof overwrites a run of bytes of the packed golden proof.
func FuzzVerifyProof(f *testing.F) {
	_, s, p := readGolden(f)
	component, err := matmul.New(s.K)
	if err != nil {
		f.Fatal(err)
	}
	shape, err := component.Shape(matmul.Config())
	if err != nil {
		f.Fatal(err)
	}
	packed, err := proof.Pack(shape, p)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint(0), []byte{1})
	f.Add(uint(40*32), []byte{0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, at uint, run []byte) {
		changed := append([]felt.Felt(nil), packed...)
		same := true
		for i, v := range run {
			pos := (at%uint(32*len(changed)) + uint(i)) % uint(32*len(changed))
			x := &changed[pos/32]
			b := x.Bytes()
			b[pos%32] = v
			if x.SetBytesCanonical(b[:]) != nil {
				return // no felt
			}
		}
		for i := range changed {
			same = same && changed[i] == packed[i]
		}
		q, err := proof.Unpack(shape, changed)
		if err == nil {
			err = prover.VerifyProof(s, q)
		}
		if err == nil != same || err != nil && !documented(err) {
			t.Fatalf("unchanged: %v, error: %v", same, err)
		}
	})
}

func FuzzMatrix(f *testing.F) {
	data, err := prover.Matrix{Rows: 1, Columns: 2, Data: []uint32{3, 4}}.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		var m prover.Matrix
		if m.UnmarshalBinary(data) != nil {
			return
		}
		again, err := m.MarshalBinary()
		if err != nil || string(again) != string(data) {
			t.Fatalf("decoding and encoding changes the matrix (%v)", err)
		}
	})
}
