// Package proof holds the types of a STARK proof and its three encodings.
//
//   - [StarkProof], [Config]: the proof of Stwo's protocol (crate stwo 2.3.0,
//     Blake2s Merkle channel) as plain data.
//   - [EncodeJSON], [DecodeJSON]: the serde JSON of the Rust crate, for
//     exchange with it.
//   - [Pack], [Unpack]: the proof as Starknet field elements, densely packed;
//     [PackedCommitment] is their Poseidon hash. [PackWithLookups] and
//     [UnpackWithLookups] also take the claimed sums of an AIR with lookups.
//   - [Seal], [Open]: the proof file: an envelope with the AIR's identity, the
//     configuration and the public inputs, compressed with Zstandard.
//
// Every decoder treats its input as hostile: counts are checked before memory
// is allocated for them, every field word is below 2³¹ − 1, unused bits are
// zero, and what was decoded encodes to the same bytes again. Decoding says
// nothing about truth: package verify does.
package proof
