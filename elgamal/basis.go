package elgamal

import (
	"slices"
	"sync"

	"github.com/NethermindEth/juno/core/felt"
	starkcurve "github.com/consensys/gnark-crypto/ecc/stark-curve"

	"github.com/sage-network/sage-node/internal/starkhash"
)

// maxBits is the number of bits in the largest statement: a payment's two
// halves and what it leaves.
const maxBits = 2*halfBits + leftoverBits

// basisWindow is smaller than that of G and H: 128 tables of 60 KiB.
const basisWindow = 4

var basisDomain = *new(felt.Felt).SetBytes([]byte("SAGE/BITS/1"))

// basis returns tables of E_0, E_1, …: the bases that bit vectors are committed
// under. Nobody knows a linear relation between them, G and H: the abscissa of
// E_i is Poseidon('SAGE/BITS/1', i, k) for the smallest k ≥ 0 that makes it one,
// and the ordinate is at most (p−1)/2.
var basis = sync.OnceValue(func() []*comb {
	out := make([]*comb, maxBits)
	for i := range out {
		out[i] = &comb{base: basisPoint(uint64(i)), window: basisWindow}
	}
	return out
})

func basisPoint(i uint64) Point {
	for k := uint64(0); ; k++ {
		p, err := pointFromX(starkhash.PoseidonMany(basisDomain, uint64Felt(i), uint64Felt(k)))
		if err == nil {
			return p
		}
	}
}

// combine returns Σ s_i·E_i.
func combine(s []Scalar) starkcurve.G1Jac {
	acc := identity()
	for i := range s {
		basis()[i].addMul(&acc, &s[i])
	}
	return acc
}

// weigh returns Σ 2^i·s_i.
func weigh(s []Scalar) Scalar {
	var sum Scalar
	for _, v := range slices.Backward(s) {
		sum.Double(&sum).Add(&sum, &v)
	}
	return sum
}

func identity() starkcurve.G1Jac {
	var j starkcurve.G1Jac
	j.FromAffine(&starkcurve.G1Affine{})
	return j
}
