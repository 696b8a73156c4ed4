package history

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
)

// Chain is what a scan reads; [chain.Client] is one.
type Chain interface {
	Latest(ctx context.Context) (chain.Block, error)
	Block(ctx context.Context, number uint64) (chain.Block, error)
	Events(ctx context.Context, f chain.Filter) iter.Seq2[abi.Event, error]
}

// Book is what scans have collected: the events of all blocks from From up to before Next.
// The zero value is empty.
type Book struct {
	Contracts Contracts
	Account   felt.Felt
	From      uint64 // first block that is read
	Next      uint64 // block to continue with; zero before the first scan
	Payer     bool   // payments that the account made are collected as well
	Events    []Event
	// Anchor is a block below Next that was read; a chain on which it has another hash is another one.
	Anchor     uint64
	AnchorHash felt.Felt
	// Known are amounts that were decrypted before.
	Known map[Lock]uint64
	// Found is the private balance when it was last recovered, in units: of use while its hint does not open.
	Found uint64
	// Times of blocks that were asked for before, in Unix seconds.
	Times map[uint64]int64
}

const (
	// margin is how many blocks at the end are read again by the next scan: a reorganisation of L2 as deep is
	// noticed by nobody.
	margin = 64
	// stride is how many blocks are read at once.
	stride = 50_000
	// maxEvents bounds what a node can make us keep.
	maxEvents = 1 << 22
	// retries bounds how often a scan begins anew because the chain was reorganised meanwhile.
	retries = 3
)

// ErrReorganised says that the chain changed again and again during a scan.
var ErrReorganised = errors.New("history: the chain is being reorganised; try again later")

// Scan reads on to the latest block. The book is consistent whenever step is called and when Scan
// returns, also with an error or when ctx ends, so that the next scan continues there. step, which may be nil, is
// told how many of how many blocks are read; its error ends the scan.
func (b *Book) Scan(ctx context.Context, c Chain, step func(done, total uint64) error) error {
	for range retries {
		head, err := c.Latest(ctx)
		if err != nil {
			return err
		}
		if err := b.rewind(ctx, c, head.Number); err != nil {
			return err
		}
		if err := b.read(ctx, c, head, step); err != nil {
			return err
		}
		now, err := c.Block(ctx, head.Number)
		switch {
		case errors.Is(err, chain.ErrNotFound):
		case err != nil:
			return err
		case now.Hash == head.Hash:
			return nil
		}
	}
	return ErrReorganised
}

// rewind forgets the last blocks, or all of them when the chain is not the one that was read.
func (b *Book) rewind(ctx context.Context, c Chain, head uint64) error {
	if b.Next <= b.From {
		b.forget(b.From)
		return nil
	}
	same := false
	if b.Anchor <= head {
		at, err := c.Block(ctx, b.Anchor)
		if err != nil && !errors.Is(err, chain.ErrNotFound) {
			return err
		}
		same = err == nil && at.Hash == b.AnchorHash
	}
	if !same {
		b.forget(b.From)
		return nil
	}
	b.forget(min(b.Next, b.Anchor+1))
	return nil
}

// forget drops what was read of the blocks from next on.
func (b *Book) forget(next uint64) {
	b.Next = next
	var kept []Event
	for _, e := range b.Events {
		if e.BlockNumber < next {
			kept = append(kept, e)
		}
	}
	b.Events = kept
	for number := range b.Times {
		if number >= next {
			delete(b.Times, number)
		}
	}
}

func (b *Book) read(ctx context.Context, c Chain, head chain.Block, step func(done, total uint64) error) error {
	begin := b.Next
	for b.Next <= head.Number {
		to := min(head.Number, b.Next+stride-1)
		var part []Event
		for _, f := range filters(b.Contracts, b.Account, b.Payer) {
			f.From, f.To = b.Next, to
			var page []abi.Event
			for e, err := range c.Events(ctx, f) {
				if err != nil {
					return err
				}
				if !selects(f, e) {
					return fmt.Errorf("%w: an event that was not asked for, of %s in block %d", chain.ErrMalformed, e.From.String(), e.BlockNumber)
				}
				if b.concerns(e, f) {
					page = append(page, e)
				}
				if len(b.Events)+len(part)+len(page) > maxEvents {
					return fmt.Errorf("%w: more than %d events of one account", chain.ErrMalformed, maxEvents)
				}
			}
			part = append(part, number(page)...)
		}
		if err := b.anchor(ctx, c, to); err != nil {
			return err
		}
		b.Events, b.Next = append(b.Events, part...), to+1
		if step != nil {
			if err := step(b.Next-begin, head.Number+1-begin); err != nil {
				return err
			}
		}
	}
	return nil
}

// anchor remembers a block so far below the last one that it will hardly be undone.
func (b *Book) anchor(ctx context.Context, c Chain, last uint64) error {
	at := max(last, b.From+margin) - margin
	if at <= b.Anchor && b.AnchorHash != (felt.Felt{}) && b.Next > b.From {
		return nil
	}
	block, err := c.Block(ctx, at)
	if err != nil {
		return err
	}
	b.Anchor, b.AnchorHash = at, block.Hash
	return nil
}

// concerns drops what a filter lets through of others.
func (b *Book) concerns(e abi.Event, f chain.Filter) bool {
	if !b.Payer || f.Contract != b.Contracts.Privacy || len(f.Keys) != 1 {
		return true
	}
	for _, value := range append(append([]felt.Felt{}, e.Keys...), e.Data...) {
		if value == b.Account {
			return true
		}
	}
	return false
}

// Ledger is the account's history as far as it was read.
func (b *Book) Ledger() *Ledger { return Fold(b.Contracts, b.Account, b.Events) }

// Learn remembers the amounts that the ledger has opened.
func (b *Book) Learn(l *Ledger) {
	if b.Known == nil {
		b.Known = make(map[Lock]uint64)
	}
	for _, p := range l.Payments {
		if p.Opened {
			b.Known[p.Lock()] = p.Units
		}
	}
}

// Time is the time of a block that was read.
func (b *Book) Time(ctx context.Context, c Chain, number uint64) (time.Time, error) {
	if t, known := b.Times[number]; known {
		return time.Unix(t, 0).UTC(), nil
	}
	block, err := c.Block(ctx, number)
	if err != nil {
		return time.Time{}, err
	}
	if b.Times == nil {
		b.Times = make(map[uint64]int64)
	}
	b.Times[number] = block.Timestamp.Unix()
	return block.Timestamp, nil
}

// All makes the next scan read the payments that the account made as well, from the first block on.
func (b *Book) All() {
	if !b.Payer {
		b.Payer = true
		b.forget(b.From)
	}
}
