package elgamal

import (
	"slices"
	"sync"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/elgamal/curve"
	"github.com/sage-network/sage-node/internal/starkhash"
)

// maxBits is the number of bits in the largest statement: a payment's two
// halves and what it leaves.
const maxBits = 2*halfBits + leftoverBits

var basisDomain = *new(felt.Felt).SetBytes([]byte("SAGE/BITS/1"))

// basis returns E_0, E_1, …: the bases that bit vectors are committed
// under. Nobody knows a linear relation between them, G and H: the abscissa of
// E_i is Poseidon('SAGE/BITS/1', i, k) for the smallest k ≥ 0 that makes it one,
// and the ordinate is at most (p−1)/2.
var basis = sync.OnceValue(func() []Point {
	out := make([]Point, maxBits)
	for i := range out {
		out[i] = basisPoint(uint64(i))
	}
	return out
})

// basisRows holds the multiples of the bases that digits pick from: 64 KiB.
var basisRows = sync.OnceValue(func() []curve.Row {
	as := make([]curve.Affine, maxBits)
	for i, p := range basis() {
		as[i] = p.a
	}
	return curve.NewRows(as)
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
func combine(s []Scalar) curve.Point { return curve.Combine(basisRows(), s) }

// weigh returns Σ 2^i·s_i.
func weigh(s []Scalar) Scalar {
	var sum Scalar
	for _, v := range slices.Backward(s) {
		sum = addSecret(&sum, &sum)
		sum = addSecret(&sum, &v)
	}
	return sum
}
