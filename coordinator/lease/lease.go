// Package lease keeps the leases of workers on attempts: a worker holds one as long as its heartbeats
// come.
//
// Heartbeats are collected in memory and written in batches ([Keeper.Flush]); a lease runs from the
// last heartbeat, not from the last write. A lease that ran out ([Keeper.Sweep]) is marked lost: its
// token is refused from then on, an offer is withdrawn, and an accepted attempt is hedged. The clock is
// the database's.
package lease

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/coordinator/store"
)

// Times of the protocol. A silent worker is replaced within Length plus a few seconds.
const (
	// Length of a lease: after so long without a heartbeat a worker is offline.
	Length = 30 * time.Second
	// flushEvery and sweepEvery pace the batches.
	flushEvery = 2 * time.Second
	sweepEvery = time.Second
	// lostHealth multiplies the health of a worker that lost a lease.
	lostHealth = 0.7
)

// Keeper keeps leases. It is safe for concurrent use.
type Keeper struct {
	store store.Store
	log   *slog.Logger

	mu    sync.Mutex
	beats map[felt.Felt]beat
}

type beat struct {
	status string
	at     time.Time // monotonic
}

// New makes a keeper.
func New(s store.Store, log *slog.Logger) *Keeper {
	return &Keeper{store: s, log: log, beats: map[felt.Felt]beat{}}
}

// Beat notes a heartbeat. It does not wait for the database.
func (k *Keeper) Beat(worker felt.Felt, status string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.beats[worker] = beat{status, time.Now()}
}

// Flush writes the heartbeats that came since the last time, in one transaction.
func (k *Keeper) Flush(ctx context.Context) error {
	k.mu.Lock()
	taken := k.beats
	k.beats = make(map[felt.Felt]beat, len(taken))
	k.mu.Unlock()
	if len(taken) == 0 {
		return nil
	}
	beats := make([]store.Beat, 0, len(taken))
	for w, b := range taken {
		beats = append(beats, store.Beat{Worker: w, Status: b.status, Age: time.Since(b.at)})
	}
	err := k.store.Update(ctx, func(tx store.Tx) error { return tx.Beats(ctx, beats, Length) })
	if err != nil { // they are not lost: newer ones win
		k.mu.Lock()
		for w, b := range taken {
			if _, newer := k.beats[w]; !newer {
				k.beats[w] = b
			}
		}
		k.mu.Unlock()
	}
	return err
}

// Sweep marks leases that have run out as lost, and returns their attempts.
func (k *Keeper) Sweep(ctx context.Context) (lost []store.Attempt, err error) {
	if err := k.Flush(ctx); err != nil {
		return nil, err
	}
	var expired []store.Attempt
	err = k.store.View(ctx, func(r store.Reader) (err error) { expired, err = r.ExpiredLeases(ctx); return err })
	if err != nil || len(expired) == 0 {
		return nil, err
	}
	err = k.store.Update(ctx, func(tx store.Tx) error {
		lost = nil
		if expired, err = tx.ExpiredLeases(ctx); err != nil { // again: a heartbeat may have come
			return err
		}
		for _, a := range expired {
			if a, err = store.Advance(ctx, tx, a.Job, a.Number, a.State, "lease lost", func(a *store.Attempt) { a.Lost = true }); err != nil {
				return err
			}
			if err := store.Note(ctx, tx, a, "lease lost: no heartbeat for "+Length.String(), felt.Felt{}); err != nil {
				return err
			}
			if err := weaken(ctx, tx, a.Worker); err != nil {
				return err
			}
			lost = append(lost, a)
		}
		return nil
	})
	for _, a := range lost {
		k.log.Warn("lease lost", "job", a.Job, "attempt", a.Number, "worker", a.Worker.String(), "state", a.State)
	}
	return lost, err
}

func weaken(ctx context.Context, tx store.Tx, worker felt.Felt) error {
	w, err := tx.Worker(ctx, worker)
	if err != nil {
		return nil // never connected to this coordinator: nothing to weaken
	}
	w.Health *= lostHealth
	return tx.PutWorker(ctx, w)
}

// Grace renews all leases that are not lost. Call it at start: while the coordinator was away no
// heartbeat could come.
func (k *Keeper) Grace(ctx context.Context) error {
	return k.store.Update(ctx, func(tx store.Tx) error {
		working, err := tx.Working(ctx)
		if err != nil {
			return err
		}
		for _, a := range working {
			if a.Lost {
				continue
			}
			a.LeaseUntil = tx.Now().Add(Length)
			if err := tx.UpdateAttempt(ctx, a); err != nil {
				return err
			}
		}
		return nil
	})
}

// Run flushes and sweeps until the context ends. onLost learns of lost leases.
func (k *Keeper) Run(ctx context.Context, onLost func(store.Attempt)) {
	flush, sweep := time.NewTicker(flushEvery), time.NewTicker(sweepEvery)
	defer flush.Stop()
	defer sweep.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-flush.C:
			err = k.Flush(ctx)
		case <-sweep.C:
			var lost []store.Attempt
			lost, err = k.Sweep(ctx)
			for _, a := range lost {
				onLost(a)
			}
		}
		if err != nil && ctx.Err() == nil {
			k.log.Error("leases", "error", err)
		}
	}
}
