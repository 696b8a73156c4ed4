package proof

import "errors"

// Errors that the package's decoders wrap.
var (
	// ErrMalformed: the bytes are not a well-formed proof: a wrong count, a
	// word outside its range, unused bits set, a configuration outside its limits.
	ErrMalformed = errors.New("malformed proof")
	// ErrTooLarge: the proof, or what it unpacks to, exceeds a size limit.
	ErrTooLarge = errors.New("proof too large")
	// ErrUnknownAIR: the AIR or its version is not one that this build knows.
	ErrUnknownAIR = errors.New("unknown AIR")
)
