// Package curve is constant-time arithmetic on the STARK curve y² = x³ + x + b.
//
// Scalars are recoded into digits of ±1, ±3, …, ±31, none of which is zero, and a
// digit's multiple is picked by reading the whole row of the table. The number and kind of
// the additions is the same for every scalar.
//
// Within a multiplication points are in Jacobian coordinates (x/z², y/z³), whose formulas
// leave out equal summands and O: [Table.Mul] and [Multiples.Mul] say why their
// digits lead to neither, whatever the scalar. Where a sum may be any, points are in
// homogeneous coordinates, (X : Y : Z) = (X/Z, Y/Z) and O = (0 : 1 : 0), and added by
// complete formulas (Renes, Costello, Batina 2016, algorithms 1 and 2): one sequence of field
// operations for every pair of points, O and equal points included.
//
// On amd64 with BMI2 and AVX2 each addition, each run of doublings and each choice from a
// row is one function in assembly, written by prover/internal/gen; the portable functions
// of this package are their definition. Intermediate values are not reduced there: the
// generator knows the interval of each and refuses to write one that could outgrow its
// limbs. Results are. Besides the instructions of package field, the kernels use shifts, IMUL,
// CMOV, and vector comparisons and masks, whose time depends on no operand either.
//
// What is left to see for somebody who shares the machine: that a scalar is
// multiplied, not which one.
package curve

//go:generate go run -C ../../prover/internal/gen ./curve -out ../../../elgamal/curve/kernels_amd64.s -stubs ../../../elgamal/curve/kernels_amd64.go -pkg curve
