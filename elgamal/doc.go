// Package elgamal is the cryptography of SAGE's private payments: exponential
// ElGamal encryption on the STARK curve and the zero-knowledge proofs that the
// PrivacyRouter contract verifies. It is pure: bytes and felts in, values out;
// no network, disk, log or clock.
//
// # What it proves
//
// Amounts are integers of a private unit (10^9 wei of SAGE) below 2^64. A
// balance is a [Ciphertext] under its owner's key. Each statement is one
// generalised Schnorr proof, made non-interactive by a Poseidon transcript that
// covers every public input and every value that the prover supplies:
//
//   - [ProveRegister]: the owner knows the secret key of P.
//   - [ProvePay]: two 32-bit halves encrypt one amount to payer, worker and
//     auditor, and the payer's balance covers it.
//   - [ProveWithdraw]: the balance covers a public amount.
//   - [ProveRagequit]: the balance is exactly a public amount.
//   - [ProveRotation]: the auditor knows the secret key of its next public key.
//
// docs/payments.md lists every transcript felt by felt with its argument.
//
// # Assumptions
//
// Confidentiality: DDH in the STARK curve (about 126 bits). Soundness: discrete
// logarithm (nobody knows log_G H), Poseidon as a random oracle, 128-bit
// challenges. Hints: Diffie–Hellman with HKDF-SHA256 and ChaCha20-Poly1305.
//
// # Warning
//
// Secrets are multiplied in constant time (packages curve and field); what is left
// to see is listed in docs/payments.md. Verification and discrete logarithms are
// not. Secrets are not wiped from memory. Make proofs on a machine that the key's
// owner controls, and do not offer proving or decryption as a service to others.
package elgamal
