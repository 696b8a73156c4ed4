// Package sample is a small contract with every shape of value and event that the bindings know, for tests: its source
// in contract, its compiled class, and the bindings generated from it.
package sample

import _ "embed"

//go:generate go run ../../abigen -artifacts artifacts -out . -package sample

// Sierra is the contract's class.
//
//go:embed artifacts/Sample.sierra.json
var Sierra []byte

// CASM is the compiled class of Sierra.
//
//go:embed artifacts/Sample.casm.json
var CASM []byte
