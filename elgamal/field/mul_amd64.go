//go:build !purego

package field

import "golang.org/x/sys/cpu"

var hasBMI2 = cpu.X86.HasBMI2

// Mul z = x·y (mod p).
func Mul(z, x, y *Element) { mul((*[4]uint64)(z), (*[4]uint64)(x), (*[4]uint64)(y)) }

// Square z = x² (mod p).
func Square(z, x *Element) { square((*[4]uint64)(z), (*[4]uint64)(x), 1) }

// squareTimes z = x^(2^n) (mod p), for n of at least 1.
func squareTimes(z, x *Element, n int) { square((*[4]uint64)(z), (*[4]uint64)(x), uint64(n)) }

// mul goes on as mulBMI2 or mulPortable.
//
//go:noescape
func mul(z, x, y *[4]uint64)

// square goes on as squareBMI2 or squarePortable.
//
//go:noescape
func square(z, x *[4]uint64, n uint64)

func mulPortable(z, x, y *[4]uint64) { mulGeneric((*Element)(z), (*Element)(x), (*Element)(y)) }

func squarePortable(z, x *[4]uint64, n uint64) {
	squareTimesGeneric((*Element)(z), (*Element)(x), int(n))
}
