// Package onchain connects the coordinator's rooms to Starknet: it implements settle.Chain, the registry
// of workers, the blocks of synthetic jobs and the faucet's bank with the generated bindings, the
// account's sender and its private account. Everything it sends goes through one account and one journal,
// which lies in the store.
package onchain
