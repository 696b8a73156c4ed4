// Package privacy is a private account over the PrivacyRouter contract: it
// reads the account's state from the chain, decrypts it with the owner's key,
// and builds the calls that move it. It joins elgamal (proofs) and chain
// (bindings); it sends nothing itself: the caller puts the calls into a
// transaction.
//
// A balance is decrypted from the hint stored beside it. When the hint does not
// open, a discrete logarithm is searched up to [RecoveryBound], and by
// [Account.Recover] up to all units there are. Pending credits and payments are
// 32-bit halves with a ciphertext each and need no hint: the halves of a payment are
// found in milliseconds each, whatever the payer wrote.
//
// Every call is made for the state that was just read: balance and nonce change
// only by the owner's own calls, so a call stays valid until the owner makes
// another one. Calls of one account must therefore be made one after the other,
// or as a [Sequence], each for the state that the one before it will leave: a
// sequence goes into one transaction, all or nothing.
package privacy
