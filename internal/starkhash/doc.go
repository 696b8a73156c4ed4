// Package starkhash holds the hashes and signatures that Starknet contracts can check:
//
//   - Poseidon over the STARK field, the hash of two values ([Poseidon]) and of a list ([PoseidonMany]), equal
//     to Cairo's core::poseidon;
//   - Pedersen, for addresses of contracts ([Pedersen], [PedersenMany], [ContractAddress]);
//   - sn_keccak, for selectors of entry points, events and types ([Keccak], [Selector]);
//   - SNIP-12 revision 1 typed-data hashes ([Domain], [StructType], [MessageHash]);
//   - ECDSA on the STARK curve with deterministic nonces of RFC 6979 ([PrivateKey.Sign], [PublicKey.Verify]).
//
// The package is pure: no I/O, no clock, no logging. Field elements are [felt.Felt] values.
//
// # Security
//
// Verification is stricter than core::ecdsa::check_ecdsa_signature (it refuses non-canonical r and s), so that
// whatever is accepted here is accepted on-chain, but for one value: the contract does not look at which of the two
// points with the public key's x was used, and neither does [PublicKey.Verify]. ECDSA signatures are malleable:
// (r, s) and (r, n-s) are both valid, so a signature must never be used as an identifier.
//
// The group arithmetic of the library underneath is not constant-time. A key must not be used where an
// adversary can time single signatures on the same processor.
package starkhash
