// Package deploy puts the contracts on a chain, wires them to each other, seats the first validators, and writes the
// network's profile.
//
// Every step looks at the chain first and does only what is missing, so that Run may be called again after a failure at any
// point, or on a network that is complete. Addresses depend on the owner's account, the salt, the class and the
// parameters alone: the same call finds the same contracts.
package deploy
