// Package operator is what the programs share that knows of wallets and networks: how a role's wallet is
// made, restored and opened, and where a network's profile is found.
package operator
