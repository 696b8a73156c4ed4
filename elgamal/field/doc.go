// Package field is constant-time arithmetic modulo the STARK prime
// p = 2^251 + 17·2^192 + 1, for scalar multiplications with secret scalars.
//
// No branch and no address depends on a value. gnark-crypto's field, whose
// element type this package shares, reduces sums under a branch and inverts by a
// variable number of steps; and its Montgomery multiplication is made for any
// prime of four limbs, where this one uses that p has two non-zero limbs: 20
// word products instead of 32, and 14 for a square.
//
// On amd64 with BMI2 products and squares are assembly, written by
// prover/internal/gen; elsewhere, and with the build tag purego, they are portable Go,
// which is their definition. Both consist of multiplications (MULX), additions with carry
// (ADC), subtractions, and masks, whose time depends on no operand on
// amd64 and on every other platform with a native multiplication.
package field

//go:generate go run -C ../../prover/internal/gen ./field -out ../../../elgamal/field/kernels_amd64.s -stubs ../../../elgamal/field/kernels_amd64.go -pkg field
