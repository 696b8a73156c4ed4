package proof

import (
	"encoding/binary"
	"fmt"

	"github.com/NethermindEth/juno/core/felt"
	"lukechampine.com/blake3"
)

// The envelope, before compression, with all integers little-endian u32:
//
//	offset  size  content
//	0       8     magic "SAGEPRF\x00"
//	8       4     envelope version, 1
//	12      4     AIR id
//	16      4     AIR version
//	20      24    configuration: pow_bits, log_blowup_factor,
//	              log_last_layer_degree_bound, n_queries, fold_step,
//	              lifting_log_size (0)
//	44      4     number p of public input words
//	48      4p    public input words
//	48+4p   4     number n of felts
//	52+4p   32n   the packed proof, each felt as 32 bytes big-endian
//
// and nothing after it. The file is one Zstandard frame of it.
const (
	magic           = "SAGEPRF\x00"
	envelopeVersion = 1
)

// Size limits of proof files.
const (
	// MaxBlob bounds a proof file: it must be smaller.
	MaxBlob = 256 << 10
	// MaxEnvelope bounds what a proof file unpacks to.
	MaxEnvelope = 1 << 20
	// MaxPublicInputs bounds the number of public input words.
	MaxPublicInputs = 256
)

// Header says what a proof file claims to prove. A verifier compares it with
// what it knows itself.
type Header struct {
	// AIR and Version name the constraint system.
	AIR, Version uint32
	// Config is the configuration that the prover used.
	Config Config
	// PublicInputs are the words that the transcript mixes first.
	PublicInputs []uint32
}

// Sealed is a proof file with its two names.
type Sealed struct {
	// Blob is the file.
	Blob []byte
	// Hash is BLAKE3 of the file: its content address (proof_hash).
	Hash [32]byte
	// Commitment is PackedCommitment of the proof (proof_commitment). Unlike
	// Hash it does not depend on the compression.
	Commitment felt.Felt
}

// Opened is a decoded proof file.
type Opened struct {
	Sealed
	Header Header
	Proof  *StarkProof
}

// Seal writes a proof file. The shape is that of the proof's AIR.
func Seal(h Header, s Shape, p *StarkProof) (Sealed, error) {
	if h.Config != s.Config {
		return Sealed{}, fmt.Errorf("%w: header's configuration is %+v, the proof's %+v", ErrMalformed, h.Config, s.Config)
	}
	packed, err := Pack(s, p)
	if err != nil {
		return Sealed{}, err
	}
	envelope, err := encodeEnvelope(h, packed)
	if err != nil {
		return Sealed{}, err
	}
	blob, err := compress(envelope)
	if err != nil {
		return Sealed{}, err
	}
	if len(blob) >= MaxBlob {
		return Sealed{}, fmt.Errorf("%w: proof file of %d bytes, want less than %d", ErrTooLarge, len(blob), MaxBlob)
	}
	return Sealed{Blob: blob, Hash: blake3.Sum256(blob), Commitment: PackedCommitment(packed)}, nil
}

// Open reads a proof file. shapeOf returns the shape of the claimed AIR under
// the claimed configuration and public inputs, or an error if it does not know or
// does not accept them.
//
// Open checks form only. What it returns encodes to the same envelope again; the
// compression itself is not unique, so two files may hold the same proof.
func Open(blob []byte, shapeOf func(Header) (Shape, error)) (*Opened, error) {
	envelope, err := decompress(blob)
	if err != nil {
		return nil, err
	}
	h, packed, err := decodeEnvelope(envelope)
	if err != nil {
		return nil, err
	}
	s, err := shapeOf(h)
	if err != nil {
		return nil, err
	}
	p, err := Unpack(s, packed)
	if err != nil {
		return nil, err
	}
	return &Opened{
		Sealed: Sealed{Blob: blob, Hash: blake3.Sum256(blob), Commitment: PackedCommitment(packed)},
		Header: h,
		Proof:  p,
	}, nil
}

func encodeEnvelope(h Header, packed []felt.Felt) ([]byte, error) {
	if len(h.PublicInputs) > MaxPublicInputs {
		return nil, fmt.Errorf("%w: %d public input words, at most %d", ErrTooLarge, len(h.PublicInputs), MaxPublicInputs)
	}
	out := []byte(magic)
	c := h.Config
	for _, v := range []uint32{
		envelopeVersion, h.AIR, h.Version,
		c.PowBits, c.LogBlowup, c.LogLastLayerDegree, c.Queries, c.FoldStep, c.LiftingLogSize,
		uint32(len(h.PublicInputs)),
	} {
		out = binary.LittleEndian.AppendUint32(out, v)
	}
	for _, v := range h.PublicInputs {
		out = binary.LittleEndian.AppendUint32(out, v)
	}
	out = binary.LittleEndian.AppendUint32(out, uint32(len(packed)))
	for i := range packed {
		b := packed[i].Bytes()
		out = append(out, b[:]...)
	}
	if len(out) > MaxEnvelope {
		return nil, fmt.Errorf("%w: envelope of %d bytes, at most %d", ErrTooLarge, len(out), MaxEnvelope)
	}
	return out, nil
}

func decodeEnvelope(data []byte) (Header, []felt.Felt, error) {
	var h Header
	truncated := func(what string, want int) error {
		return fmt.Errorf("%w: envelope ends in its %s: %d bytes are left, want %d", ErrMalformed, what, len(data), want)
	}
	if len(data) < len(magic) || string(data[:len(magic)]) != magic {
		return h, nil, fmt.Errorf("%w: not a proof file: the magic is missing", ErrMalformed)
	}
	data = data[len(magic):]
	const fixed = 10
	if len(data) < 4*fixed {
		return h, nil, truncated("head", 4*fixed)
	}
	next := func() uint32 {
		v := binary.LittleEndian.Uint32(data)
		data = data[4:]
		return v
	}
	if v := next(); v != envelopeVersion {
		return h, nil, fmt.Errorf("%w: envelope version %d, want %d", ErrMalformed, v, envelopeVersion)
	}
	h.AIR, h.Version = next(), next()
	h.Config = Config{
		PowBits: next(), LogBlowup: next(), LogLastLayerDegree: next(),
		Queries: next(), FoldStep: next(), LiftingLogSize: next(),
	}
	inputs := next()
	if inputs > MaxPublicInputs {
		return h, nil, fmt.Errorf("%w: %d public input words, at most %d", ErrTooLarge, inputs, MaxPublicInputs)
	}
	if want := 4 * (int(inputs) + 1); len(data) < want {
		return h, nil, truncated("public inputs", want)
	}
	h.PublicInputs = make([]uint32, inputs)
	for i := range h.PublicInputs {
		h.PublicInputs[i] = next()
	}
	if n := uint64(next()); uint64(len(data)) != 32*n {
		return h, nil, fmt.Errorf("%w: envelope holds %d bytes of proof, its count says %d felts of 32", ErrMalformed, len(data), n)
	}
	packed := make([]felt.Felt, len(data)/32)
	for i := range packed {
		if err := packed[i].SetBytesCanonical(data[32*i : 32*(i+1)]); err != nil {
			return h, nil, fmt.Errorf("%w: felt %d is not below the field's modulus", ErrMalformed, i)
		}
	}
	return h, packed, nil
}
