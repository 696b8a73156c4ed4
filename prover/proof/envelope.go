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
//	8       4     envelope version: 1 for an AIR without lookups, 2 with
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
// and nothing after it. In version 2 the bits of the interaction's proof of work
// stand at 44, and all that follows stands 4 bytes further on. The file is one
// Zstandard frame of this.
const (
	magic          = "SAGEPRF\x00"
	withoutLookups = 1
	withLookups    = 2
)

// envelopeVersion is the version of a shape's proof files.
func (s Shape) envelopeVersion() uint32 {
	if s.Sums == 0 {
		return withoutLookups
	}
	return withLookups
}

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
	// InteractionPowBits is the number of zero bits that the interaction's nonce
	// shows, for an AIR with lookups; 0 stands for no nonce.
	InteractionPowBits uint32
	// PublicInputs are the words that the transcript mixes first.
	PublicInputs []uint32
}

// checkNonce complains about bits of an interaction's nonce that cannot be, or a
// nonce where none is claimed.
func (h Header) checkNonce(in Interaction) error {
	if h.InteractionPowBits > MaxPowBits {
		return malformed("bits of the interaction's nonce", int(min(h.InteractionPowBits, 1<<30)), 0, MaxPowBits)
	}
	if h.InteractionPowBits == 0 && in.ProofOfWork != 0 {
		return fmt.Errorf("%w: nonce %d of the interaction, where no bits of it are claimed", ErrMalformed, in.ProofOfWork)
	}
	return nil
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
	// Interaction is empty for an AIR without lookups.
	Interaction Interaction
	Proof       *StarkProof
}

// Seal writes a proof file. The shape is that of the proof's AIR, which has no
// lookups.
func Seal(h Header, s Shape, p *StarkProof) (Sealed, error) {
	return SealWithLookups(h, s, Interaction{}, p)
}

// SealWithLookups is [Seal] for any AIR.
func SealWithLookups(h Header, s Shape, in Interaction, p *StarkProof) (Sealed, error) {
	if err := h.checkNonce(in); err != nil {
		return Sealed{}, err
	}
	if s.Sums == 0 && h.InteractionPowBits != 0 {
		return Sealed{}, fmt.Errorf("%w: bits of an interaction's nonce for an AIR without lookups", ErrMalformed)
	}
	if h.Config != s.Config {
		return Sealed{}, fmt.Errorf("%w: header's configuration is %+v, the proof's %+v", ErrMalformed, h.Config, s.Config)
	}
	packed, err := PackWithLookups(s, in, p)
	if err != nil {
		return Sealed{}, err
	}
	envelope, err := encodeEnvelope(s.envelopeVersion(), h, packed)
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
	version, h, packed, err := decodeEnvelope(envelope)
	if err != nil {
		return nil, err
	}
	s, err := shapeOf(h)
	if err != nil {
		return nil, err
	}
	if want := s.envelopeVersion(); version != want {
		return nil, fmt.Errorf("%w: envelope version %d, want %d for an AIR with %d claimed sums", ErrMalformed, version, want, s.Sums)
	}
	in, p, err := UnpackWithLookups(s, packed)
	if err != nil {
		return nil, err
	}
	if err := h.checkNonce(in); err != nil {
		return nil, err
	}
	return &Opened{
		Sealed:      Sealed{Blob: blob, Hash: blake3.Sum256(blob), Commitment: PackedCommitment(packed)},
		Header:      h,
		Interaction: in,
		Proof:       p,
	}, nil
}

// Head reads what a proof file claims, and nothing of its proof. Its envelope is
// well-formed; whether the claim is one that anybody knows is not said.
func Head(blob []byte) (Header, error) {
	envelope, err := decompress(blob)
	if err != nil {
		return Header{}, err
	}
	_, h, _, err := decodeEnvelope(envelope)
	return h, err
}

func encodeEnvelope(version uint32, h Header, packed []felt.Felt) ([]byte, error) {
	if len(h.PublicInputs) > MaxPublicInputs {
		return nil, fmt.Errorf("%w: %d public input words, at most %d", ErrTooLarge, len(h.PublicInputs), MaxPublicInputs)
	}
	out := []byte(magic)
	c := h.Config
	head := []uint32{
		version, h.AIR, h.Version,
		c.PowBits, c.LogBlowup, c.LogLastLayerDegree, c.Queries, c.FoldStep, c.LiftingLogSize,
	}
	if version == withLookups {
		head = append(head, h.InteractionPowBits)
	}
	for _, v := range append(head, uint32(len(h.PublicInputs))) {
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

func decodeEnvelope(data []byte) (version uint32, h Header, packed []felt.Felt, err error) {
	truncated := func(what string, want int) error {
		return fmt.Errorf("%w: envelope ends in its %s: %d bytes are left, want %d", ErrMalformed, what, len(data), want)
	}
	if len(data) < len(magic) || string(data[:len(magic)]) != magic {
		return 0, h, nil, fmt.Errorf("%w: not a proof file: the magic is missing", ErrMalformed)
	}
	data = data[len(magic):]
	const fixed = 10
	if len(data) < 4*fixed {
		return 0, h, nil, truncated("head", 4*fixed)
	}
	next := func() uint32 {
		v := binary.LittleEndian.Uint32(data)
		data = data[4:]
		return v
	}
	if version = next(); version != withoutLookups && version != withLookups {
		return 0, h, nil, fmt.Errorf("%w: envelope version %d, want %d or %d", ErrMalformed, version, withoutLookups, withLookups)
	}
	h.AIR, h.Version = next(), next()
	h.Config = Config{
		PowBits: next(), LogBlowup: next(), LogLastLayerDegree: next(),
		Queries: next(), FoldStep: next(), LiftingLogSize: next(),
	}
	if version == withLookups {
		h.InteractionPowBits = next()
		if len(data) < 4 {
			return 0, h, nil, truncated("head", 4)
		}
	}
	inputs := next()
	if inputs > MaxPublicInputs {
		return 0, h, nil, fmt.Errorf("%w: %d public input words, at most %d", ErrTooLarge, inputs, MaxPublicInputs)
	}
	if want := 4 * (int(inputs) + 1); len(data) < want {
		return 0, h, nil, truncated("public inputs", want)
	}
	h.PublicInputs = make([]uint32, inputs)
	for i := range h.PublicInputs {
		h.PublicInputs[i] = next()
	}
	if n := uint64(next()); uint64(len(data)) != 32*n {
		return 0, h, nil, fmt.Errorf("%w: envelope holds %d bytes of proof, its count says %d felts of 32", ErrMalformed, len(data), n)
	}
	packed = make([]felt.Felt, len(data)/32)
	for i := range packed {
		if err := packed[i].SetBytesCanonical(data[32*i : 32*(i+1)]); err != nil {
			return 0, h, nil, fmt.Errorf("%w: felt %d is not below the field's modulus", ErrMalformed, i)
		}
	}
	return version, h, packed, nil
}
