// Package scenario is the main job of the network in ten steps, from an empty wallet to a private
// payment and a slashing. Each step does what an operator does, with the programs an operator runs,
// and then checks on the chain that it happened: a step that returns no error is true.
//
// `make run` narrates it; the end-to-end tests run it and look further.
package scenario
