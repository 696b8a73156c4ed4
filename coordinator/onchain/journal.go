package onchain

import (
	"context"
	"encoding/json"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/coordinator/store"
)

// Journal keeps an account's signed transactions in the store. Its lock excludes senders of this
// process; other processes are kept out by the store itself, and must not use the account elsewhere.
type Journal struct {
	store   store.Store
	account felt.Felt
	turn    chan struct{}
}

var _ chain.Journal = (*Journal)(nil)

// NewJournal makes the journal of an account. Make only one for each.
func NewJournal(s store.Store, account felt.Felt) *Journal {
	return &Journal{store: s, account: account, turn: make(chan struct{}, 1)}
}

// Lock implements chain.Journal.
func (j *Journal) Lock(ctx context.Context) (func(), error) {
	select {
	case j.turn <- struct{}{}:
		return func() { <-j.turn }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (j *Journal) update(ctx context.Context, fn func(store.Tx) error) error {
	return j.store.Update(ctx, fn)
}

func (j *Journal) row(e chain.Entry) store.Transaction {
	return store.Transaction{
		Account: j.account, Hash: e.Hash, Nonce: e.Nonce, Method: e.Method, Param: e.Param,
		Signed: e.Transaction, Purpose: e.Purpose, Block: e.Block, Accepted: e.Accepted,
	}
}

// Put implements chain.Journal.
func (j *Journal) Put(ctx context.Context, e chain.Entry) error {
	return j.update(ctx, func(tx store.Tx) error { return tx.PutTransaction(ctx, j.row(e)) })
}

// Open implements chain.Journal.
func (j *Journal) Open(ctx context.Context, from uint64) (entries []chain.Entry, err error) {
	err = j.store.View(ctx, func(r store.Reader) error {
		rows, err := r.OpenTransactions(ctx, j.account, from)
		for _, t := range rows {
			entries = append(entries, chain.Entry{
				Nonce: t.Nonce, Hash: t.Hash, Method: t.Method, Param: t.Param, Transaction: json.RawMessage(t.Signed),
				Purpose: t.Purpose, Block: t.Block, Accepted: t.Accepted,
			})
		}
		return err
	})
	return entries, err
}

// Accept implements chain.Journal.
func (j *Journal) Accept(ctx context.Context, e chain.Entry, block uint64) error {
	row := j.row(e)
	row.Block, row.Accepted = block, true
	return j.update(ctx, func(tx store.Tx) error { return tx.PutTransaction(ctx, row) })
}

// Delete implements chain.Journal.
func (j *Journal) Delete(ctx context.Context, e chain.Entry) error {
	return j.update(ctx, func(tx store.Tx) error { return tx.DeleteTransaction(ctx, j.account, e.Hash) })
}

// Prune implements chain.Journal.
func (j *Journal) Prune(ctx context.Context, block uint64, keep int) error {
	return j.update(ctx, func(tx store.Tx) error { return tx.PruneTransactions(ctx, j.account, block, keep) })
}
