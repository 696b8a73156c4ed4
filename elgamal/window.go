package elgamal

import (
	starkcurve "github.com/consensys/gnark-crypto/ecc/stark-curve"
)

const (
	windowBits = 4
	windowSize = 1<<windowBits - 1 // non-zero digits
)

// window holds the first multiples of a variable point: two challenges of a bit
// and the terms of a key share it.
type window [windowSize]starkcurve.G1Jac

func newWindow(p *Point) *window {
	var w window
	w[0].FromAffine(&p.a)
	for i := 1; i < windowSize; i++ {
		if i%2 == 1 {
			w[i].Double(&w[i/2])
		} else {
			w[i].Set(&w[i-1]).AddMixed(&p.a)
		}
	}
	return &w
}

// mul returns s·P. Leading zero digits cost nothing, so that 128-bit
// challenges take half the time of scalars.
func (w *window) mul(s *Scalar) starkcurve.G1Jac {
	var acc starkcurve.G1Jac
	acc.FromAffine(&starkcurve.G1Affine{})
	limbs := s.Bits()
	started := false
	for i := len(limbs) - 1; i >= 0; i-- {
		for shift := 64 - windowBits; shift >= 0; shift -= windowBits {
			if started {
				for range windowBits {
					acc.DoubleAssign()
				}
			}
			if d := limbs[i] >> shift & windowSize; d != 0 {
				acc.AddAssign(&w[d-1])
				started = true
			}
		}
	}
	return acc
}
