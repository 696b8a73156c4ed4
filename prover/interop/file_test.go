package interop_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/sage-network/sage-node/prover/internal/jsontree"
	"github.com/sage-network/sage-node/prover/interop"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
)

// opener opens and verifies proof files of one case.
type opener struct {
	c        interop.Case
	verifier *interop.Verifier
	envelope []byte // the crate's proof
}

func newOpeners(t testing.TB) (openers []*opener) {
	t.Helper()
	for _, c := range victims() {
		verifier, err := c.Verifier(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		file, err := c.Seal(sealed(t, c))
		if err != nil {
			t.Fatal(err)
		}
		openers = append(openers, &opener{c, verifier, envelope(t, file.Blob)})
	}
	return openers
}

func (o *opener) judge(blob []byte) error {
	s, err := o.c.Open(blob)
	if err != nil {
		return err
	}
	return o.verifier.Verify(s)
}

// checkVerdict demands that a file is accepted only if it unpacks to the honest
// envelope, and refused with a documented error, in bounded memory.
func (o *opener) checkVerdict(t testing.TB, blob []byte, envelope []byte) {
	t.Helper()
	var err error
	const limit = 64 << 20 // the envelope's limit, the proof in memory, and its verification
	if used := allocated(func() { err = o.judge(blob) }); used > limit {
		t.Fatalf("%s: %d bytes allocated for a file of %d, want at most %d", o.c.Name(), used, len(blob), limit)
	}
	if err == nil && !bytes.Equal(envelope, o.envelope) {
		t.Fatalf("%s: another envelope was accepted", o.c.Name())
	}
	if err != nil && !isDocumented(err) {
		t.Fatal(err)
	}
}

// firstFelt is where the felts of an envelope begin.
func (o *opener) firstFelt() int {
	at := 52 + 4*len(o.c.Words)
	if binary.LittleEndian.Uint32(o.envelope[8:]) == 2 {
		at += 4
	}
	return at
}

// mutate changes a copy of the envelope in one to four places: words of its head,
// words and elements of felts, whole felts, lengths.
func (o *opener) mutate(c *jsontree.Choices) []byte {
	out := bytes.Clone(o.envelope)
	first := o.firstFelt()
	for i := 0; i == 0 || i < 4 && !c.Done(); i++ {
		felts := (len(out) - first) / 32
		if felts < 1 {
			return out
		}
		// The counts and roots come first, and are few.
		pick := func() int {
			n := felts
			if c.Below(2) == 0 {
				n = min(felts, 12)
			}
			return first + 32*c.Below(n)
		}
		at := pick()
		number := func(was uint32) uint32 {
			return []uint32{0, 1, was + 1, was - 1, m31.P, 1 << 31, 1<<32 - 1, was ^ 1<<c.Below(32), uint32(c.Below(1 << 16))}[c.Below(9)]
		}
		switch c.Below(12) {
		case 0, 1: // a word of the head
			w := out[4*(2+c.Below((first-8)/4)):]
			binary.LittleEndian.PutUint32(w, number(binary.LittleEndian.Uint32(w)))
		case 2, 3, 4: // a word of a felt, aligned as the words of counts and hashes are
			w := out[at+28-4*c.Below(8):]
			binary.BigEndian.PutUint32(w, number(binary.BigEndian.Uint32(w)))
		case 5: // an element, all of its 31 bits set
			setBits(out[at:at+32], 31*c.Below(8), 31)
		case 6: // bits that must be zero
			out[at+c.Below(4)] |= byte(1 << c.Below(8))
		case 7: // a felt beyond the modulus
			copy(out[at:], bytes.Repeat([]byte{0xff}, 32))
		case 8: // two felts exchanged
			other := pick()
			a, b := bytes.Clone(out[at:at+32]), bytes.Clone(out[other:other+32])
			copy(out[at:], b)
			copy(out[other:], a)
		case 9: // a felt more, or less, and mostly the count says so
			if c.Below(2) == 0 {
				out = slices.Insert(out, at, bytes.Clone(out[at:at+32])...)
			} else {
				out = slices.Delete(out, at, at+32)
			}
			if c.Below(8) > 0 {
				binary.LittleEndian.PutUint32(out[first-4:], uint32((len(out)-first)/32))
			}
		case 10:
			out = out[:c.Below(len(out))]
			if len(out) < first {
				return out
			}
		default:
			out = append(out, make([]byte, c.Below(64))...)
		}
	}
	return out
}

// setBits sets a run of bits of a big-endian number.
func setBits(number []byte, at, n int) {
	for bit := at; bit < at+n; bit++ {
		number[len(number)-1-bit/8] |= 1 << (bit % 8)
	}
}

// wrap compresses an envelope, mostly as it should be.
func wrap(t testing.TB, envelope []byte, c *jsontree.Choices) []byte {
	t.Helper()
	blob := compress(t, envelope)
	switch c.Below(24) {
	case 1:
		return append(blob, blob...)
	case 2:
		return append(blob, 0)
	case 3:
		return blob[:c.Below(len(blob))]
	case 4:
		return envelope
	case 5:
		blob[c.Below(min(len(blob), 32))] ^= 1 << c.Below(8)
		return blob
	case 6:
		return compress(t, blob)
	case 7:
		return compress(t, append(bytes.Clone(envelope), make([]byte, proof.MaxEnvelope)...))
	default:
		return blob
	}
}

// unwrap is what a file unpacks to, or nil.
func unwrap(blob []byte) []byte {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(4*proof.MaxEnvelope))
	if err != nil {
		return nil
	}
	defer d.Close()
	out, err := d.DecodeAll(blob, nil)
	if err != nil {
		return nil
	}
	return out
}

func (o *opener) try(t testing.TB, choices []byte) {
	t.Helper()
	c := jsontree.NewChoices(choices)
	changed := o.mutate(c)
	blob := wrap(t, changed, c)
	o.checkVerdict(t, blob, unwrap(blob))
}

// TestHostileFiles changes the proof files of all AIRs by their structure.
func TestHostileFiles(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	for _, o := range newOpeners(t) {
		if err := o.judge(compress(t, o.envelope)); err != nil {
			t.Fatalf("%s: the honest file: %v", o.c.Name(), err)
		}
		for range 120 {
			o.try(t, randomChoices(r, 20))
		}
	}
}

// FuzzFile is TestHostileFiles with the choices of the fuzzer.
func FuzzFile(f *testing.F) {
	openers := newOpeners(f)
	r := rand.New(rand.NewPCG(17, 18))
	for i := range openers {
		for range 5 {
			f.Add(uint8(i), randomChoices(r, 20))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, choices []byte) {
		openers[int(which)%len(openers)].try(t, choices)
	})
}
