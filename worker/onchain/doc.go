// Package onchain is the executor's view of the contracts, and its transactions, through the contract
// bindings. All reads of one view are of one block that is accepted on L2.
package onchain
