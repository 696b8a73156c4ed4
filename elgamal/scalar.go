package elgamal

import (
	"crypto/rand"
	"fmt"
	"io"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/consensys/gnark-crypto/ecc/stark-curve/fp"
	"github.com/consensys/gnark-crypto/ecc/stark-curve/fr"
)

// Scalar is an integer modulo the order n of the STARK curve.
type Scalar = fr.Element

// randomScalar draws a uniform scalar in [1, n) by rejection. A nil reader
// means crypto/rand.
func randomScalar(r io.Reader) (Scalar, error) {
	if r == nil {
		r = rand.Reader
	}
	var buf [fr.Bytes]byte
	for {
		if _, err := io.ReadFull(r, buf[:]); err != nil {
			return Scalar{}, fmt.Errorf("elgamal: reading randomness: %w", err)
		}
		buf[0] &= 0x0f // n < 2^252
		var s Scalar
		if s.SetBytesCanonical(buf[:]) == nil && !s.IsZero() {
			return s, nil
		}
	}
}

// scalarFelt encodes s; n < p, so every scalar is one felt.
func scalarFelt(s *Scalar) felt.Felt {
	b := s.Bytes()
	return *new(felt.Felt).SetBytes(b[:])
}

// feltScalar decodes a response. It refuses values of n or more: s and s + n
// multiply alike, and a proof has one encoding only.
func feltScalar(f *felt.Felt) (Scalar, error) {
	b := f.Bytes()
	var s Scalar
	if err := s.SetBytesCanonical(b[:]); err != nil {
		return Scalar{}, fmt.Errorf("%w: scalar %s is not below the curve order", ErrEncoding, f.String())
	}
	return s, nil
}

func uint64Felt(v uint64) felt.Felt {
	var e fp.Element
	e.SetUint64(v)
	return felt.Felt(e)
}
