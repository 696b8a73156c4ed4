package elgamal

import (
	"encoding/binary"
	"fmt"

	"github.com/NethermindEth/juno/core/felt"
)

// Challenge is a 128-bit integer, the low half of a Poseidon hash.
type Challenge struct{ Hi, Lo uint64 }

func (c Challenge) bytes() []byte {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], c.Hi)
	binary.BigEndian.PutUint64(b[8:], c.Lo)
	return b[:]
}

// Felt returns c as the u128 that the contracts read.
func (c Challenge) Felt() felt.Felt { return *new(felt.Felt).SetBytes(c.bytes()) }

func (c Challenge) scalar() Scalar {
	var s Scalar
	s.SetBytes(c.bytes())
	return s
}

// lowChallenge returns f mod 2^128.
func lowChallenge(f *felt.Felt) Challenge {
	b := f.Bytes()
	return Challenge{Hi: binary.BigEndian.Uint64(b[16:24]), Lo: binary.BigEndian.Uint64(b[24:])}
}

// feltChallenge decodes a u128 and refuses 2^128 or more.
func feltChallenge(f *felt.Felt) (Challenge, error) {
	b := f.Bytes()
	for _, v := range b[:16] {
		if v != 0 {
			return Challenge{}, fmt.Errorf("%w: %s is not below 2^128", ErrEncoding, f.String())
		}
	}
	return lowChallenge(f), nil
}
