package elgamal

import (
	"slices"
	"sync"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/elgamal/curve"
	"github.com/sage-network/sage-node/internal/starkhash"
)

// maxDigits is the number of digits in the largest statement: a payment's two
// halves and what it leaves.
const maxDigits = (2*halfBits + leftoverBits) / digitBits

var basisDomain = *new(felt.Felt).SetBytes([]byte("SAGE/DIGITS/1"))

// basis returns E_0, E_1, …: the bases that vectors of digits are
// committed under. Nobody knows a linear relation between them, G and H: the abscissa of
// E_i is Poseidon('SAGE/DIGITS/1', i, k) for the smallest k ≥ 0 that makes it one,
// and the ordinate is at most (p−1)/2.
var basis = sync.OnceValue(func() []Point {
	out := make([]Point, maxDigits)
	for i := range out {
		out[i] = basisPoint(uint64(i))
	}
	return out
})

// basisRows holds the multiples of the bases that windows of scalars pick from: 32 KiB.
var basisRows = sync.OnceValue(func() []curve.Row {
	as := make([]curve.Affine, maxDigits)
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

// weigh returns Σ 16^j·s_j.
func weigh(s []Scalar) Scalar {
	var sum Scalar
	for _, v := range slices.Backward(s) {
		for range digitBits {
			sum = addSecret(&sum, &sum)
		}
		sum = addSecret(&sum, &v)
	}
	return sum
}
