// Package pcs is the prover's side of the polynomial commitment scheme around
// FRI: it turns out-of-domain samples into quotients of low degree and grinds the
// proof of work.
//
// Source: crate stwo 2.3.0; DEEP quotients over the circle are described in
// U. Haböck, D. Levit, S. Papini, "Circle STARKs" (eprint 2024/278).
package pcs
