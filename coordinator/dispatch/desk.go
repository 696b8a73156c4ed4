package dispatch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/coordinator/hub"
	"github.com/sage-network/sage-node/coordinator/lease"
	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
)

var _ hub.Desk = (*Dispatcher)(nil)

// Statuses of a worker's heartbeats.
const (
	statusIdle = "idle"
	statusBusy = "busy"
	statusGone = "gone" // no session
)

// Joined stores the worker and settles what it still holds: an attempt whose lease is alive is kept;
// one that it is liable for and whose lease was lost is let to it again under a new token; what it
// forgot is given up.
func (d *Dispatcher) Joined(ctx context.Context, auth wire.Auth, info bindings.WorkerInfo) (keep []wire.Holding, err error) {
	worker := felt.Felt(auth.Worker)
	d.mu.Lock()
	delete(d.known, worker)
	d.mu.Unlock()
	status := statusIdle
	if len(auth.Holding) > 0 {
		status = statusBusy
	}
	err = d.Store.Update(ctx, func(tx store.Tx) error {
		w, err := tx.Worker(ctx, worker)
		if errors.Is(err, store.ErrNotFound) {
			w = store.Worker{Address: worker, Health: 1}
		} else if err != nil {
			return err
		}
		w.NodeKey, w.Manifest, w.Peer, w.Tier = auth.NodeKey, auth.Manifest, auth.Peer, job.Tier(info.Tier)
		w.Status, w.LastHeartbeat = status, tx.Now()
		if err := tx.PutWorker(ctx, w); err != nil {
			return err
		}
		keep, err = d.resume(ctx, tx, worker, auth.Holding)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("dispatch: %w", err)
	}
	d.Log.Info("worker connected", "worker", worker.String(), "tier", job.Tier(info.Tier), "kept", len(keep))
	return keep, nil
}

func (d *Dispatcher) resume(ctx context.Context, tx store.Tx, worker felt.Felt, holding []wire.Holding) (keep []wire.Holding, err error) {
	attempts, err := tx.AttemptsOf(ctx, worker)
	if err != nil {
		return nil, err
	}
	until := tx.Now().Add(lease.Length)
	for _, a := range attempts {
		held := slices.ContainsFunc(holding, func(h wire.Holding) bool { return h.Job == a.Job && h.Attempt == a.Number })
		accepted := a.State == job.Accepted || a.State == job.Executing || a.State == job.Proving
		switch {
		case !a.Live(), !held && !accepted:
			continue // ended; or an offer that will be repeated; or submitted, and nothing left to do
		case !held:
			// Accepted, and forgotten by its worker: somebody else must do it.
			if !a.Lost {
				if err := lose(ctx, tx, a, "the worker came back without it", false); err != nil {
					return nil, err
				}
			}
			continue
		case a.Lost && !accepted:
			continue // a withdrawn offer, or a submission
		case a.Lost:
			if a, err = store.Relet(ctx, tx, a, until); err != nil {
				return nil, err
			}
		case a.Working():
			a.LeaseUntil = until
			if err := tx.UpdateAttempt(ctx, a); err != nil {
				return nil, err
			}
		}
		keep = append(keep, wire.Holding{Job: a.Job, Attempt: a.Number, Fence: a.Fence, State: a.State})
	}
	return keep, nil
}

// lose ends a lease.
func lose(ctx context.Context, tx store.Tx, a store.Attempt, cause string, fault bool) error {
	a, err := store.Advance(ctx, tx, a.Job, a.Number, a.State, cause, func(a *store.Attempt) {
		a.Lost = true
		a.Fault = a.Fault || fault
	})
	if err != nil {
		return err
	}
	return store.Note(ctx, tx, a, cause, felt.Felt{})
}

// Ready repeats the worker's open offers.
func (d *Dispatcher) Ready(ctx context.Context, worker felt.Felt) {
	offers, err := offersTo(ctx, d.Store, worker)
	for _, a := range offers {
		err = errors.Join(err, d.offer(ctx, a))
	}
	if err != nil {
		d.Log.Error("offers", "worker", worker.String(), "error", err)
	}
}

// Left takes the worker out of the pool at once. What it holds stays its own until the lease ends: it
// may come back. A closed session is no heartbeat, so it renews nothing. Should a new session overtake
// this, its next heartbeat puts things right.
func (d *Dispatcher) Left(ctx context.Context, worker felt.Felt) {
	err := d.Keeper.Flush(ctx) // its last heartbeats first: they would bring it back
	if err == nil {
		err = d.Store.Update(ctx, func(tx store.Tx) error {
			w, err := tx.Worker(ctx, worker)
			if err != nil {
				return err
			}
			w.Status = statusGone
			return tx.PutWorker(ctx, w)
		})
	}
	if err != nil {
		d.Log.Error("worker left", "worker", worker.String(), "error", err)
	}
}

// Heartbeat implements hub.Desk.
func (d *Dispatcher) Heartbeat(_ context.Context, worker felt.Felt, m wire.Heartbeat) int {
	status := statusBusy
	if m.Status == statusIdle {
		status = statusIdle
	}
	d.Keeper.Beat(worker, status)
	return int(d.waiting.Load())
}

// fenced runs fn on an attempt whose lease the message's token names.
func (d *Dispatcher) fenced(ctx context.Context, worker felt.Felt, id job.ID, number uint32, fence uint64, fn func(tx store.Tx, a store.Attempt) error) error {
	err := d.Store.Update(ctx, func(tx store.Tx) error {
		a, err := store.Fenced(ctx, tx, id, number, worker, fence)
		if err != nil {
			return err
		}
		return fn(tx, a)
	})
	switch {
	case errors.Is(err, store.ErrFence), errors.Is(err, store.ErrNotFound):
		return &hub.Refused{Code: hub.CodeStale, Hint: "drop the attempt, or reconnect to learn the current token", Err: err}
	case errors.Is(err, errRefused):
		return &hub.Refused{Code: hub.CodeRefused, Err: err}
	}
	return err
}

var errRefused = errors.New("refused")

// maxReason bounds what is kept of a worker's words.
const maxReason = 200

// words makes a worker's text safe to store and print.
func words(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return ' '
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > maxReason {
		return string(runes[:maxReason]) + "…"
	}
	return s
}

// Declined withdraws an offer that its worker does not want.
func (d *Dispatcher) Declined(ctx context.Context, worker felt.Felt, m wire.Declined) error {
	return d.fenced(ctx, worker, m.Job, m.Attempt, m.Fence, func(tx store.Tx, a store.Attempt) error {
		if a.State != job.Assigned && a.State != job.Funded {
			return fmt.Errorf("%w: the attempt is %s; hand it back on-chain", errRefused, a.State)
		}
		return lose(ctx, tx, a, "declined: "+words(m.Reason), true)
	})
}

// Failed takes an attempt from a worker that gives it up. Its liability ends on-chain only.
func (d *Dispatcher) Failed(ctx context.Context, worker felt.Felt, m wire.Failed) error {
	return d.fenced(ctx, worker, m.Job, m.Attempt, m.Fence, func(tx store.Tx, a store.Attempt) error {
		if !a.Working() {
			return fmt.Errorf("%w: the attempt is %s", errRefused, a.State)
		}
		return lose(ctx, tx, a, "the worker gave up: "+words(m.Reason), true)
	})
}

// step is the least progress that is worth a write.
const step = 0.05

// Progress notes how far a worker is. Only EXECUTING and PROVING say something that the chain does not,
// and only between the acceptance and the submission.
func (d *Dispatcher) Progress(ctx context.Context, worker felt.Felt, m wire.Progress) error {
	if !m.State.Known() || !(m.Fraction >= 0 && m.Fraction <= 1) {
		return &hub.Refused{Code: hub.CodeMalformed, Err: fmt.Errorf("progress %q, %v; want a state, and 0 to 1", m.State, m.Fraction)}
	}
	return d.fenced(ctx, worker, m.Job, m.Attempt, m.Fence, func(tx store.Tx, a store.Attempt) error {
		at := a.State == job.Accepted || a.State == job.Executing || a.State == job.Proving
		if says := m.State == job.Executing || m.State == job.Proving; !at || !says {
			return nil
		}
		if a.State.Next(m.State) != nil { // backwards: it proves again
			m.State = a.State
		}
		phase := words(m.Phase)
		if a.State == m.State && a.Phase == phase && m.Fraction < a.Fraction+step && m.Fraction >= a.Fraction {
			return nil
		}
		_, err := store.Advance(ctx, tx, a.Job, a.Number, m.State, "the worker says so", func(a *store.Attempt) {
			a.Phase, a.Fraction = phase, m.Fraction
		})
		return err
	})
}

// Result checks a signed result. What counts is what the chain records; the result is kept as the
// worker's word, and must name blobs that were uploaded and acknowledged.
func (d *Dispatcher) Result(ctx context.Context, worker felt.Felt, m wire.ComputeResult) error {
	if felt.Felt(m.Worker) != worker {
		return &hub.Refused{Code: hub.CodeMalformed, Err: fmt.Errorf("a result of worker %s in the session of %s", m.Worker, worker.String())}
	}
	return d.fenced(ctx, worker, m.TaskID, m.Attempt, m.Fence, func(tx store.Tx, a store.Attempt) error {
		w, err := tx.Worker(ctx, worker)
		if err != nil {
			return err
		}
		key, err := wire.ParseNodeKey(w.NodeKey)
		if err != nil {
			return err
		}
		if err := wire.VerifyNode(key, wire.ResultDigest(m), m.Signature); err != nil {
			return fmt.Errorf("%w: %w", errRefused, err)
		}
		blobs, err := tx.BlobsOf(ctx, a.Job, a.Number)
		if err != nil {
			return err
		}
		for _, want := range []struct {
			kind wire.BlobKind
			hash job.Hash
		}{{wire.BlobProof, m.ProofHash}, {wire.BlobResult, m.ResultHash}} {
			if !slices.ContainsFunc(blobs, func(b store.Blob) bool { return b.Hash == want.hash && b.Kind == string(want.kind) }) {
				return fmt.Errorf("%w: %s %s was not uploaded", errRefused, want.kind, want.hash)
			}
		}
		if a.SubmitTx == felt.Felt(m.Transaction) && !a.SubmitTx.IsZero() {
			return nil
		}
		a, err = store.Advance(ctx, tx, a.Job, a.Number, a.State, "", func(a *store.Attempt) { a.SubmitTx = felt.Felt(m.Transaction) })
		if err != nil {
			return err
		}
		return store.Note(ctx, tx, a, "the worker announced its result", felt.Felt(m.Transaction))
	})
}
