// Package account is what an operator does with a worker's account: asks for test tokens, stakes,
// registers, looks at balances, claims payments and takes the stake back.
//
// Each flow looks at the chain first, so that it can name what there is and what is needed before
// anything is sent, and is decided anew when the account's state moved on in between. What it builds
// goes out in one transaction, all or none.
package account
