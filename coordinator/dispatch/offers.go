package dispatch

import (
	"context"
	"crypto/ecdh"
	"crypto/hpke"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/coordinator/settle"
	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
)

var _ settle.Observer = (*Dispatcher)(nil)

// hintTime bounds the reads that a hint to a worker costs.
const hintTime = 5 * time.Second

// Funded offers an attempt to its worker. If the worker is not connected, it is offered when it comes.
func (d *Dispatcher) Funded(a store.Attempt) {
	ctx, cancel := context.WithTimeout(context.Background(), hintTime)
	defer cancel()
	if err := d.offer(ctx, a); err != nil {
		d.Log.Error("offer", "job", a.Job, "attempt", a.Number, "error", err)
	}
}

func (d *Dispatcher) offer(ctx context.Context, a store.Attempt) error {
	var (
		j store.Job
		w store.Worker
	)
	err := d.Store.View(ctx, func(r store.Reader) (err error) {
		if j, err = r.Job(ctx, a.Job); err != nil {
			return err
		}
		w, err = r.Worker(ctx, a.Worker)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	sealed, err := seal(w.Manifest.PayloadKey, wire.Payload{Spec: j.Spec})
	if err != nil {
		return err
	}
	d.send(a.Worker, wire.Offer{Job: a.Job, Attempt: a.Number, Fence: a.Fence, Payload: sealed})
	return nil
}

// seal encrypts a payload to a worker's X25519 key (RFC 9180, base mode).
func seal(key []byte, p wire.Payload) ([]byte, error) {
	plain, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	public, err := ecdh.X25519().NewPublicKey(key)
	if err != nil {
		return nil, fmt.Errorf("payload key: %w", err)
	}
	to, err := hpke.NewDHKEMPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("payload key: %w", err)
	}
	return hpke.Seal(to, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), []byte(wire.PayloadInfo), plain)
}

// Health after an outcome: it moves a part of the way towards 1, or down.
const (
	paidHealth     = 0.1
	rejectedHealth = 0.5
)

// Ended tells a worker how its attempt ended, and remembers it.
func (d *Dispatcher) Ended(a store.Attempt) {
	ctx, cancel := context.WithTimeout(context.Background(), hintTime)
	defer cancel()
	err := d.Store.Update(ctx, func(tx store.Tx) error {
		w, err := tx.Worker(ctx, a.Worker)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		switch {
		case a.State == job.Paid:
			w.Health += paidHealth * (1 - w.Health)
		case a.State == job.Rejected || a.Fault:
			w.Health *= rejectedHealth
		default:
			return nil
		}
		return tx.PutWorker(ctx, w)
	})
	if err != nil {
		d.Log.Error("health", "worker", a.Worker.String(), "error", err)
	}
	d.send(a.Worker, wire.Settled{Job: a.Job, Attempt: a.Number, State: a.State, Transaction: wire.Felt(a.SettleTx)})
}

// Lost tells a worker, should it still listen, that its lease is gone.
func (d *Dispatcher) Lost(a store.Attempt) {
	d.send(a.Worker, wire.Withdrawn{Job: a.Job, Attempt: a.Number, Reason: "no heartbeat: the lease is lost"})
}

// offersTo lists the attempts that wait for a worker's acceptance.
func offersTo(ctx context.Context, s store.Store, worker felt.Felt) (offers []store.Attempt, err error) {
	err = s.View(ctx, func(r store.Reader) error {
		held, err := r.AttemptsOf(ctx, worker)
		for _, a := range held {
			if a.State == job.Funded && !a.Lost {
				offers = append(offers, a)
			}
		}
		return err
	})
	return offers, err
}
