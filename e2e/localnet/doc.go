// Package localnet runs a whole SAGE network on one machine, with every part real: a Starknet devnet
// with the contracts deployed, validators, a coordinator and workers, each of them the program an
// operator would start, with a home folder, keys and logs of its own.
//
// It is what `make run`, the end-to-end tests and e2e/env.sh stand on.
package localnet
