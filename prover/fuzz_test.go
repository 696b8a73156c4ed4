package prover_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/klauspost/compress/zstd"

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

// FuzzVerifyEnvelope overwrites words of what the golden file unpacks to, its head
// among them: neither as one product nor as a batch is anything else accepted.
func FuzzVerifyEnvelope(f *testing.F) {
	s, sealed := sealGolden(f)
	batch := prover.BatchStatement{
		Sizes:   []prover.Size{{Rows: s.Rows, Inner: s.Inner, Columns: s.Columns}},
		ChainID: s.ChainID, JobManager: s.JobManager, JobID: s.JobID, Attempt: s.Attempt, Worker: s.Worker,
		InputCommitment: s.InputCommitment, ResultCommitment: s.ResultCommitment,
	}
	d, err := zstd.NewReader(nil)
	if err != nil {
		f.Fatal(err)
	}
	envelope, err := d.DecodeAll(sealed.Blob, nil)
	if err != nil {
		f.Fatal(err)
	}
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithSingleSegment(true))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint(2), uint32(2), uint(4), uint32(2))  // versions of envelope and AIR
	f.Add(uint(4), uint32(2), uint(17), uint32(1)) // a batch of one product
	f.Add(uint(11), uint32(1<<32-1), uint(18), uint32(0))
	f.Fuzz(func(t *testing.T, at1 uint, word1 uint32, at2 uint, word2 uint32) {
		changed := bytes.Clone(envelope)
		words := uint(len(changed) / 4)
		binary.LittleEndian.PutUint32(changed[4*(at1%words):], word1)
		binary.LittleEndian.PutUint32(changed[4*(at2%words):], word2)
		blob := e.EncodeAll(changed, nil)
		_, err := prover.Verify(s, blob)
		if same := bytes.Equal(changed, envelope); same != (err == nil) || err != nil && !documented(err) {
			t.Fatalf("unchanged: %v, error: %v", same, err)
		}
		if _, err := prover.VerifyBatch(batch, blob); !documented(err) {
			t.Fatalf("as a batch: %v", err)
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
