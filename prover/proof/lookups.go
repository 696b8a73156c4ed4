package proof

import (
	"fmt"

	"github.com/NethermindEth/juno/core/felt"
)

// Proofs of AIRs with lookups are packed in version 2: what version 1 packs follows
//
//	head  words     0, 2, S, the interaction's nonce: low word, high word
//	sums  elements  the S claimed sums, secure felts in the components' order
//
// The first word of version 1 is the number of queried positions, which is not
// zero, so no list of felts is a proof in both versions. S is the AIR's number of
// claimed sums; version 1 is that of AIRs without any, version 2 of all others.
const (
	packedVersion = 2
	headWords     = 5
)

// feltsBefore is how many felts precede what version 1 packs.
func (s Shape) feltsBefore() int {
	if s.Sums == 0 {
		return 0
	}
	return feltsFor(headWords, wordsPerFelt) + feltsFor(elementsPerQM31*s.Sums, elementsPerFelt)
}

// PackWithLookups is [Pack] for a proof of any AIR, with what the prover sends
// besides: in version 1 for a shape without claimed sums, where nothing may be sent
// besides, in version 2 for all others.
func PackWithLookups(s Shape, in Interaction, p *StarkProof) ([]felt.Felt, error) {
	if err := in.Check(s.Sums); err != nil {
		return nil, err
	}
	if s.Sums == 0 {
		if in.ProofOfWork != 0 {
			return nil, fmt.Errorf("%w: a nonce of the interaction, which a proof without claimed sums is packed without", ErrMalformed)
		}
		return pack(s, p)
	}
	w := &packer{felts: make([]felt.Felt, 0, s.feltsBefore())}
	w.words([]uint32{0, packedVersion, uint32(s.Sums), uint32(in.ProofOfWork), uint32(in.ProofOfWork >> 32)})
	w.secure(in.ClaimedSums)
	packed, err := pack(s, p)
	if err != nil {
		return nil, err
	}
	return append(w.felts, packed...), nil
}

// UnpackWithLookups reads what [PackWithLookups] writes for the shape, and nothing
// else.
func UnpackWithLookups(s Shape, packed []felt.Felt) (in Interaction, p *StarkProof, err error) {
	if s.Sums > 0 {
		r := &unpacker{felts: packed}
		head, err := r.words("head", headWords)
		if err != nil {
			return in, nil, err
		}
		if head[0] != 0 || head[1] != packedVersion {
			return in, nil, fmt.Errorf("%w: the packed proof begins with %d, %d, want 0 and version %d", ErrMalformed, head[0], head[1], packedVersion)
		}
		if n := head[2]; uint64(n) != uint64(s.Sums) {
			return in, nil, fmt.Errorf("%w: %d claimed sums, want %d", ErrMalformed, n, s.Sums)
		}
		in.ProofOfWork = uint64(head[4])<<32 | uint64(head[3])
		if in.ClaimedSums, err = r.secure("claimed sums", s.Sums); err != nil {
			return in, nil, err
		}
		packed = r.felts
	}
	p, err = unpack(s, packed)
	if err != nil {
		return Interaction{}, nil, err
	}
	return in, p, nil
}
