// Package prove produces STARK proofs of Stwo's protocol (crate stwo 2.3.0,
// Blake2s Merkle channel) for any AIR of package air.
//
// The steps of [Prove], numbered in its code, are:
//
//  1. For each of the AIR's trees: take the columns from the caller, interpolate,
//     commit, mix the root; draw the AIR's challenges after the tree it names. The
//     preprocessed columns and those of lookups follow from the AIR.
//  2. Draw the composition coefficient; for each size of components, evaluate the
//     constraints' combination on twice the trace domain, divide by its vanishing
//     polynomial, interpolate, lift to the largest size; commit to the two halves of
//     the sum.
//  3. Draw the out-of-domain point, sample all columns there from their
//     coefficients, mix the samples.
//  4. Draw the quotient coefficient, combine the quotients, run FRI's commitments.
//  5. Grind the proof of work and draw the queries.
//  6. Open all trees and FRI layers at the queries.
//
// The bytes equal those of the Rust crate's prover for the same trace and
// transcript, the nonce included.
package prove
