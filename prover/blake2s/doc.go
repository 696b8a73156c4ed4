// Package blake2s holds the BLAKE2s-256 compression function on words, for the
// prover's hot loops: Merkle leaves, Merkle nodes and proof of work.
//
// It allocates nothing and works on states and messages as 32-bit words (the
// bytes read little-endian), which is how the prover holds field elements. For
// hashing a byte stream, use golang.org/x/crypto/blake2s; the tests check this
// package against it.
//
// Source: RFC 7693.
package blake2s

//go:generate go run -C ../internal/gen ./blake2s -go ../../blake2s/compress_generic.go -out ../../blake2s/kernels_amd64.s -stubs ../../blake2s/kernels_amd64.go -pkg blake2s
