package elgamal

import (
	"encoding/binary"
	"math/big"
	"math/bits"

	"github.com/consensys/gnark-crypto/ecc/stark-curve/fr"
)

// Arithmetic modulo n on scalars that are secret. It computes what the methods of
// [Scalar] do, in the same Montgomery form with R = 2^256, without their branches:
// whether a sum passes n, or a difference falls below 0, depends on the bit, the
// nonce or the key that went into it.

// order is n, lowest limb first; orderInverse is −n⁻¹ modulo 2^64.
var (
	order        [4]uint64
	orderInverse uint64
	radix        Scalar // 2^256, whose limbs are R² modulo n
	shift192     Scalar // 2^192
)

func init() {
	for i, n := range fr.Modulus().Bits() {
		order[i*bits.UintSize/64] |= uint64(n) << (i * bits.UintSize % 64)
	}
	inverse := order[0] // right in its lowest 3 bits; every step doubles that
	for range 5 {
		inverse *= 2 - order[0]*inverse
	}
	orderInverse = -inverse
	radix.SetBigInt(new(big.Int).Lsh(big.NewInt(1), 256))
	shift192.SetBigInt(new(big.Int).Lsh(big.NewInt(1), 192))
}

// addSecret returns x + y.
func addSecret(x, y *Scalar) Scalar {
	var z Scalar
	var c uint64
	for i := range z { // below 2^253
		z[i], c = bits.Add64(x[i], y[i], c)
	}
	return reduceOnce(&z)
}

// subSecret returns x − y.
func subSecret(x, y *Scalar) Scalar {
	var z Scalar
	var b uint64
	for i := range z {
		z[i], b = bits.Sub64(x[i], y[i], b)
	}
	return addOrder(&z, -b)
}

// mulSecret returns x·y (Montgomery 1985, one limb of y at a time). For x, y < n the
// sum before the last reduction is below 2n, and n < 2^252 leaves room in every limb.
func mulSecret(x, y *Scalar) Scalar {
	var t Scalar
	var top uint64
	for i := range y {
		var c, k uint64
		for j := range t {
			t[j], c = mulAdd(x[j], y[i], t[j], c)
		}
		top += c
		m := t[0] * orderInverse
		_, c = mulAdd(m, order[0], t[0], 0)
		for j := 1; j < len(t); j++ {
			t[j-1], c = mulAdd(m, order[j], t[j], c)
		}
		t[3], k = bits.Add64(top, c, 0)
		top = k
	}
	return reduceOnce(&t)
}

// mulAdd returns the limbs of x·y + a + b, which is below 2^128.
func mulAdd(x, y, a, b uint64) (lo, hi uint64) {
	hi, lo = bits.Mul64(x, y)
	lo, c := bits.Add64(lo, a, 0)
	hi += c
	lo, c = bits.Add64(lo, b, 0)
	return lo, hi + c
}

// reduceOnce returns z modulo n for z < 2n.
func reduceOnce(z *Scalar) Scalar {
	var d Scalar
	var b uint64
	for i := range d {
		d[i], b = bits.Sub64(z[i], order[i], b)
	}
	return addOrder(&d, -b)
}

// addOrder returns z + n where mask is all ones, and z where it is zero.
func addOrder(z *Scalar, mask uint64) Scalar {
	var out Scalar
	var c uint64
	for i := range out {
		out[i], c = bits.Add64(z[i], order[i]&mask, c)
	}
	return out
}

// uint64Scalar returns v.
func uint64Scalar(v uint64) Scalar { return mulSecret(&Scalar{v}, &radix) }

// wideScalar reduces 384 bits modulo n: the bias is below 2^−131.
func wideScalar(b *[48]byte) Scalar {
	word := func(i int) uint64 { return binary.BigEndian.Uint64(b[40-8*i:]) }
	hi := mulSecret(&Scalar{word(3), word(4), word(5)}, &radix)
	hi = mulSecret(&hi, &shift192)
	lo := mulSecret(&Scalar{word(0), word(1), word(2)}, &radix)
	return addSecret(&hi, &lo)
}
