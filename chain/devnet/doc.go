// Package devnet runs a local Starknet, starknet-devnet, for tests and for networks on one machine.
//
// Start finds the program (see package toolchain), starts it on a free port of the loopback interface and waits until it
// answers. Blocks are made at each transaction and, so that time moves, at a steady tick besides. Stop ends it; it also ends
// when the process that started it dies.
package devnet
