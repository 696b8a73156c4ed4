package elgamal

import (
	"sync"

	starkcurve "github.com/consensys/gnark-crypto/ecc/stark-curve"
	"github.com/consensys/gnark-crypto/ecc/stark-curve/fr"
)

const (
	combWindow = 8                 // bits a window
	combRows   = 256 / combWindow  // windows of a scalar
	combCols   = 1<<combWindow - 1 // non-zero digits of a window
)

// comb is a fixed-base table: rows[i][d−1] = d·2^(8i)·B, 510 KiB a base. A
// multiplication is at most 32 mixed additions and no doubling. The lookups
// depend on the scalar: like the arithmetic below it, this is not constant-time.
type comb struct {
	base Point
	once sync.Once
	rows [][]starkcurve.G1Affine
}

func (c *comb) build() {
	table := make([]starkcurve.G1Jac, 0, combRows*combCols)
	var b starkcurve.G1Jac
	b.FromAffine(&c.base.a)
	for range combRows {
		acc := b
		for range combCols {
			table = append(table, acc)
			acc.AddAssign(&b)
		}
		b = acc // 2^8 times the former base
	}
	affine := starkcurve.BatchJacobianToAffineG1(table)
	for i := range combRows {
		c.rows = append(c.rows, affine[i*combCols:(i+1)*combCols])
	}
}

// mul returns s·B.
func (c *comb) mul(s *fr.Element) starkcurve.G1Jac {
	var acc starkcurve.G1Jac
	acc.FromAffine(&starkcurve.G1Affine{})
	c.addMul(&acc, s)
	return acc
}

// addMul adds s·B to acc.
func (c *comb) addMul(acc *starkcurve.G1Jac, s *fr.Element) {
	c.once.Do(c.build)
	for i, limb := range s.Bits() {
		for j := range 64 / combWindow {
			if d := uint8(limb >> (combWindow * j)); d != 0 {
				acc.AddMixed(&c.rows[i*64/combWindow+j][d-1])
			}
		}
	}
}

// commit returns v·G + r·H.
func commit(v, r *fr.Element) starkcurve.G1Jac {
	acc := baseH.mul(r)
	baseG.addMul(&acc, v)
	return acc
}
