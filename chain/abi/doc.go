// Package abi holds what the generated contract bindings are made of: calls, events, and Cairo's serialisation of values
// to field elements.
//
// The serialisation is Cairo's Serde: integers and addresses are one element, u256 two (low, high), arrays are
// prefixed with their length, enums with the index of the variant. [Decoder] is strict, since what it reads may come from
// anybody's contract or a lying node: every number is checked against its type, every length against the elements
// that are left, and elements that remain at the end are an error.
//
// The package does no I/O; [Reader] is the interface that the client in package chain provides.
package abi
