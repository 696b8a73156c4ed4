package history

import (
	"context"
	"errors"
	"fmt"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/elgamal"
)

// Setting is what hints are bound to.
type Setting struct {
	ChainID, Contract, Asset felt.Felt
}

// Search finds the amount of a payment without its hint; [elgamal.Solver] is one.
type Search interface {
	Payment(ctx context.Context, key elgamal.SecretKey, lo, hi elgamal.Ciphertext) (uint64, error)
}

// batch is how many payments are opened between two looks at progress.
const batch = 1024

// Open decrypts the payments of the ledger that known does not have: by their hints, then by search.
// progress, which may be nil, is told how many of how many are done. The amounts of payments that no
// amount decrypts stay unknown: the contract locks none, so a node invented them.
func (l *Ledger) Open(ctx context.Context, at Setting, key elgamal.SecretKey, search Search, known map[Lock]uint64, progress func(done, total int)) error {
	var closed []*Payment
	for i := range l.Payments {
		p := &l.Payments[i]
		if p.Units, p.Opened = known[p.Lock()]; !p.Opened {
			closed = append(closed, p)
		}
	}
	for done := 0; done < len(closed); {
		part := closed[done:min(done+batch, len(closed))]
		if err := openBatch(ctx, at, key, search, part); err != nil {
			return err
		}
		done += len(part)
		if progress != nil {
			progress(done, len(closed))
		}
	}
	return nil
}

func openBatch(ctx context.Context, at Setting, key elgamal.SecretKey, search Search, part []*Payment) error {
	var mine []*Payment
	var seen []elgamal.Sighting
	for _, p := range part {
		s, err := sighting(at, p)
		if err != nil {
			continue
		}
		if p.ToMe {
			mine, seen = append(mine, p), append(seen, s)
			continue
		}
		p.Units, err = s.Statement.OpenAsPayer(key, s.Lo, s.Hi, elgamal.Hint(p.ownHint))
		if errors.Is(err, elgamal.ErrHint) {
			p.Units, err = search.Payment(ctx, key, s.Lo.ForPayer(), s.Hi.ForPayer())
		}
		p.Opened = err == nil
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	opened, err := elgamal.OpenAll(ctx, key, seen)
	if err != nil {
		return err
	}
	for i, o := range opened {
		p := mine[i]
		if p.Units, p.Opened = o.Units, o.Err == nil; p.Opened {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		p.Units, err = search.Payment(ctx, key, seen[i].Lo.ForWorker(), seen[i].Hi.ForWorker())
		p.Opened = err == nil
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// sighting is the payment as elgamal opens it.
func sighting(at Setting, p *Payment) (elgamal.Sighting, error) {
	e, err := elgamal.ParseEscrow(abi.Encode(p.escrow.Encode))
	if err != nil {
		return elgamal.Sighting{}, fmt.Errorf("history: %w", err)
	}
	payer, err := elgamal.NewPublicKey(e.PayerKey.X(), e.PayerKey.Y())
	if err != nil {
		return elgamal.Sighting{}, err
	}
	worker, err := elgamal.NewPublicKey(e.WorkerKey.X(), e.WorkerKey.Y())
	if err != nil {
		return elgamal.Sighting{}, err
	}
	return elgamal.Sighting{
		Statement: elgamal.PayStatement{
			Context:  elgamal.Context{ChainID: at.ChainID, Contract: at.Contract, Asset: at.Asset, Caller: e.Payer, Nonce: p.nonce},
			PayerKey: payer, WorkerKey: worker, JobID: e.JobID, Attempt: e.Attempt,
		},
		Lo: e.Lo, Hi: e.Hi, Hint: elgamal.Hint(p.hint),
	}, nil
}
