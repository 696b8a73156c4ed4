// Package field is constant-time arithmetic modulo the STARK prime
// p = 2^251 + 17·2^192 + 1, for scalar multiplications with secret scalars.
//
// No branch and no address depends on a value. gnark-crypto's field, whose
// element type this package shares, reduces sums under a branch and inverts by a
// variable number of steps; and its Montgomery multiplication is made for any
// prime of four limbs, where this one uses that p has two non-zero limbs: 20
// word products instead of 32.
//
// On amd64 with ADX and BMI2 multiplication is assembly; elsewhere, and with
// the build tag purego, it is portable Go, whose 64-bit products are
// constant-time on every platform with a native multiplication.
package field
