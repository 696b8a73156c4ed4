package interop

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
)

// Sealed is a proof with what else the prover sends.
type Sealed struct {
	Interaction proof.Interaction
	Proof       *proof.StarkProof
}

// jsonSealed is a Sealed in the Rust program's form.
type jsonSealed struct {
	InteractionPow uint64          `json:"interaction_pow"`
	ClaimedSums    [][2][2]uint32  `json:"claimed_sums"`
	Proof          json.RawMessage `json:"proof"`
}

// Encode returns the proof as the Rust program writes it.
func (s Sealed) Encode() ([]byte, error) {
	p, err := proof.EncodeJSON(s.Proof)
	if err != nil {
		return nil, err
	}
	sums := s.Interaction.ClaimedSums
	j := jsonSealed{s.Interaction.ProofOfWork, make([][2][2]uint32, len(sums)), p}
	for i, sum := range sums {
		c := sum.Coords()
		j.ClaimedSums[i] = [2][2]uint32{{uint32(c[0]), uint32(c[1])}, {uint32(c[2]), uint32(c[3])}}
	}
	return json.Marshal(j)
}

// Decode reads what the Rust program writes. White space aside, it takes nothing
// but that.
func Decode(data []byte) (Sealed, error) {
	var s Sealed
	if len(data) > proof.MaxJSON {
		return s, fmt.Errorf("%w: JSON of %d bytes, at most %d are read", proof.ErrTooLarge, len(data), proof.MaxJSON)
	}
	var j jsonSealed
	if err := json.Unmarshal(data, &j); err != nil {
		return s, fmt.Errorf("%w: JSON: %w", proof.ErrMalformed, err)
	}
	if len(j.ClaimedSums) > proof.MaxSums {
		return s, fmt.Errorf("%w: %d claimed sums, at most %d are read", proof.ErrTooLarge, len(j.ClaimedSums), proof.MaxSums)
	}
	s.Interaction.ProofOfWork = j.InteractionPow
	for i, sum := range j.ClaimedSums {
		felt := m31.FromCoords([4]m31.Element{
			m31.Element(sum[0][0]), m31.Element(sum[0][1]), m31.Element(sum[1][0]), m31.Element(sum[1][1]),
		})
		if !felt.Canonical() {
			return s, fmt.Errorf("%w: claimed sum %d is %v, want words less than 2³¹ − 1", proof.ErrMalformed, i, felt)
		}
		s.Interaction.ClaimedSums = append(s.Interaction.ClaimedSums, felt)
	}
	var err error
	if s.Proof, err = proof.DecodeJSON(j.Proof); err != nil {
		return s, err
	}
	want, err := s.Encode()
	if err != nil {
		return s, err
	}
	var got bytes.Buffer
	if err := json.Compact(&got, data); err != nil {
		return s, fmt.Errorf("%w: JSON: %w", proof.ErrMalformed, err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		return s, fmt.Errorf("%w: JSON is not in the Rust program's own form", proof.ErrMalformed)
	}
	return s, nil
}

// DecodeAny is Decode that also takes the crate's StarkProof alone, as proofs
// without lookups are exchanged.
func DecodeAny(data []byte) (Sealed, error) {
	if len(data) > proof.MaxJSON {
		return Decode(data)
	}
	var probe struct {
		Proof json.RawMessage `json:"proof"`
	}
	if err := json.Unmarshal(data, &probe); err == nil && probe.Proof == nil {
		p, err := proof.DecodeJSON(data)
		return Sealed{Proof: p}, err
	}
	return Decode(data)
}
