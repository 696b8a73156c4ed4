package interop

import (
	"fmt"
	"slices"

	"github.com/sage-network/sage-node/prover/proof"
)

// fileIDs are the AIRs' ids in proof files: its place in this list plus 2¹⁶. Package
// prover knows none of them.
var fileIDs = []string{WideFibonacci, Matmul, RangeCheck, Bus, Masks, Assorted, Poseidon2, MatmulBatch}

const (
	firstFileID = 1 << 16
	fileVersion = 1
)

// Header is the head of the case's proof files. Sizes are not in it: whoever opens a
// file knows the case.
func (c Case) Header() proof.Header {
	return proof.Header{
		AIR: firstFileID + uint32(slices.Index(fileIDs, c.AIR)), Version: fileVersion, Config: c.Config,
		InteractionPowBits: c.InteractionPowBits, PublicInputs: c.Words,
	}
}

// Shape returns the shape of the case's proofs.
func (c Case) Shape() (proof.Shape, error) {
	constraints, err := c.Constraints()
	if err != nil {
		return proof.Shape{}, err
	}
	return constraints.Shape(c.Config)
}

// Seal writes the proof as a proof file.
func (c Case) Seal(s Sealed) (proof.Sealed, error) {
	shape, err := c.Shape()
	if err != nil {
		return proof.Sealed{}, err
	}
	return proof.SealWithLookups(c.Header(), shape, s.Interaction, s.Proof)
}

// Open reads a proof file whose head is the case's.
func (c Case) Open(blob []byte) (Sealed, error) {
	opened, err := proof.Open(blob, func(got proof.Header) (proof.Shape, error) {
		want := c.Header()
		if got.AIR != want.AIR || got.Version != want.Version {
			return proof.Shape{}, fmt.Errorf("%w: id %d version %d, want id %d version %d", proof.ErrUnknownAIR, got.AIR, got.Version, want.AIR, want.Version)
		}
		if got.Config != want.Config || got.InteractionPowBits != want.InteractionPowBits {
			return proof.Shape{}, fmt.Errorf("%w: configuration is %+v with %d bits for the interaction, want exactly %+v with %d",
				proof.ErrMalformed, got.Config, got.InteractionPowBits, want.Config, want.InteractionPowBits)
		}
		if !slices.Equal(got.PublicInputs, want.PublicInputs) {
			return proof.Shape{}, fmt.Errorf("%w: public inputs %v, want %v", proof.ErrMalformed, got.PublicInputs, want.PublicInputs)
		}
		return c.Shape()
	})
	if err != nil {
		return Sealed{}, err
	}
	return Sealed{Interaction: opened.Interaction, Proof: opened.Proof}, nil
}
