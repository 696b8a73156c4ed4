//go:build !purego

package field

import "golang.org/x/sys/cpu"

var hasBMI2 = cpu.X86.HasBMI2

// Mul z = x·y (mod p).
func Mul(z, x, y *Element) {
	if hasBMI2 {
		mulBMI2((*[4]uint64)(z), (*[4]uint64)(x), (*[4]uint64)(y))
	} else {
		mulGeneric(z, x, y)
	}
}

// Square z = x² (mod p).
func Square(z, x *Element) { squareTimes(z, x, 1) }

// squareTimes z = x^(2^n) (mod p), for n of at least 1.
func squareTimes(z, x *Element, n int) {
	if hasBMI2 {
		squareBMI2((*[4]uint64)(z), (*[4]uint64)(x), uint64(n))
	} else {
		squareTimesGeneric(z, x, n)
	}
}
