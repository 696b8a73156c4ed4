// Package e2e tests the network as its operators run it: real programs on a real Starknet devnet.
// The tests stand behind the build tag e2e; `make e2e` builds what they need.
package e2e
