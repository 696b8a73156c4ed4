// Package operator is what a person does with a worker's account: asks for test tokens, stakes,
// registers, looks at balances, claims payments, takes the stake back.
//
// Every operation looks at the chain first and says both amounts when one is too small. Sending is
// safe to repeat: a transaction whose outcome was unknown is brought to its end before another one
// is made, and the operation then decides anew.
package operator
