package interop_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/klauspost/compress/zstd"

	"github.com/sage-network/sage-node/prover/interop"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
)

func pack(t testing.TB, c interop.Case, s interop.Sealed) (proof.Shape, []felt.Felt) {
	t.Helper()
	shape, err := c.Shape()
	if err != nil {
		t.Fatal(err)
	}
	packed, err := proof.PackWithLookups(shape, s.Interaction, s.Proof)
	if err != nil {
		t.Fatal(err)
	}
	return shape, packed
}

func unpack(shape proof.Shape, packed []felt.Felt) (s interop.Sealed, err error) {
	s.Interaction, s.Proof, err = proof.UnpackWithLookups(shape, packed)
	return s, err
}

// flipBit returns a felt with one bit changed.
func flipBit(f felt.Felt, bit int) felt.Felt {
	b := f.Bytes()
	b[31-bit/8] ^= 1 << (bit % 8)
	f.SetBytes(b[:])
	return f
}

// TestPackedProofs: every golden proof survives packing, and a bit changed in the
// packed form is refused.
func TestPackedProofs(t *testing.T) {
	for _, c := range interop.Golden() {
		if c.Refused {
			continue
		}
		t.Run(c.Name(), func(t *testing.T) {
			t.Parallel()
			honest := sealed(t, c)
			shape, packed := pack(t, c, honest)
			again, err := unpack(shape, packed)
			if err != nil {
				t.Fatal(err)
			}
			difference, err := interop.Difference(again, honest)
			if err != nil || difference != "" {
				t.Fatal(difference, err)
			}
			if c.Config.Queries < 8 {
				return // several nonces may lead to the same positions
			}
			verifier, err := c.Verifier(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			r := rand.New(rand.NewPCG(2, uint64(len(packed))))
			refuses := func(at, bit int) {
				was := packed[at]
				packed[at] = flipBit(was, bit)
				s, err := unpack(shape, packed)
				if err == nil && verifier.Verify(s) == nil {
					t.Errorf("bit %d of felt %d changed: accepted", bit, at)
				}
				packed[at] = was
			}
			for range 20 {
				refuses(r.IntN(len(packed)), r.IntN(248))
			}
			if shape.Sums > 0 { // the head, and the first felt of sums
				for bit := 0; bit < 248; bit += 1 + r.IntN(11) {
					refuses(0, bit)
					refuses(1, bit)
				}
			}
		})
	}
}

// TestUnpackWithLookupsRefuses: the head and the sums have one encoding, and no list
// of felts is a proof in both versions.
func TestUnpackWithLookupsRefuses(t *testing.T) {
	for _, c := range interop.Golden() {
		if c.AIR != interop.Bus || c.LogRows > 5 {
			continue
		}
		honest := sealed(t, c)
		shape, packed := pack(t, c, honest)
		words := func(words ...uint32) felt.Felt {
			var b [32]byte
			for i, w := range words {
				binary.BigEndian.PutUint32(b[28-4*i:], w)
			}
			return *new(felt.Felt).SetBytes(b[:])
		}
		nonce := honest.Interaction.ProofOfWork
		low, high := uint32(nonce), uint32(nonce>>32)
		if head := words(0, 2, 2, low, high); head != packed[0] {
			t.Fatalf("%s: the head is %v, want %v", c.Name(), &packed[0], &head)
		}
		with := func(head felt.Felt) []felt.Felt {
			return append([]felt.Felt{head}, packed[1:]...)
		}
		sumOfP := packed[1].Bytes()
		binary.BigEndian.PutUint32(sumOfP[28:], binary.BigEndian.Uint32(sumOfP[28:])|m31.P)
		tooMuch := append([]felt.Felt(nil), packed...)
		tooMuch[1].SetBytes(sumOfP[:])
		for name, felts := range map[string][]felt.Felt{
			"nothing":                       nil,
			"a head only":                   packed[:1],
			"a head and sums only":          packed[:2],
			"version 1 alone":               packed[2:],
			"another first word":            with(words(1, 2, 2, low, high)),
			"version 1 in the head":         with(words(0, 1, 2, low, high)),
			"version 3":                     with(words(0, 3, 2, low, high)),
			"a sum less":                    with(words(0, 2, 1, low, high)),
			"a sum more":                    with(words(0, 2, 3, low, high)),
			"very many sums":                with(words(0, 2, 1<<32-1, low, high)),
			"no sums":                       with(words(0, 2, 0, low, high)),
			"a sixth word":                  with(words(0, 2, 2, low, high, 1)),
			"a word above":                  with(words(0, 2, 2, low, high, 0, 1)),
			"a bit after the sums":          append([]felt.Felt{packed[0], flipBit(packed[1], 248)}, packed[2:]...),
			"a sum with a word of 2³¹ − 1":  tooMuch,
			"a felt between head and proof": append([]felt.Felt{packed[0], packed[1], {}}, packed[2:]...),
			"a felt after the proof":        append(append([]felt.Felt(nil), packed...), felt.Felt{}),
			"the head twice":                append([]felt.Felt{packed[0]}, packed...),
		} {
			if _, err := unpack(shape, felts); !errors.Is(err, proof.ErrMalformed) {
				t.Errorf("%s: %s: %v, want %v", c.Name(), name, err, proof.ErrMalformed)
			}
		}

		// The other version's shape takes neither.
		without, err := shape.WithSums(0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := unpack(without, packed); !errors.Is(err, proof.ErrMalformed) {
			t.Errorf("%s: as version 1: %v", c.Name(), err)
		}
		if _, err := proof.Unpack(shape, packed); !errors.Is(err, proof.ErrMalformed) {
			t.Errorf("%s: sums are dropped in silence: %v", c.Name(), err)
		}
	}
}

func TestPackWithLookupsRefuses(t *testing.T) {
	var c interop.Case
	for _, g := range interop.Golden() {
		if g.AIR == interop.Bus {
			c = g
		}
	}
	s := sealed(t, c)
	shape, err := c.Shape()
	if err != nil {
		t.Fatal(err)
	}
	sums := s.Interaction.ClaimedSums
	notCanonical := append([]m31.QM31(nil), sums...)
	notCanonical[1].B.A = m31.P
	for name, in := range map[string]proof.Interaction{
		"nothing":                     {},
		"a sum less":                  {ClaimedSums: sums[:1]},
		"a sum more":                  {ClaimedSums: append(sums[:2:2], m31.QM31{})},
		"a sum that is not canonical": {ClaimedSums: notCanonical},
	} {
		if _, err := proof.PackWithLookups(shape, in, s.Proof); !errors.Is(err, proof.ErrMalformed) {
			t.Errorf("%s: %v, want %v", name, err, proof.ErrMalformed)
		}
	}
	if _, err := proof.Pack(shape, s.Proof); !errors.Is(err, proof.ErrMalformed) {
		t.Errorf("packed without its sums: %v", err)
	}
	if _, err := shape.WithSums(proof.MaxSums + 1); !errors.Is(err, proof.ErrMalformed) {
		t.Errorf("a shape of too many sums: %v", err)
	}
	product := victims()[1]
	if product.AIR != interop.Matmul {
		t.Fatalf("%s is no matmul", product.Name())
	}
	p := sealed(t, product)
	p.Interaction.ProofOfWork = 1
	if _, err := product.Seal(p); !errors.Is(err, proof.ErrMalformed) {
		t.Errorf("a nonce that version 1 has no place for: %v", err)
	}
}

// envelopes are the cases whose envelopes lie in testdata/envelope.
func envelopes() []interop.Case {
	var out []interop.Case
	for _, c := range interop.Golden() {
		switch c.Name() {
		case "bus_5_t7_i8_b1_f4_l1_q20_p1", "bus_6_t5_b2_f3_l1_q1_p3", "range-check_7_c4_t10_i4_b5_f2_l4_q8_p8",
			"assorted_6_c4_t5_i8_b2_f4_l2_q3_p10", "matmul-batch_6_m2_b1_f1_l0_q8_p5", "masks_5_b1_f2_l2_q20_p0":
			out = append(out, c)
		}
	}
	return out
}

// envelope returns what a proof file unpacks to.
func envelope(t testing.TB, blob []byte) []byte {
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

func compress(t testing.TB, envelope []byte) []byte {
	t.Helper()
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithSingleSegment(true))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	return e.EncodeAll(envelope, nil)
}

// TestEnvelopes: files of the crate's proofs unpack to what a second implementation
// of docs/protocol.md makes of them, see testdata/envelope/README.md; and a file of
// that opens and verifies.
func TestEnvelopes(t *testing.T) {
	if n := len(envelopes()); n != 6 {
		t.Fatalf("%d cases, want 6", n)
	}
	for _, c := range envelopes() {
		packed, err := os.ReadFile(filepath.Join("testdata", "envelope", c.Name()+".bin.gz"))
		if err != nil {
			t.Fatal(err)
		}
		want, err := interop.Unpack(packed)
		if err != nil {
			t.Fatal(err)
		}
		file, err := c.Seal(sealed(t, c))
		if err != nil {
			t.Fatal(err)
		}
		if got := envelope(t, file.Blob); !bytes.Equal(got, want) {
			t.Errorf("%s: the envelope differs", c.Name())
		}
		s, err := c.Open(compress(t, want))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Verify(context.Background(), s); err != nil {
			t.Errorf("%s: %v", c.Name(), err)
		}
	}
}

// TestOpenRefusesOtherHeads: version, bits of the interaction's nonce, configuration
// and AIR are the case's, or the file is refused.
func TestOpenRefusesOtherHeads(t *testing.T) {
	for _, c := range envelopes() {
		file, err := c.Seal(sealed(t, c))
		if err != nil {
			t.Fatal(err)
		}
		honest := envelope(t, file.Blob)
		version := binary.LittleEndian.Uint32(honest[8:])
		shape, err := c.Shape()
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]uint32{false: 1, true: 2}[shape.Sums > 0]; version != want {
			t.Errorf("%s: version %d, want %d", c.Name(), version, want)
		}
		for at := 8; at < 52; at++ {
			for bit := range 8 {
				changed := bytes.Clone(honest)
				changed[at] ^= 1 << bit
				_, err := c.Open(compress(t, changed))
				if !errors.Is(err, proof.ErrMalformed) && !errors.Is(err, proof.ErrUnknownAIR) && !errors.Is(err, proof.ErrTooLarge) {
					t.Errorf("%s: bit %d of byte %d: %v", c.Name(), bit, at, err)
				}
			}
		}
		for n := range min(len(honest), 400) {
			if _, err := c.Open(compress(t, honest[:n])); !errors.Is(err, proof.ErrMalformed) {
				t.Errorf("%s: the first %d bytes: %v", c.Name(), n, err)
			}
		}
	}
}
