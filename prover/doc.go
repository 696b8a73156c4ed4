// Package prover proves matrix products with a Circle STARK and verifies such
// proofs. It speaks the protocol of the Rust crate stwo 2.3.0 with Blake2s, so
// proofs can be exchanged with that crate.
//
// A proof shows C = A·B over M31 = Z/(2³¹ − 1) for matrices that are bound by
// the roots of their column trees, and it is bound to one [Statement]: the job,
// the attempt, the worker, the contract and the chain. [Verify] takes the
// statement from its caller, never from the file, so a copied proof verifies for
// nobody else.
//
// What a proof does not show: that the roots belong to particular matrices
// (whoever relies on inputs or results recomputes their roots), that the product
// holds over the integers (check n·max|A|·max|B| < 2³⁰ first), and nothing is
// hidden: proofs reveal values of the columns. docs/security.md states how many
// bits of soundness the configuration gives, and under which assumption.
//
// The package and everything below it is pure: no network, no disk, no clock, no
// logging.
package prover
