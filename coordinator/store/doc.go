// Package store keeps what the coordinator must not forget: jobs, attempts, leases, events, workers,
// signed transactions, faucet grants and the index of blobs.
//
// [Store] is an interface; package sqlite is the driver for one coordinator, and package storetest
// holds the conformance suite that every driver passes. All changes happen in [Store.Update]: one
// serialisable transaction that also takes the background tasks which the change calls for
// ([Tx.Enqueue]), so that a change and its consequences are durable together or not at all.
//
// The functions [Claim], [Advance], [Drop], [Refresh] and [Close] are the only ways to change the
// state of a job or an attempt; they keep the transition table of package job, write an [Event] for
// every change, and recompute the job's own state from its attempts ([Derive]).
//
// The chain is the truth about attempts; rows here say what was seen of it, and hold what the chain
// does not know: prices, leases, escrow tuples and hashes of transactions on their way.
//
// # Secrets
//
// The price of a job is known to its owner alone. [Price] never prints itself. Database files are
// created with mode 0600.
package store
