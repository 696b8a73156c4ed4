// Package verify checks STARK proofs of Stwo's protocol (crate stwo 2.3.0,
// Blake2s Merkle channel).
//
// It shares no code with the prover's commitment, FRI and quotient code, only
// the field, the circle group, the transcript and the AIR, so a mistake would
// have to be made twice to go unnoticed.
//
// What a caller must bring itself, and never take from the proof: the AIR, the
// configuration, the roots that it knows, and a transcript into which its
// statement was mixed. For an AIR with lookups the prover sends claimed sums beside
// the proof; they have to balance, or the caller judges them. [Verify] checks, in
// this order: the configuration, every count and every word (before anything is
// hashed), the known roots, the interaction's proof of work, the balance of the
// claimed sums, the constraints at the out-of-domain point, the FRI layers' commitments, the proof
// of work, the Merkle paths of the queried rows, and the FRI folding.
//
// The time and memory that a proof can cost are bounded by the AIR and the
// configuration, not by the proof. No input makes the package panic.
//
// Soundness rests on FRI's proximity conjectures; docs/security.md states how
// many bits the configurations give, and under which assumption.
package verify
