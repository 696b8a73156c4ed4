package elgamal

import (
	"sync"

	starkcurve "github.com/consensys/gnark-crypto/ecc/stark-curve"
	"github.com/consensys/gnark-crypto/ecc/stark-curve/fr"
)

// comb is a fixed-base table over windows of w bits, a divisor of 8: rows[i][d−1]
// = d·2^(wi)·B. A multiplication is at most 256/w mixed additions and no doubling:
// 32 with the 510 KiB of w = 8. The lookups depend on the scalar: like the
// arithmetic below it, this is not constant-time.
type comb struct {
	base   Point
	window int // w
	once   sync.Once
	rows   [][]starkcurve.G1Affine
}

func (c *comb) build() {
	rows, digits := 256/c.window, 1<<c.window-1 // windows of a scalar, non-zero digits of a window
	table := make([]starkcurve.G1Jac, 0, rows*digits)
	var b starkcurve.G1Jac
	b.FromAffine(&c.base.a)
	for range rows {
		acc := b
		for range digits {
			table = append(table, acc)
			acc.AddAssign(&b)
		}
		b = acc // 2^w times the former base
	}
	affine := starkcurve.BatchJacobianToAffineG1(table)
	for i := range rows {
		c.rows = append(c.rows, affine[i*digits:(i+1)*digits])
	}
}

// mul returns s·B.
func (c *comb) mul(s *fr.Element) starkcurve.G1Jac {
	acc := identity()
	c.addMul(&acc, s)
	return acc
}

// addMul adds s·B to acc.
func (c *comb) addMul(acc *starkcurve.G1Jac, s *fr.Element) {
	c.once.Do(c.build)
	row := 0
	for _, limb := range s.Bits() {
		for shift := 0; shift < 64; shift += c.window {
			if d := limb >> shift & (1<<c.window - 1); d != 0 {
				acc.AddMixed(&c.rows[row][d-1])
			}
			row++
		}
	}
}

// commit returns v·G + r·H.
func commit(v, r *fr.Element) starkcurve.G1Jac {
	acc := baseH.mul(r)
	baseG.addMul(&acc, v)
	return acc
}
