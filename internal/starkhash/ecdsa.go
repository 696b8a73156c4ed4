package starkhash

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"

	"github.com/NethermindEth/juno/core/felt"
	starkcurve "github.com/consensys/gnark-crypto/ecc/stark-curve"
	"github.com/consensys/gnark-crypto/ecc/stark-curve/fp"
	"github.com/consensys/gnark-crypto/ecc/stark-curve/fr"
)

var (
	// ErrPrivateKey says that a number is no private key: zero, or not below the order of the curve.
	ErrPrivateKey = errors.New("starkhash: invalid private key")
	// ErrPublicKey says that a number is not the x-coordinate of a point of the curve.
	ErrPublicKey = errors.New("starkhash: invalid public key")
	// ErrMessageRange says that a message hash is not below 2^251, so that it cannot be signed.
	ErrMessageRange = errors.New("starkhash: message hash not below 2^251")
)

// curveOrder is the number n of points of the STARK curve, a prime of 252 bits.
var curveOrder = fr.Modulus()

// elementBits bounds r, 1/s and message hashes: StarkWare's signatures keep all three below 2^251.
const elementBits = 251

// CurveOrder returns the order of the STARK curve.
func CurveOrder() *big.Int { return new(big.Int).Set(curveOrder) }

// PrivateKey is a scalar of the STARK curve in [1, n). It never prints itself: String, Format verbs, JSON and slog show
// that there is a key and nothing of it. Only [PrivateKey.Secret] gives it away.
type PrivateKey struct {
	// scalar is a function because fmt prints the unexported fields of an enclosing struct without asking their
	// methods; of a function it can only show the address.
	scalar func() fr.Element
}

// NewPrivateKey takes a 32-byte big-endian scalar in [1, n).
func NewPrivateKey(secret []byte) (PrivateKey, error) {
	if len(secret) != fr.Bytes {
		return PrivateKey{}, fmt.Errorf("%w: %d bytes, want %d", ErrPrivateKey, len(secret), fr.Bytes)
	}
	var d fr.Element
	if err := d.SetBytesCanonical(secret); err != nil || d.IsZero() {
		return PrivateKey{}, fmt.Errorf("%w: not in [1, n)", ErrPrivateKey)
	}
	return PrivateKey{scalar: func() fr.Element { return d }}, nil
}

// GenerateKey draws a key from random, which is crypto/rand.Reader outside of tests.
func GenerateKey(random io.Reader) (PrivateKey, error) {
	var b [fr.Bytes]byte
	for {
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return PrivateKey{}, fmt.Errorf("starkhash: draw a private key: %w", err)
		}
		b[0] &= 0x0f
		if k, err := NewPrivateKey(b[:]); err == nil {
			clear(b[:])
			return k, nil
		}
	}
}

// Secret returns the scalar, 32 bytes big-endian (zeros for the zero value). Keep it out of logs, arguments and files
// that others can read.
func (k PrivateKey) Secret() [32]byte {
	if k.scalar == nil {
		return [32]byte{}
	}
	d := k.scalar()
	return d.Bytes()
}

// IsZero says whether k is the zero value, which is no key.
func (k PrivateKey) IsZero() bool { return k.scalar == nil }

const redacted = "[private key]"

// String hides the key.
func (PrivateKey) String() string { return redacted }

// GoString hides the key.
func (PrivateKey) GoString() string { return redacted }

// Format hides the key from every verb.
func (PrivateKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue hides the key.
func (PrivateKey) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText refuses: keys leave the process only through a keystore.
func (PrivateKey) MarshalText() ([]byte, error) {
	return nil, errors.New("starkhash: a private key is not serialised")
}

// PublicKey returns the x-coordinate of dG; the zero value for the zero value.
func (k PrivateKey) PublicKey() PublicKey {
	if k.scalar == nil {
		return PublicKey{}
	}
	d := k.scalar()
	var p starkcurve.G1Affine
	p.ScalarMultiplicationBase(d.BigInt(new(big.Int)))
	return PublicKey{x: felt.Felt(p.X)}
}

// Signature is an ECDSA signature on the STARK curve.
type Signature struct {
	R, S felt.Felt
}

// Felts returns r and s as an account's __validate__ wants them.
func (s Signature) Felts() []felt.Felt { return []felt.Felt{s.R, s.S} }

// Sign signs a message hash below 2^251 with the nonce of RFC 6979 (HMAC-SHA256). The signature is a function of key and
// hash, so that a retry signs the same bytes.
func (k PrivateKey) Sign(hash felt.Felt) (Signature, error) {
	if k.scalar == nil {
		return Signature{}, fmt.Errorf("%w: the zero value", ErrPrivateKey)
	}
	if !below251(hash) {
		return Signature{}, fmt.Errorf("%w: %s", ErrMessageRange, hash.String())
	}
	hashBytes := hash.Bytes()
	var z fr.Element
	z.SetBytes(hashBytes[:])
	d := k.scalar()
	// A first attempt without extra entropy, then with the bytes 1, 2, … as other libraries do.
	for seed := byte(0); ; seed++ {
		var extra []byte
		if seed > 0 {
			extra = []byte{seed}
		}
		if sig, ok := signWith(&d, nonce(d.Bytes(), z.Bytes(), extra), &z); ok {
			return sig, nil
		}
		if seed == 255 {
			return Signature{}, errors.New("starkhash: no nonce gives a valid signature")
		}
	}
}

// signWith computes r = (kG).x and s = (z + r·d)/k, and says whether they are in the range that StarkWare allows.
func signWith(d *fr.Element, nonce fr.Element, z *fr.Element) (Signature, bool) {
	var point starkcurve.G1Affine
	point.ScalarMultiplicationBase(nonce.BigInt(new(big.Int)))
	x := felt.Felt(point.X)
	if x.IsZero() || !below251(x) {
		return Signature{}, false
	}
	xBytes := x.Bytes()
	var r, sum, inverse, s fr.Element
	r.SetBytes(xBytes[:])
	sum.Mul(&r, d).Add(&sum, z)
	if sum.IsZero() {
		return Signature{}, false
	}
	s.Inverse(&nonce)
	s.Mul(&s, &sum)
	inverse.Inverse(&s)
	if inverse.BigInt(new(big.Int)).BitLen() > elementBits {
		return Signature{}, false
	}
	return Signature{R: x, S: *new(felt.Felt).SetBigInt(s.BigInt(new(big.Int)))}, true
}

// nonce is generate_k of RFC 6979, section 3.2, with HMAC-SHA256, qlen = 252 and the extra entropy of section 3.6. hash is
// the message already reduced modulo n, as 32 bytes.
func nonce(key, hash [32]byte, extra []byte) fr.Element {
	mac := func(key []byte, parts ...[]byte) []byte {
		h := hmac.New(sha256.New, key)
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	v := make([]byte, sha256.Size)
	for i := range v {
		v[i] = 1
	}
	k := make([]byte, sha256.Size)
	for _, separator := range []byte{0, 1} {
		k = mac(k, v, []byte{separator}, key[:], hash[:], extra)
		v = mac(k, v)
	}
	for {
		v = mac(k, v)
		// bits2int: the leftmost 252 of 256 bits.
		candidate := new(big.Int).SetBytes(v)
		candidate.Rsh(candidate, 4)
		if candidate.Sign() > 0 && candidate.Cmp(curveOrder) < 0 {
			var e fr.Element
			e.SetBigInt(candidate)
			return e
		}
		k = mac(k, v, []byte{0})
		v = mac(k, v)
	}
}

func below251(f felt.Felt) bool {
	b := f.Bytes()
	return b[0]&0xf8 == 0
}

// PublicKey is the x-coordinate of a point of the STARK curve: what Starknet accounts and contracts know of a key.
type PublicKey struct {
	x felt.Felt
}

// NewPublicKey checks that x is the x-coordinate of a point of the curve other than zero.
func NewPublicKey(x felt.Felt) (PublicKey, error) {
	if _, ok := liftX(x); x.IsZero() || !ok {
		return PublicKey{}, fmt.Errorf("%w: %s", ErrPublicKey, x.String())
	}
	return PublicKey{x: x}, nil
}

// X returns the x-coordinate.
func (p PublicKey) X() felt.Felt { return p.x }

// String returns the x-coordinate in hexadecimal.
func (p PublicKey) String() string { return p.x.String() }

// LogValue returns the x-coordinate in hexadecimal.
func (p PublicKey) LogValue() slog.Value { return slog.StringValue(p.x.String()) }

// Verify says whether sig is a signature of hash under one of the two keys with this x-coordinate. The ranges are those
// of Sign: hash < 2^251, 0 < r < 2^251, 0 < s < n.
func (p PublicKey) Verify(hash felt.Felt, sig Signature) bool {
	if !below251(hash) || sig.R.IsZero() || !below251(sig.R) || sig.S.IsZero() ||
		sig.S.BigInt(new(big.Int)).Cmp(curveOrder) >= 0 {
		return false
	}
	key, ok := liftX(p.x)
	if !ok {
		return false
	}
	zBytes, rBytes, sBytes := hash.Bytes(), sig.R.Bytes(), sig.S.Bytes()
	var z, r, s, w fr.Element
	z.SetBytes(zBytes[:])
	r.SetBytes(rBytes[:])
	s.SetBytes(sBytes[:])
	w.Inverse(&s)
	z.Mul(&z, &w)
	r.Mul(&r, &w)
	// R = (z/s)G ± (r/s)Q, where Q is one of the two points with this x.
	var zG, rQ, sum starkcurve.G1Affine
	zG.ScalarMultiplicationBase(z.BigInt(new(big.Int)))
	rQ.ScalarMultiplication(&key, r.BigInt(new(big.Int)))
	for range 2 {
		sum.Add(&zG, &rQ)
		if x := felt.Felt(sum.X); !sum.IsInfinity() && x.Equal(&sig.R) {
			return true
		}
		rQ.Neg(&rQ)
	}
	return false
}

// liftX returns one of the two points with this x-coordinate: y² = x³ + x + b.
func liftX(x felt.Felt) (starkcurve.G1Affine, bool) {
	e := *x.Impl()
	_, b := starkcurve.CurveCoefficients()
	var y fp.Element
	y.Square(&e).Mul(&y, &e).Add(&y, &e).Add(&y, &b)
	if y.Sqrt(&y) == nil {
		return starkcurve.G1Affine{}, false
	}
	return starkcurve.G1Affine{X: e, Y: y}, true
}
