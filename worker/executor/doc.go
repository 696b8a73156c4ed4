// Package executor takes attempts of jobs from offer to payment.
//
// # The way of one attempt
//
// offered → checked → accepted → executed → proven → uploaded → submitted → paid, one
// [journal.Record] per attempt, made durable after every step. Accepting is what makes the worker
// liable; before it, everything the coordinator said is recomputed or read from the chain: the
// specification's hash, the input commitment, the amount in the escrow, the terms. After it, the
// chain is the only authority: a coordinator that takes an attempt back cannot take back the
// liability, so the worker goes on as long as the chain shows the attempt as its own.
//
// # Crashes
//
// A killed worker resumes from its records. Every step looks at the chain before it sends, and a
// transaction whose outcome is unknown is looked up, not repeated: accept and submit_result take
// effect at most once on-chain, and [Chain] implementations make sure that one intent is one signed
// transaction.
//
// # Failure
//
// Before accept, giving up costs nothing and is said to the coordinator, which cancels. After accept,
// a worker that cannot finish hands the attempt back for a small fee rather than let it time out. A
// panic while computing counts as failure of that attempt alone. After several failures in a row
// the circuit breaker opens and offers are declined for a while.
package executor
