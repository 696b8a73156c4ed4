// Package chosen is the way for tests to a prover whose randomness they choose, as a hostile payer does: the contracts
// must hold against ciphertexts that cancel each other. The library draws its own randomness and takes none from its
// callers; package elgamal leaves the prover here, and no other package but tests may import this one, which a test
// of package layout sees to.
package chosen

// ProvePay is a
//
//	func(st elgamal.PayStatement, key elgamal.SecretKey, balance, amount uint64, r [2]elgamal.Scalar) (*elgamal.Payment, error)
//
// that makes a payment whose halves have the randomness r, without asking whether the statement is true. It is set
// when package elgamal is part of the program.
var ProvePay any
