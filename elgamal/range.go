package elgamal

import (
	"fmt"
	"io"

	"github.com/NethermindEth/juno/core/felt"
	starkcurve "github.com/consensys/gnark-crypto/ecc/stark-curve"
)

const (
	halfBits     = 32 // bits of each half of a payment
	leftoverBits = 64 // bits of what stays in a balance
	bitFelts     = 4  // felts a bit on the wire: V.x, c0, s0, s1
)

// Bit proves that a commitment V opens to 0 or 1: V = rH or V − G = rH, as an
// OR of two Schnorr proofs (Cramer, Damgård, Schoenmakers 1994) whose challenge
// shares add up to the statement's challenge modulo 2^128. V has an ordinate of
// at most (p−1)/2, so that its abscissa stands for it.
type Bit struct {
	V      Point
	C0     Challenge
	S0, S1 Scalar
}

// RangeProof proves that V = Σ 2^i·V_i commits to an integer of len(bits) bits.
type RangeProof []Bit

// bitSecret is what the prover keeps of a bit between announcing and responding.
type bitSecret struct {
	set       bool
	r         Scalar
	v         Point
	k         Scalar    // nonce of the true branch
	simulated Challenge // share of the false branch
	s         Scalar    // response of the false branch
}

// bitCommitments holds the commitments of one value, before the challenge.
type bitCommitments struct {
	bits []bitSecret
	r    Scalar // Σ 2^i·r_i
	v    Point  // Σ 2^i·V_i = value·G + r·H
}

// commitBits commits to the n low bits of value, redrawing each r until V has
// a low ordinate: V is then uniform among such points whatever the bit, hence
// still perfectly hiding.
func commitBits(rand io.Reader, value uint64, n int) (*bitCommitments, error) {
	out := &bitCommitments{bits: make([]bitSecret, n)}
	var weight Scalar
	weight.SetOne()
	for i := range out.bits {
		b := &out.bits[i]
		b.set = value>>i&1 == 1
		for !b.v.hasLowY() {
			var err error
			if b.r, err = randomScalar(rand); err != nil {
				return nil, err
			}
			j := baseH.mul(&b.r)
			if b.set {
				j.AddMixed(&baseG.base.a)
			}
			b.v = fromJac(&j)
		}
		var wr Scalar
		wr.Mul(&weight, &b.r)
		out.r.Add(&out.r, &wr)
		weight.Double(&weight)
	}
	var v Scalar
	v.SetUint64(value)
	j := commit(&v, &out.r)
	out.v = fromJac(&j)
	return out, nil
}

// abscissae returns the V_i.x, the part of the statement that nonces are bound to.
func (c *bitCommitments) abscissae() []felt.Felt {
	out := make([]felt.Felt, len(c.bits))
	for i := range c.bits {
		out[i] = c.bits[i].v.X()
	}
	return out
}

// announce appends n and, for every bit, V, A0, A1 to the transcript.
func (c *bitCommitments) announce(t *transcript, n *nonces) error {
	js := make([]starkcurve.G1Jac, 2*len(c.bits))
	for i := range c.bits {
		b := &c.bits[i]
		var err error
		if b.k, err = n.scalar(); err != nil {
			return err
		}
		if b.s, err = n.scalar(); err != nil {
			return err
		}
		if b.simulated, err = n.challenge(); err != nil {
			return err
		}
		// With V = bit·G + rH the false branch's announcement is
		// (s − c·r)·H ± c·G: + when the bit is 0 (branch 1), − when it is 1
		// (branch 0). Both take the same additions: c stays short, and the
		// minus is a negation before and after.
		cs := b.simulated.scalar()
		var h Scalar
		h.Mul(&cs, &b.r).Sub(&b.s, &h)
		truth, lie := &js[2*i], &js[2*i+1]
		if b.set {
			truth, lie = lie, truth
			h.Neg(&h)
		}
		*truth = baseH.mul(&b.k)
		*lie = commit(&cs, &h)
		if b.set {
			lie.Neg(lie)
		}
	}
	as := batchFromJac(js)
	t.felt(uint64Felt(uint64(len(c.bits))))
	for i := range c.bits {
		t.point(c.bits[i].v, as[2*i], as[2*i+1])
	}
	return nil
}

// respond finishes the proof for challenge c.
func (c *bitCommitments) respond(ch Challenge) RangeProof {
	out := make(RangeProof, len(c.bits))
	for i := range c.bits {
		b := &c.bits[i]
		share := ch.sub(b.simulated)
		cs := share.scalar()
		var s Scalar
		s.Mul(&cs, &b.r).Add(&s, &b.k)
		if b.set {
			out[i] = Bit{V: b.v, C0: b.simulated, S0: b.s, S1: s}
		} else {
			out[i] = Bit{V: b.v, C0: share, S0: s, S1: b.s}
		}
	}
	return out
}

// replay appends what announce appended, recomputed from the responses, and
// returns V = Σ 2^i·V_i.
func (p RangeProof) replay(t *transcript, c Challenge) Point {
	js := make([]starkcurve.G1Jac, 2*len(p))
	for i := range p {
		b := &p[i]
		c0 := b.C0.scalar()
		share := c.sub(b.C0)
		c1 := share.scalar()
		v := newWindow(&b.V)
		js[2*i] = baseH.mul(&b.S0)
		c0V := v.mul(&c0)
		js[2*i].SubAssign(&c0V)
		js[2*i+1] = commit(&c1, &b.S1) // c1·G + s1·H
		c1V := v.mul(&c1)
		js[2*i+1].SubAssign(&c1V)
	}
	as := batchFromJac(js)
	t.felt(uint64Felt(uint64(len(p))))
	var sum starkcurve.G1Jac
	sum.FromAffine(&starkcurve.G1Affine{})
	for i := range p {
		t.point(p[i].V, as[2*i], as[2*i+1])
	}
	for i := len(p) - 1; i >= 0; i-- {
		sum.DoubleAssign().AddMixed(&p[i].V.a)
	}
	return fromJac(&sum)
}

// Felts returns the bits as the contracts read them, without a length prefix.
func (p RangeProof) Felts() []felt.Felt {
	out := make([]felt.Felt, 0, bitFelts*len(p))
	for i := range p {
		out = append(out, p[i].V.X(), p[i].C0.Felt(), scalarFelt(&p[i].S0), scalarFelt(&p[i].S1))
	}
	return out
}

// parseRange decodes exactly n bits.
func parseRange(fs []felt.Felt, n int) (RangeProof, error) {
	if len(fs) != bitFelts*n {
		return nil, fmt.Errorf("%w: a %d-bit range proof has %d felts, found %d", ErrEncoding, n, bitFelts*n, len(fs))
	}
	out := make(RangeProof, n)
	for i := range out {
		f := fs[bitFelts*i:]
		var err error
		if out[i].V, err = pointFromX(f[0]); err != nil {
			return nil, fmt.Errorf("bit %d: %w", i, err)
		}
		if out[i].C0, err = feltChallenge(&f[1]); err != nil {
			return nil, fmt.Errorf("bit %d: %w", i, err)
		}
		if out[i].S0, err = feltScalar(&f[2]); err != nil {
			return nil, fmt.Errorf("bit %d: %w", i, err)
		}
		if out[i].S1, err = feltScalar(&f[3]); err != nil {
			return nil, fmt.Errorf("bit %d: %w", i, err)
		}
	}
	return out, nil
}
