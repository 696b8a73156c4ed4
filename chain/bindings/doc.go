// Package bindings holds one Go type for each of the project's contracts, generated from the ABIs of the compiled classes
// in contracts/artifacts.
//
// A binding is made with an address and an abi.Reader. Its methods with a context read state; the others build an
// abi.Call that the caller puts into a transaction, alone or with others. Structs and enums that several contracts share
// exist once. u256 is abi.U256 and u128 is abi.U128, both big-endian bytes, so that hashes and amounts convert
// without loss; felt252, addresses and class hashes are felt.Felt.
package bindings

//go:generate go run ../abigen -artifacts ../../contracts/artifacts -out . -package bindings
