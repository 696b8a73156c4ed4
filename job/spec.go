package job

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"

	"github.com/NethermindEth/juno/core/felt"
	"lukechampine.com/blake3"
)

// Limits of version 1 of the matrix product: the traces have 2^6 to 2^20 rows.
const (
	MinSize = 8
	MaxSize = 1024

	// SpecVersion is the version of the specification's encoding.
	SpecVersion = 1

	// TypeMatmul is the matrix product over the field of 2^31 − 1 elements.
	TypeMatmul = "matmul"

	// AIRMatmul and AIRMatmulVersion name the proven statement on-chain.
	AIRMatmul        = 1
	AIRMatmulVersion = 1

	// VerifierVersion is the version of the verification rules that the terms fix.
	VerifierVersion = 1
)

// ErrBadSpec means that a specification is malformed or asks for what is not offered.
var ErrBadSpec = errors.New("job: bad specification")

// InputKind says where a job's matrices come from.
type InputKind string

const (
	// InputSeed expands a 32-byte seed given by the requester.
	InputSeed InputKind = "seed"
	// InputBlob names an uploaded pair of matrices by the BLAKE3 hash of its encoding.
	InputBlob InputKind = "blob"
	// InputSynthetic expands SHA-256(hash of SeedBlock ‖ worker address), so that nobody can work
	// ahead and two workers never get the same task.
	InputSynthetic InputKind = "synthetic"
)

// Hash is a 32-byte digest or seed; its text form is 64 hex digits.
type Hash [32]byte

// ParseHash reads 64 hex digits, with or without 0x.
func ParseHash(s string) (Hash, error) {
	var h Hash
	if len(s) == 66 && s[:2] == "0x" {
		s = s[2:]
	}
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(h) {
		return h, fmt.Errorf("job: a hash is 64 hex digits, got %q", s)
	}
	copy(h[:], b)
	return h, nil
}

func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// IsZero reports whether the hash is unset.
func (h Hash) IsZero() bool { return h == Hash{} }

// MarshalJSON writes the text form.
func (h Hash) MarshalJSON() ([]byte, error) { return json.Marshal(h.String()) }

// UnmarshalJSON reads the text form.
func (h *Hash) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	v, err := ParseHash(s)
	if err != nil {
		return err
	}
	*h = v
	return nil
}

// Input is where the matrices come from. Exactly the field that Kind names is set.
type Input struct {
	Kind      InputKind `json:"kind"`
	Seed      Hash      `json:"seed,omitzero"`
	Blob      Hash      `json:"blob,omitzero"`
	SeedBlock uint64    `json:"seed_block,omitempty"`
}

// Delivery says what the requester wants to be served.
type Delivery string

const (
	// DeliverResult makes validators fetch the result before they vote VALID.
	DeliverResult Delivery = "result"
	// DeliverProof asks for the proof alone.
	DeliverProof Delivery = "proof"
)

// Spec is what a requester wants computed: C = A·B with A of Rows × Inner and B of Inner × Columns.
// It says nothing about money: prices never enter a public hash.
type Spec struct {
	Version  uint32   `json:"version"`
	Type     string   `json:"type"`
	Rows     uint32   `json:"rows"`
	Inner    uint32   `json:"inner"`
	Columns  uint32   `json:"columns"`
	Input    Input    `json:"input"`
	Delivery Delivery `json:"delivery"`
	MinTier  Tier     `json:"min_tier"`
}

// NewMatmul is a square matrix product from a seed, with the result delivered.
func NewMatmul(size uint32, seed Hash) Spec {
	return Spec{
		Version: SpecVersion, Type: TypeMatmul, Rows: size, Inner: size, Columns: size,
		Input: Input{Kind: InputSeed, Seed: seed}, Delivery: DeliverResult, MinTier: TierConsumer,
	}
}

// Validate refuses what no worker could execute. The error names the field and its bounds.
func (s Spec) Validate() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", ErrBadSpec, fmt.Sprintf(format, args...))
	}
	if s.Version != SpecVersion {
		return bad("version %d, this program speaks version %d", s.Version, SpecVersion)
	}
	if s.Type != TypeMatmul {
		return bad("type %q is not offered; use %q", s.Type, TypeMatmul)
	}
	for _, d := range []struct {
		name string
		n    uint32
	}{{"rows", s.Rows}, {"inner", s.Inner}, {"columns", s.Columns}} {
		if d.n == 0 || d.n > MaxSize {
			return bad("%s = %d, must be from 1 to %d", d.name, d.n, MaxSize)
		}
	}
	if max(s.Rows, s.Inner, s.Columns) < MinSize {
		return bad("the largest dimension is %d, must be at least %d", max(s.Rows, s.Inner, s.Columns), MinSize)
	}
	in := s.Input
	want := Input{Kind: in.Kind}
	switch in.Kind {
	case InputSeed:
		want.Seed = in.Seed
	case InputBlob:
		if in.Blob.IsZero() {
			return bad("input by blob without a hash")
		}
		want.Blob = in.Blob
	case InputSynthetic:
		if in.SeedBlock == 0 {
			return bad("synthetic input without a seed block")
		}
		want.SeedBlock = in.SeedBlock
	default:
		return bad("input kind %q; use seed, blob or synthetic", in.Kind)
	}
	if in != want {
		return bad("input of kind %s carries fields of another kind", in.Kind)
	}
	if s.Delivery != DeliverResult && s.Delivery != DeliverProof {
		return bad("delivery %q; use result or proof", s.Delivery)
	}
	if !s.MinTier.Valid() {
		return bad("minimum tier %d; tiers run from 1 to %d", s.MinTier, TierFrontier)
	}
	return nil
}

// SyntheticSeed is the seed of a synthetic job's input: SHA-256(block hash ‖ worker address), both 32
// bytes big-endian.
func SyntheticSeed(block, worker felt.Felt) Hash {
	b, w := block.Bytes(), worker.Bytes()
	return sha256.Sum256(append(b[:], w[:]...))
}

// K is the logarithm of the padded size: the proof covers matrices of 2^K × 2^K.
func (s Spec) K() uint32 {
	return uint32(bits.Len32(max(s.Rows, s.Inner, s.Columns, MinSize) - 1))
}

// Hash commits to the specification: the first 31 bytes of BLAKE3 over its JSON encoding behind a
// domain tag, as a field element. The encoding is canonical: encoding/json writes the fields of a
// struct in their order of declaration, and every text form in it has one spelling.
func (s Spec) Hash() felt.Felt {
	b, err := json.Marshal(s)
	if err != nil {
		panic("job: a specification always encodes: " + err.Error())
	}
	sum := blake3.Sum256(append([]byte("SAGE/SPEC/1\x00"), b...))
	var f felt.Felt
	f.SetBytes(sum[:31])
	return f
}
