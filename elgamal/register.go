package elgamal

import (
	"fmt"
	"io"

	"github.com/NethermindEth/juno/core/felt"
)

// KeyProof is a Schnorr proof of knowledge of one secret key, as register and
// auditor rotation need it: it keeps anyone from installing a key that is a
// combination of others, such as −W.
type KeyProof struct {
	C Challenge
	S Scalar
}

// ProveRegister proves P = xG for the account ctx.Caller. The context's nonce,
// epoch and balance are those of an account that does not exist yet: zero.
func ProveRegister(rand io.Reader, ctx Context, key SecretKey) (KeyProof, error) {
	return proveKey(rand, OpRegister, ctx, key)
}

// VerifyRegister checks a proof made by [ProveRegister]; it returns [ErrProof].
func VerifyRegister(ctx Context, key PublicKey, proof KeyProof) error {
	return verifyKey(OpRegister, ctx, key, proof)
}

// ProveRotation proves knowledge of a new auditor key. ctx.KeyEpoch is the
// epoch that the key opens, ctx.Caller the account that installs it; nonce and
// balance are zero.
func ProveRotation(rand io.Reader, ctx Context, key SecretKey) (KeyProof, error) {
	return proveKey(rand, OpRotate, ctx, key)
}

// VerifyRotation checks a proof made by [ProveRotation]; it returns [ErrProof].
func VerifyRotation(ctx Context, key PublicKey, proof KeyProof) error {
	return verifyKey(OpRotate, ctx, key, proof)
}

func keyEquations(p Point) []equation {
	return []equation{{image: p, terms: []term{{0, baseG}}}}
}

func keyTranscript(op Op, ctx *Context, p Point) *transcript {
	t := newTranscript(op, ctx)
	t.point(p)
	return t
}

func proveKey(rand io.Reader, op Op, ctx Context, key SecretKey) (KeyProof, error) {
	if key.IsZero() {
		return KeyProof{}, fmt.Errorf("%w: no secret key", ErrKey)
	}
	x, p := key.x(), key.Public().p
	t := keyTranscript(op, &ctx, p)
	n, err := newNonces(rand, &x, t.felts)
	if err != nil {
		return KeyProof{}, err
	}
	k, err := n.scalars(1)
	if err != nil {
		return KeyProof{}, err
	}
	t.point(announce(keyEquations(p), k)...)
	c := t.challenge()
	return KeyProof{C: c, S: respond(k, []Scalar{x}, c)[0]}, nil
}

func verifyKey(op Op, ctx Context, key PublicKey, proof KeyProof) error {
	if key.p.IsIdentity() {
		return fmt.Errorf("%w: the key is the identity", ErrPoint)
	}
	t := keyTranscript(op, &ctx, key.p)
	t.point(recompute(keyEquations(key.p), []Scalar{proof.S}, proof.C)...)
	return t.check(proof.C)
}

// Felts returns c, s.
func (p KeyProof) Felts() []felt.Felt { return []felt.Felt{p.C.Felt(), scalarFelt(&p.S)} }

// ParseKeyProof decodes what [KeyProof.Felts] yields.
func ParseKeyProof(fs []felt.Felt) (KeyProof, error) {
	var p KeyProof
	r := reader{fs: fs}
	p.C = r.challenge()
	p.S = r.scalar()
	return p, r.finish()
}
