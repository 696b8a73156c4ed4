// Package history reads what has happened to a private account, and to the worker
// that owns it, from the events of the contracts: from the key and the address alone.
//
// The core is pure. [Fold] turns events into a [Ledger]; their order does not matter,
// nor does it whether some come twice. [Ledger.Open] decrypts the payments: by their
// hints all at once, and limb by limb by a discrete logarithm where a hint lies, which
// costs milliseconds and never money: a hint is only believed when both halves of the
// ciphertext decrypt to it. [Ledger.Holds] gives the units that the account must have by
// then; the caller compares it with the ciphertext on the chain.
//
// [Book] is what a scan has collected. It goes on where it ended, reads the last blocks
// again, and starts anew when the chain is not the one that it remembers. [File] keeps it
// between runs, sealed under a key that is derived from the account's secret: it holds
// prices. A file that is damaged, or another account's, is rebuilt from the chain.
//
// A node can leave events out or invent some; then the ledger is wrong, which
// [Ledger.Calls] against the account's nonce mostly shows. No payment depends on it.
package history
