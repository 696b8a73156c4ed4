package sim

import (
	"crypto/sha256"
	"errors"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/sage-network/sage-node/wire"
)

// scheme signs by hashing the key with the vote.
type scheme struct{}

var errForged = errors.New("sim: forged signature")

func (scheme) sign(key felt.Felt, vote wire.Vote) wire.Signature {
	vote.Signature = wire.Signature{}
	b, _ := vote.MarshalBinary()
	k := key.Bytes()
	sum := sha256.Sum256(append(k[:], b...))
	return wire.Signature{
		R: *new(felt.Felt).SetBytes(sum[:16]),
		S: *new(felt.Felt).SetBytes(sum[16:]),
	}
}

// Verify implements bft.Verifier.
func (s scheme) Verify(key felt.Felt, vote wire.Vote) error {
	if s.sign(key, vote) != vote.Signature {
		return errForged
	}
	return nil
}
