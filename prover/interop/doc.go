// Package interop holds the instances on which package prover and the Rust crate
// stwo 2.3.0 must agree: AIRs in chosen sizes and configurations with traces that
// both sides build from the same few numbers.
//
// The Rust side is the program in this folder, described in README.md with every
// AIR. testdata holds the crate's proofs of the instances of [Golden]. Command
// prover/cmd/interop runs both sides live.
package interop
