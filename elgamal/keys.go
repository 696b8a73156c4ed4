package elgamal

import (
	"fmt"
	"io"

	"github.com/NethermindEth/juno/core/felt"
)

// SecretKey is x in [1, n). The zero value is no key.
type SecretKey struct {
	// scalar is a function because fmt prints the unexported fields of an
	// enclosing struct without asking their methods; of a function it can only
	// show the address.
	scalar func() Scalar
}

// GenerateKey draws a key. A nil reader means crypto/rand.
func GenerateKey(rand io.Reader) (SecretKey, error) {
	x, err := randomScalar(rand)
	if err != nil {
		return SecretKey{}, err
	}
	return SecretKey{func() Scalar { return x }}, nil
}

// NewSecretKey takes x as 32 big-endian bytes, as a keystore holds it. It
// returns [ErrKey] for 0 and for values of n or more: it never reduces.
func NewSecretKey(b [32]byte) (SecretKey, error) {
	var x Scalar
	if err := x.SetBytesCanonical(b[:]); err != nil || x.IsZero() {
		return SecretKey{}, fmt.Errorf("%w: a secret key lies in [1, n) with n the curve order", ErrKey)
	}
	return SecretKey{func() Scalar { return x }}, nil
}

// Bytes returns x as 32 big-endian bytes (zeros for the zero value), for a
// keystore. Keep it out of logs, arguments and files that others can read.
func (k SecretKey) Bytes() [32]byte {
	x := k.x()
	return x.Bytes()
}

// IsZero says whether k is the zero value, which is no key.
func (k SecretKey) IsZero() bool { return k.scalar == nil }

func (k SecretKey) x() Scalar {
	if k.scalar == nil {
		return Scalar{}
	}
	return k.scalar()
}

// Public returns P = xG (the identity for the zero value).
func (k SecretKey) Public() PublicKey {
	x := k.x()
	p := baseG.mulSecret(&x)
	return PublicKey{fromProjective(&p)}
}

const redacted = "[elgamal secret key]"

// String hides the key.
func (SecretKey) String() string { return redacted }

// GoString hides the key.
func (SecretKey) GoString() string { return redacted }

// Format hides the key from every verb.
func (SecretKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText refuses: keys leave the process only through a keystore.
func (SecretKey) MarshalText() ([]byte, error) {
	return nil, fmt.Errorf("%w: a secret key is not serialised", ErrKey)
}

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
	x := k.x()
	p := q.mulSecret(&x)
	return fromProjective(&p)
}
