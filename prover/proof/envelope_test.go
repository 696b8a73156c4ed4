package proof_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/klauspost/compress/zstd"
	"lukechampine.com/blake3"

	"github.com/sage-network/sage-node/prover/proof"
)

func header(g golden) proof.Header {
	return proof.Header{AIR: 1, Version: 1, Config: g.shape.Config, PublicInputs: []uint32{7, 8, 9}}
}

func (g golden) seal(t testing.TB) proof.Sealed {
	t.Helper()
	sealed, err := proof.Seal(header(g), g.shape, g.decode(t))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// open opens a file as a proof of the golden's AIR.
func (g golden) open(blob []byte) (*proof.Opened, error) {
	return proof.Open(blob, func(proof.Header) (proof.Shape, error) { return g.shape, nil })
}

// frame compresses an envelope as one Zstandard frame.
func frame(t testing.TB, envelope []byte, options ...zstd.EOption) []byte {
	t.Helper()
	e, err := zstd.NewWriter(nil, append([]zstd.EOption{zstd.WithEncoderConcurrency(1)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	return e.EncodeAll(envelope, nil)
}

// unframe returns a file's envelope.
func unframe(t testing.TB, blob []byte) []byte {
	t.Helper()
	d, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	out, err := d.DecodeAll(blob, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSealAndOpen(t *testing.T) {
	for _, g := range goldens(t) {
		sealed := g.seal(t)
		opened, err := g.open(sealed.Blob)
		if err != nil {
			t.Errorf("%s: %v", g.name, err)
			continue
		}
		if opened.Hash != sealed.Hash || opened.Hash != blake3.Sum256(sealed.Blob) {
			t.Errorf("%s: hash %x, sealed %x", g.name, opened.Hash, sealed.Hash)
		}
		if opened.Commitment != sealed.Commitment || opened.Commitment != proof.PackedCommitment(g.pack(t)) {
			t.Errorf("%s: commitment %v, sealed %v", g.name, &opened.Commitment, &sealed.Commitment)
		}
		again, err := proof.Seal(opened.Header, g.shape, opened.Proof)
		if err != nil || !bytes.Equal(again.Blob, sealed.Blob) {
			t.Errorf("%s: sealing what was opened gives another file (%v)", g.name, err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	g := matmulK4(t)
	blob := g.seal(t).Blob
	envelope := unframe(t, blob)
	edit := func(f func(b []byte) []byte) []byte { return frame(t, f(bytes.Clone(envelope))) }
	word := func(at int, v uint32) []byte {
		return edit(func(b []byte) []byte { binary.LittleEndian.PutUint32(b[at:], v); return b })
	}
	const skippable = "\x50\x2a\x4d\x18\x02\x00\x00\x00hi"
	const felts = 48 + 4*3
	streamed := new(bytes.Buffer)
	w, err := zstd.NewWriter(streamed)
	if err != nil {
		t.Fatal(err)
	}
	half := len(envelope) / 2
	for _, part := range [][]byte{envelope[:half], envelope[half:]} {
		if _, err := w.Write(part); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}

	for _, c := range []struct {
		name string
		want error
		blob []byte
	}{
		{"nothing", proof.ErrMalformed, nil},
		{"no Zstandard frame", proof.ErrMalformed, envelope},
		{"a trailing byte", proof.ErrMalformed, append(bytes.Clone(blob), 0)},
		{"a second frame", proof.ErrMalformed, append(bytes.Clone(blob), blob...)},
		{"a second, empty frame", proof.ErrMalformed, append(bytes.Clone(blob), frame(t, nil, zstd.WithZeroFrames(true))...)},
		{"a skippable frame after", proof.ErrMalformed, append(bytes.Clone(blob), skippable...)},
		{"a skippable frame before", proof.ErrMalformed, append([]byte(skippable), blob...)},
		{"a frame without its size", proof.ErrMalformed, streamed.Bytes()},
		{"a dictionary", proof.ErrMalformed, frame(t, envelope, zstd.WithEncoderDictRaw(77, bytes.Repeat([]byte("dictionary"), 9)))},
		{"a file of the limit's size", proof.ErrTooLarge, make([]byte, proof.MaxBlob)},
		{"a zip bomb", proof.ErrTooLarge, frame(t, make([]byte, 256<<20))},
		{"a zip bomb that states a small size", proof.ErrTooLarge, lyingBomb(t)},
		{"an empty envelope", proof.ErrMalformed, frame(t, nil, zstd.WithZeroFrames(true), zstd.WithSingleSegment(true))},
		{"another magic", proof.ErrMalformed, edit(func(b []byte) []byte { b[3] = 'X'; return b })},
		{"another envelope version", proof.ErrMalformed, word(8, 2)},
		{"public inputs beyond the limit", proof.ErrTooLarge, word(44, proof.MaxPublicInputs+1)},
		{"public inputs beyond the end", proof.ErrMalformed, edit(func(b []byte) []byte { return b[:52] })},
		{"a head only", proof.ErrMalformed, edit(func(b []byte) []byte { return b[:30] })},
		{"a count of no felts", proof.ErrMalformed, word(felts, 0)},
		{"a count of 2³² − 1 felts", proof.ErrMalformed, word(felts, 1<<32-1)},
		{"a byte after the envelope", proof.ErrMalformed, edit(func(b []byte) []byte { return append(b, 0) })},
		{"a felt after the envelope", proof.ErrMalformed, edit(func(b []byte) []byte { return append(b, make([]byte, 32)...) })},
		{"a felt beyond the modulus", proof.ErrMalformed, edit(func(b []byte) []byte { b[felts+4] = 0x10; return b })},
		{"no felts", proof.ErrMalformed, edit(func(b []byte) []byte {
			binary.LittleEndian.PutUint32(b[felts:], 0)
			return b[:felts+4]
		})},
	} {
		if _, err := g.open(c.blob); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	for n := 0; n < len(blob); n += 1 + n/64 {
		if _, err := g.open(blob[:n]); !errors.Is(err, proof.ErrMalformed) {
			t.Errorf("the first %d bytes: %v, want %v", n, err, proof.ErrMalformed)
		}
	}
}

// lyingBomb returns a frame that states 16 bytes of content and holds 2 MiB.
func lyingBomb(t *testing.T) []byte {
	t.Helper()
	bomb := []byte{0x28, 0xb5, 0x2f, 0xfd, 0x20, 16} // single segment, content size 16
	const block = 128 << 10
	for i := range 16 {
		head := uint32(block)<<3 | 1<<1 // a run of one byte
		if i == 15 {
			head |= 1
		}
		bomb = append(bomb, byte(head), byte(head>>8), byte(head>>16), 'A')
	}
	return bomb
}

func TestSealRefuses(t *testing.T) {
	g := matmulK4(t)
	h := header(g)
	h.Config.PowBits--
	if _, err := proof.Seal(h, g.shape, g.decode(t)); !errors.Is(err, proof.ErrMalformed) {
		t.Errorf("another configuration in the header: %v", err)
	}
	h = header(g)
	h.PublicInputs = make([]uint32, proof.MaxPublicInputs+1)
	if _, err := proof.Seal(h, g.shape, g.decode(t)); !errors.Is(err, proof.ErrTooLarge) {
		t.Errorf("too many public inputs: %v", err)
	}
}
