package elgamal

import (
	starkcurve "github.com/consensys/gnark-crypto/ecc/stark-curve"
)

// base is a point that witnesses multiply: a [comb] for G and H, a [Point] for
// keys and ciphertext halves.
type base interface {
	mul(s *Scalar) starkcurve.G1Jac
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
	js := make([]starkcurve.G1Jac, len(eqs))
	for i, eq := range eqs {
		js[i] = eq.combine(k)
	}
	return batchFromJac(js)
}

// recompute returns Σ s[w]·base − c·image of every equation.
func recompute(eqs []equation, s []Scalar, c Challenge) []Point {
	js := make([]starkcurve.G1Jac, len(eqs))
	cs := c.scalar()
	for i, eq := range eqs {
		js[i] = eq.combine(s)
		ci := eq.image.mul(&cs)
		js[i].SubAssign(&ci)
	}
	return batchFromJac(js)
}

func (e equation) combine(w []Scalar) starkcurve.G1Jac {
	var acc starkcurve.G1Jac
	acc.FromAffine(&starkcurve.G1Affine{})
	for _, t := range e.terms {
		if c, ok := t.base.(*comb); ok {
			c.addMul(&acc, &w[t.w])
			continue
		}
		m := t.base.mul(&w[t.w])
		acc.AddAssign(&m)
	}
	return acc
}

// respond returns k + c·witness for every witness.
func respond(k, witness []Scalar, c Challenge) []Scalar {
	cs := c.scalar()
	out := make([]Scalar, len(k))
	for i := range k {
		out[i].Mul(&cs, &witness[i]).Add(&out[i], &k[i])
	}
	return out
}
