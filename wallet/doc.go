// Package wallet makes, derives and keeps keys.
//
// One mnemonic of 24 words (BIP-39, empty passphrase) gives the three keys of a person's roles, along
// BIP-44 paths under Starknet's coin type 9004, each ground to a scalar of the STARK curve as
// Starknet wallets do. Each key lies in a keystore file of its own (Web3 Secret Storage, version 3),
// mode 0600. Nothing in this package prints or logs a secret.
package wallet
