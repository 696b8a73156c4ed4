package elgamal

import (
	"fmt"
	"io"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/elgamal/curve"
)

// Ciphertext is an additively homomorphic (exponential) ElGamal encryption of
// v under P: L = vG + rP, R = rG. The zero value encrypts 0 with r = 0.
// Source: ElGamal 1985, with the message in the exponent (Cramer, Gennaro,
// Schoenmakers 1997). Confidentiality rests on DDH in the STARK curve.
type Ciphertext struct{ L, R Point }

// Encrypt encrypts v with fresh randomness. A nil reader means crypto/rand.
func Encrypt(rand io.Reader, to PublicKey, v uint64) (Ciphertext, error) {
	r, err := randomScalar(rand)
	if err != nil {
		return Ciphertext{}, err
	}
	return encryptWith(to, v, &r), nil
}

func encryptWith(to PublicKey, v uint64, r *Scalar) Ciphertext {
	s := uint64Scalar(v)
	l, vG, rG := to.p.mulSecret(r), baseG.mulSecret(&s), baseG.mulSecret(r)
	l.Add(&vG)
	both := fromProjectives([]curve.Point{l, rG})
	return Ciphertext{L: both[0], R: both[1]}
}

// Add returns an encryption of the sum (both under one key).
func (c Ciphertext) Add(d Ciphertext) Ciphertext {
	return Ciphertext{L: c.L.Add(d.L), R: c.R.Add(d.R)}
}

// Sub returns an encryption of the difference (both under one key).
func (c Ciphertext) Sub(d Ciphertext) Ciphertext {
	return Ciphertext{L: c.L.Sub(d.L), R: c.R.Sub(d.R)}
}

// AddPlain returns an encryption of the value plus v.
func (c Ciphertext) AddPlain(v uint64) Ciphertext {
	return Ciphertext{L: c.L.Add(valuePoint(v)), R: c.R}
}

// SubPlain returns an encryption of the value minus v.
func (c Ciphertext) SubPlain(v uint64) Ciphertext {
	return Ciphertext{L: c.L.Sub(valuePoint(v)), R: c.R}
}

// Join returns an encryption of lo + 2^32·hi.
func Join(lo, hi Ciphertext) Ciphertext {
	return lo.Add(Ciphertext{L: hi.L.shift32(), R: hi.R.shift32()})
}

// Equal reports whether two ciphertexts are the same pair of points.
func (c Ciphertext) Equal(d Ciphertext) bool { return c.L.Equal(d.L) && c.R.Equal(d.R) }

// Felts returns L.x, L.y, R.x, R.y.
func (c Ciphertext) Felts() []felt.Felt { return append(c.L.Felts(), c.R.Felts()...) }

// Message returns M = L − xR = vG.
func (k SecretKey) Message(c Ciphertext) Point { return c.L.Sub(k.mulSecret(c.R)) }

// Check returns nil when c holds v under this key, else [ErrMismatch]. It is
// what makes a hint trustworthy: whatever its author wrote, L − xR = vG decides.
func (k SecretKey) Check(c Ciphertext, v uint64) error {
	if !k.Message(c).Equal(valuePoint(v)) {
		return fmt.Errorf("%w: %d units", ErrMismatch, v)
	}
	return nil
}

func valuePoint(v uint64) Point {
	s := uint64Scalar(v)
	vG := baseG.mulSecret(&s)
	return fromProjective(&vG)
}
