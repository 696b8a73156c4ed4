// Package chain speaks with Starknet: it reads contracts, blocks, events and receipts through a JSON-RPC node, and sends
// transactions from an account.
//
// [Client] reads. A binding of package bindings is made with a Client, or with [Client.At] for a fixed block:
//
//	jobs := bindings.NewJobManager(address, client)
//	job, err := jobs.Job(ctx, id)
//
// [Sender] writes: one lock per account, fees estimated with head-room, and a [Journal] that holds the signed bytes of
// every transaction before they are broadcast, so that a crash at any point neither loses nor doubles one:
//
//	receipt, err := sender.Send(ctx, token.Approve(to, amount), staking.Stake(amount, tier))
//
// # Trust
//
// The node is trusted to tell the truth about the chain, but not to be well-formed: every answer is checked before use.
// State is read at the latest block that Starknet has accepted on L2; only such receipts count.
package chain
