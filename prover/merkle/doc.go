// Package merkle is the prover's side of Stwo's lifted Merkle trees: it builds
// trees from leaves that arrive in runs, keeps only their upper layers, and
// opens leaves.
//
// A leaf is the hash of the column values at one position, or of several
// consecutive positions ("packed", in FRI layers), each a little-endian word. A
// node is the hash of its two children. There are no prefixes: leaves and nodes
// are told apart by the height, which the verifier fixes.
//
// All columns have the same length here: package lde lifts shorter ones as Stwo
// does. Verification lives in package verify.
//
// Source: crate stwo 2.3.0, vcs_lifted with Blake2s-256.
package merkle
