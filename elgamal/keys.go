package elgamal

import (
	"fmt"
	"io"

	"github.com/NethermindEth/juno/core/felt"
)

// SecretKey is x in [1, n). Its formatting verbs never show x.
type SecretKey struct{ x Scalar }

// GenerateKey draws a key. A nil reader means crypto/rand.
func GenerateKey(rand io.Reader) (SecretKey, error) {
	x, err := randomScalar(rand)
	return SecretKey{x}, err
}

// NewSecretKey takes x as 32 big-endian bytes, as a keystore holds it. It
// returns [ErrKey] for 0 and for values of n or more: it never reduces.
func NewSecretKey(b [32]byte) (SecretKey, error) {
	var k SecretKey
	if err := k.x.SetBytesCanonical(b[:]); err != nil || k.x.IsZero() {
		return SecretKey{}, fmt.Errorf("%w: a secret key lies in [1, n) with n the curve order", ErrKey)
	}
	return k, nil
}

// Bytes returns x as 32 big-endian bytes, for a keystore.
func (k SecretKey) Bytes() [32]byte { return k.x.Bytes() }

// Public returns P = xG.
func (k SecretKey) Public() PublicKey {
	j := baseG.mul(&k.x)
	return PublicKey{fromJac(&j)}
}

// String hides the key.
func (k SecretKey) String() string { return "elgamal.SecretKey(hidden)" }

// GoString hides the key.
func (k SecretKey) GoString() string { return k.String() }

// PublicKey is P = xG, never the identity.
type PublicKey struct{ p Point }

// NewPublicKey takes the coordinates of a key and refuses what is not a
// non-zero point of the curve with [ErrPoint].
func NewPublicKey(x, y felt.Felt) (PublicKey, error) {
	p, err := NewNonZeroPoint(x, y)
	return PublicKey{p}, err
}

// Point returns the key as a point.
func (k PublicKey) Point() Point { return k.p }

// Equal reports whether two keys are the same.
func (k PublicKey) Equal(o PublicKey) bool { return k.p.Equal(o.p) }

// mulSecret returns x·q.
func (k SecretKey) mulSecret(q Point) Point {
	j := q.mul(&k.x)
	return fromJac(&j)
}
