package elgamal

import "errors"

// Errors that callers may tell apart with errors.Is.
var (
	// ErrPoint: coordinates are not on the curve, or the identity stands where it must not.
	ErrPoint = errors.New("elgamal: invalid point")
	// ErrKey: a secret key is zero or not below the curve order.
	ErrKey = errors.New("elgamal: invalid key")
	// ErrEncoding: a felt sequence is not the canonical encoding of what it should hold.
	ErrEncoding = errors.New("elgamal: invalid encoding")
	// ErrProof: a proof does not verify for its statement.
	ErrProof = errors.New("elgamal: proof does not verify")
	// ErrInsufficient: the amount exceeds the balance.
	ErrInsufficient = errors.New("elgamal: insufficient balance")
	// ErrAmount: an amount is zero where it must not be, or too large.
	ErrAmount = errors.New("elgamal: invalid amount")
	// ErrHint: a hint does not open, or opens to a value that the ciphertext does not hold.
	ErrHint = errors.New("elgamal: hint does not open the ciphertext")
	// ErrNotFound: a discrete logarithm is not within the searched bound.
	ErrNotFound = errors.New("elgamal: value not within the search bound")
	// ErrMismatch: the value claimed is not what the ciphertext holds under this key.
	ErrMismatch = errors.New("elgamal: ciphertext does not hold this value under this key")
)
