package elgamal

import (
	starkcurve "github.com/consensys/gnark-crypto/ecc/stark-curve"

	"github.com/sage-network/sage-node/elgamal/curve"
)

// base is a point that witnesses multiply: a generator, or a [Point] for keys
// and ciphertext halves. Provers multiply by secrets, verifiers by what was sent.
type base interface {
	mulSecret(s *Scalar) curve.Point
	mulPublic(s *Scalar) starkcurve.G1Jac
}

// term is witness[w]·base.
type term struct {
	w    int
	base base
}

// equation states image = Σ witness[w]·base over its terms. A list of them
// that shares witnesses is one statement of a generalised Schnorr proof
// (Maurer 2009): announcements Σ k·base, responses s = k + c·witness, and the
// verifier recomputes Σ s·base − c·image. No equations are batched.
type equation struct {
	image Point
	terms []term
}

// announce returns Σ k[w]·base of every equation.
func announce(eqs []equation, k []Scalar) []Point {
	as := make([]curve.Point, len(eqs))
	for i, eq := range eqs {
		as[i] = curve.Identity()
		for _, t := range eq.terms {
			m := t.base.mulSecret(&k[t.w])
			as[i].Add(&m)
		}
	}
	return fromProjectives(as)
}

// recompute returns Σ s[w]·base − c·image of every equation.
func recompute(eqs []equation, s []Scalar, c Challenge) []Point {
	js := make([]starkcurve.G1Jac, len(eqs))
	cs := c.scalar()
	for i, eq := range eqs {
		js[i] = eq.combine(s)
		ci := eq.image.mulPublic(&cs)
		js[i].SubAssign(&ci)
	}
	return batchFromJac(js)
}

func (e equation) combine(w []Scalar) starkcurve.G1Jac {
	var acc starkcurve.G1Jac
	acc.FromAffine(&starkcurve.G1Affine{})
	for _, t := range e.terms {
		m := t.base.mulPublic(&w[t.w])
		acc.AddAssign(&m)
	}
	return acc
}

// respond returns k + c·witness for every witness.
func respond(k, witness []Scalar, c Challenge) []Scalar {
	cs := c.scalar()
	out := make([]Scalar, len(k))
	for i := range k {
		out[i] = mulSecret(&cs, &witness[i])
		out[i] = addSecret(&out[i], &k[i])
	}
	return out
}
