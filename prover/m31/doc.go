// Package m31 implements the Mersenne prime field F_p with p = 2³¹ − 1 and
// its degree-four extension, the two fields of the Circle STARK.
//
//   - [Element] is an element of M31, held canonically in [0, p).
//   - [CM31] is M31[i] with i² = −1.
//   - [QM31] is CM31[u] with u² = 2 + i; its 2¹²⁴ elements carry the
//     verifier's challenges.
//
// Every function takes and returns canonical values. Words that come from
// outside (a proof, a file) must pass [Canonical] first: the functions here do
// not check, and a word ≥ p gives wrong results.
//
// Nothing here is constant time: the prover's values are not secret.
//
// Source: U. Haböck, D. Levit, S. Papini, "Circle STARKs" (eprint 2024/278).
package m31
