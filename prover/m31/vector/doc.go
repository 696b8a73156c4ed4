// Package vector computes on vectors over M31, its extension QM31 and CM31: the
// inner loops of the prover.
//
// A vector over M31 is a slice of [m31.Element]; one over QM31 is [Secure], four
// slices of coordinates; one over CM31 is two slices. All operands of a call have
// the length of dst and canonical elements, and so has the result; a call with
// other lengths panics. dst may be one of the operands but must not overlap one
// otherwise.
//
// A call is best given 256 elements or more. It splits long vectors, so that the
// scheduler need not wait for it.
package vector

//go:generate go run -C ../../internal/gen ./vector -out ../../m31/vector/kernels_amd64.s -stubs ../../m31/vector/kernels_amd64.go -pkg vector
