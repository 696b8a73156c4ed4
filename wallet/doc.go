// Package wallet makes, derives and keeps the secret keys of one participant.
//
// Three STARK-curve keys come from one mnemonic of 24 words (BIP-39, empty passphrase) along the path
// m/44'/9004'/0'/0/i (BIP-32, BIP-44), each ground to the curve's order as Starknet wallets do: the account's key, the
// ElGamal key that amounts are encrypted to, and the key that a validator votes with. Each is kept in a file of its own in
// the Web3 Secret Storage format, version 3, which starkli and Ethereum's tools open. The node key, by which peers know a
// process, is random and has its own file.
//
// # Security
//
// Files have mode 0600, are written atomically, and are refused when others may read them. Keys, mnemonics and passwords
// hide themselves from every way of printing and logging. What a Go program has held may stay in its memory after use: a
// machine whose memory others can read is out of scope.
package wallet
