package executor

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/journal"
)

// errWait means that the attempt waits for others: look again after the poll interval.
var errWait = errors.New("waiting")

// ending is an error that takes the attempt off its way. Before accept the attempt is dropped, after
// it abandoned.
type ending struct{ reason error }

func (e ending) Error() string { return e.reason.Error() }
func (e ending) Unwrap() error { return e.reason }

func end(format string, args ...any) error { return ending{fmt.Errorf(format, args...)} }

// drive advances an attempt step by step until it is over or ctx is done. Errors that may pass are
// tried again with growing, jittered pauses; a nudge cuts a pause short.
func (e *Executor) drive(ctx context.Context, t *task) {
	defer e.release(t)
	pause := e.cfg.RetryMin
	for ctx.Err() == nil {
		r := t.record()
		if r.Step.Final() {
			return
		}
		err := e.advance(ctx, t, r)
		var stop ending
		switch {
		case err == nil:
			pause = e.cfg.RetryMin
			continue
		case ctx.Err() != nil:
			return
		case errors.As(err, &stop):
			if err = e.leave(ctx, t, stop.reason); err == nil {
				continue
			}
			fallthrough
		default:
			wait := e.cfg.Poll
			if !errors.Is(err, errWait) {
				wait = pause/2 + rand.N(pause/2+1)
				pause = min(2*pause, e.cfg.RetryMax)
				e.log.Warn("attempt held up", "attempt", t.key, "step", r.Step, "error", err, "again_in", wait.Round(time.Millisecond))
			}
			if t.wait(ctx, wait) != nil {
				return
			}
		}
	}
}

// advance takes the one action that follows from the record's step and the chain's state.
func (e *Executor) advance(ctx context.Context, t *task, r journal.Record) error {
	switch r.Step {
	case journal.Offered, journal.Checked, journal.Accepted, journal.Executed:
		if err := e.acquire(ctx, t); err != nil {
			return err
		}
	default:
		e.release(t)
	}
	v, err := e.chain.View(ctx, t.key)
	if err != nil {
		return fmt.Errorf("reading the attempt: %w", err)
	}
	switch r.Step {
	case journal.Offered:
		return e.considerOffer(ctx, t, r, v)
	case journal.Checked:
		return e.accept(ctx, t, r, v)
	case journal.Accepted:
		return e.execute(ctx, t, r, v)
	case journal.Executed:
		return e.prove(ctx, t, r, v)
	case journal.Proven:
		return e.upload(ctx, t, r, v)
	case journal.Uploaded:
		return e.submit(ctx, t, r, v)
	case journal.Submitted:
		return e.settle(ctx, t, r, v)
	case journal.Abandoned:
		return e.abandoned(ctx, t, r, v)
	}
	return end("step %q is unknown", r.Step)
}

// acquire takes the computing slot.
func (e *Executor) acquire(ctx context.Context, t *task) error {
	if t.holdsSlot {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case e.slot <- struct{}{}:
		t.holdsSlot = true
		t.setComputing(true)
		e.life.begin(t.key)
		return nil
	}
}

// release gives the slot back, and the matrices.
func (e *Executor) release(t *task) {
	if !t.holdsSlot {
		return
	}
	t.holdsSlot = false
	t.a.Data, t.b.Data = nil, nil
	t.setComputing(false)
	<-e.slot
	e.life.end(t.key, string(t.record().Step))
}

// put makes a record durable and then visible.
func (e *Executor) put(t *task, r journal.Record) error {
	r.UpdatedAt = time.Now().Unix()
	if err := e.records.Put(r); err != nil {
		return err
	}
	t.set(r)
	return nil
}

// step makes a step durable and tells the coordinator.
func (e *Executor) step(t *task, r journal.Record, s journal.Step) error {
	r.Step = s
	if err := e.put(t, r); err != nil {
		return err
	}
	e.log.Info("attempt", "attempt", t.key, "step", s)
	if s.Final() {
		e.discard(t, r)
	}
	e.announce(t.record())
	return nil
}

// leave ends an attempt that does not go well.
func (e *Executor) leave(ctx context.Context, t *task, reason error) error {
	r := t.record()
	r.Reason = clip(reason.Error())
	if errors.Is(reason, errCompute) {
		e.breaker.failed()
		if left, open := e.breaker.open(); open {
			e.life.breakerOpen(true)
			e.log.Error("circuit breaker opened", "for", left.Round(time.Second), "error", clip(reason.Error()))
		}
	}
	if r.Step.Reached(journal.Accepted) {
		e.log.Warn("attempt abandoned", "attempt", t.key, "reason", r.Reason)
		return e.step(t, r, journal.Abandoned)
	}
	e.log.Info("attempt declined", "attempt", t.key, "reason", r.Reason)
	return e.step(t, r, journal.Dropped)
}

// considerOffer waits until the attempt is funded, and checks it.
func (e *Executor) considerOffer(ctx context.Context, t *task, r journal.Record, v View) error {
	switch v.State {
	case StateNone, StateAssigned:
		switch {
		case t.wasWithdrawn():
			return end("withdrawn by the coordinator")
		case time.Since(t.offeredAt) > e.cfg.FundingPatience:
			return end("the attempt is %s on-chain, not funded after %s", v.State, e.cfg.FundingPatience)
		}
		return errWait
	case StateFunded:
		switch {
		case t.wasWithdrawn():
			return end("withdrawn by the coordinator")
		case v.Now > v.Deadline:
			return end("the accept window ended at %d, it is %d", v.Deadline, v.Now)
		}
	case StateAccepted:
		// Only this worker's account can have accepted: its record of that was lost.
		if v.Terms.Worker != e.worker {
			return end("%w: the attempt is assigned to %s", ErrMismatch, v.Terms.Worker.String())
		}
		if _, err := compareSpec(r.Spec, v); err != nil {
			return ending{err}
		}
		r.InputCommitment, r.TermsHash = v.Terms.InputCommitment, wire.Felt(v.TermsHash)
		return e.step(t, r, journal.Accepted)
	default:
		return end("the attempt is %s on-chain", v.State)
	}
	agreed, err := e.check(ctx, t.key, r.Spec, v)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		if definite(err) {
			return ending{err}
		}
		return err
	}
	t.a, t.b = agreed.a, agreed.b
	r.InputCommitment, r.PriceUnits = agreed.input, agreed.units
	r.TermsHash = wire.Felt(*new(felt.Felt).SetBytes(agreed.termsHash[:]))
	return e.step(t, r, journal.Checked)
}

// accept makes the worker liable, once.
func (e *Executor) accept(ctx context.Context, t *task, r journal.Record, v View) error {
	switch v.State {
	case StateFunded:
	case StateAccepted:
		return e.step(t, r, journal.Accepted)
	case StateVoid:
		return end("the attempt ended before it was accepted")
	default:
		return end("the attempt is %s on-chain", v.State)
	}
	if v.Now > v.Deadline {
		return end("the accept window ended at %d, it is %d", v.Deadline, v.Now)
	}
	if !r.AcceptSent {
		// An accept that was sent may still land: from here on only the chain can say that it did not.
		if t.wasWithdrawn() {
			return end("withdrawn by the coordinator")
		}
		r.AcceptSent = true
		if err := e.put(t, r); err != nil {
			return err
		}
	}
	tx, err := e.chain.Accept(ctx, t.key, felt.Felt(r.TermsHash))
	if err != nil {
		return e.sendFailed(t, r, "accept", err)
	}
	r.AcceptTx = wire.Felt(tx)
	return e.step(t, r, journal.Accepted)
}

// sendFailed counts reverts, and gives up after some: each costs fees.
func (e *Executor) sendFailed(t *task, r journal.Record, what string, err error) error {
	if !errors.Is(err, ErrReverted) {
		return fmt.Errorf("%s: %w", what, err)
	}
	r.Reverts++
	if err := e.put(t, r); err != nil {
		return err
	}
	if r.Reverts >= maxReverts {
		return end("%s failed %d times: %w", what, r.Reverts, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// live refuses to work on for an attempt that is not the worker's to submit any more.
func (e *Executor) live(r journal.Record, v View) error {
	switch {
	case v.State != StateAccepted:
		return end("the attempt is %s on-chain", v.State)
	case v.Now > v.Deadline:
		return end("the submit window ended at %d, it is %d", v.Deadline, v.Now)
	}
	return nil
}

// upload brings both blobs to the coordinator. It waits at most half of the time that is left until
// the submission is due: validators can fetch from the worker as well.
func (e *Executor) upload(ctx context.Context, t *task, r journal.Record, v View) error {
	if v.State == StateAccepted && v.Now <= v.Deadline {
		patience := time.Duration(min(v.Deadline-v.Now, 24*3600)) * time.Second / 2
		limited, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		err := e.deliver(limited, t, r)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, errLost) {
			return ending{err}
		}
		if err != nil {
			e.log.Warn("submitting without the coordinator's acknowledgement", "attempt", t.key, "error", err)
		}
		r.Delivered = err == nil
	}
	return e.step(t, r, journal.Uploaded)
}

// errLost means that a blob is not in the worker's own store any more.
var errLost = fmt.Errorf("%w: a stored blob is lost", errCompute)

// deliver puts both blobs, trying again until ctx is done or the coordinator refuses for good.
func (e *Executor) deliver(ctx context.Context, t *task, r journal.Record) error {
	for _, part := range []struct {
		hash   job.Hash
		upload wire.Upload
	}{
		{r.ResultHash, wire.Upload{Kind: wire.BlobResult, Job: r.Job, Attempt: r.Attempt, Commitment: r.ResultCommitment}},
		{r.ProofHash, wire.Upload{Kind: wire.BlobProof, Job: r.Job, Attempt: r.Attempt}},
	} {
		h, u := part.hash, part.upload
		blob, err := e.blobs.Get(h)
		if err != nil {
			return fmt.Errorf("%w: %w", errLost, err)
		}
		pause := e.cfg.RetryMin
		for {
			u.Fence = t.record().Fence // a new lease may have raised it
			err := e.depot.Put(ctx, u, h, blob)
			if err == nil {
				break
			}
			if errors.Is(err, ErrDepot) || ctx.Err() != nil {
				return fmt.Errorf("uploading %s: %w", h, err)
			}
			timer := time.NewTimer(pause/2 + rand.N(pause/2+1))
			pause = min(2*pause, e.cfg.RetryMax)
			select {
			case <-ctx.Done():
				timer.Stop()
				return fmt.Errorf("uploading %s: %w", h, err)
			case <-timer.C:
			}
		}
	}
	return nil
}

// submit announces result and proof on-chain, once.
func (e *Executor) submit(ctx context.Context, t *task, r journal.Record, v View) error {
	ours := Submission{
		ResultCommitment: r.ResultCommitment, ProofCommitment: felt.Felt(r.ProofCommitment),
		ProofHash: r.ProofHash, ResultHash: r.ResultHash,
	}
	if v.State > StateAccepted && v.Submitted != (Submission{}) {
		if v.Submitted != ours {
			return end("another submission of this worker is on-chain: proof %s, not %s", v.Submitted.ProofHash, ours.ProofHash)
		}
		return e.submitted(t, r)
	}
	if err := e.live(r, v); err != nil {
		return err
	}
	tx, err := e.chain.Submit(ctx, t.key, ours)
	if err != nil {
		return e.sendFailed(t, r, "submit_result", err)
	}
	r.SubmitTx = wire.Felt(tx)
	return e.submitted(t, r)
}

func (e *Executor) submitted(t *task, r journal.Record) error {
	e.blobs.Publish(r.ResultHash, r.ProofHash)
	e.breaker.succeeded()
	return e.step(t, r, journal.Submitted)
}

// settle watches the attempt to its end.
func (e *Executor) settle(ctx context.Context, t *task, r journal.Record, v View) error {
	e.blobs.Publish(r.ResultHash, r.ProofHash)
	switch v.State {
	case StateApproved:
		if v.Released {
			return e.step(t, r, journal.Paid)
		}
	case StateRejected:
		r.SlashedWei = wei(v)
		r.Reason = "validators rejected the submission"
		return e.step(t, r, journal.Rejected)
	case StateVoid:
		r.SlashedWei = wei(v)
		r.Reason = "the attempt ended without a verdict"
		return e.step(t, r, journal.Void)
	}
	if !r.Delivered {
		limited, cancel := context.WithTimeout(ctx, e.cfg.Poll)
		defer cancel()
		if err := e.deliver(limited, t, r); err == nil {
			r.Delivered = true
			return e.put(t, r)
		}
	}
	switch moved, err := e.home(ctx, t, r, v); {
	case errors.Is(err, ErrNoCertificate):
		e.log.Debug("still without a certificate", "attempt", t.key, "error", err)
	case err != nil || moved:
		return err
	}
	return errWait
}

// abandoned hands an accepted attempt back while that is possible, and waits for its end.
func (e *Executor) abandoned(ctx context.Context, t *task, r journal.Record, v View) error {
	switch v.State {
	case StateAccepted:
		if v.Now > v.Deadline || r.Reverts >= 2*maxReverts {
			return errWait // the timeout will end it
		}
		if _, err := e.chain.HandBack(ctx, t.key); err != nil {
			if errors.Is(err, ErrReverted) {
				r.Reverts++
				return errors.Join(fmt.Errorf("hand_back: %w", err), e.put(t, r))
			}
			return fmt.Errorf("hand_back: %w", err)
		}
		t.nudge()
		return errWait
	case StateRejected:
		r.SlashedWei = wei(v)
		return e.step(t, r, journal.Rejected)
	case StateVoid, StateNone:
		r.SlashedWei = wei(v)
		return e.step(t, r, journal.Void)
	case StateApproved:
		if v.Released {
			return e.step(t, r, journal.Paid)
		}
	}
	return errWait
}

// discard removes the blobs of an ended attempt: its input, and unless it was paid, for then they are served
// for a while, its result and proof. What another attempt needs stays: equal results are one blob.
func (e *Executor) discard(t *task, r journal.Record) {
	hashes := []job.Hash{r.Spec.Input.Blob}
	if r.Step != journal.Paid {
		hashes = append(hashes, r.ResultHash, r.ProofHash)
	}
	e.mu.Lock()
	defer e.mu.Unlock() // also while removing: no attempt begins meanwhile
	needed := map[job.Hash]bool{{}: true}
	for key, other := range e.tasks {
		if key != t.key {
			needs(needed, other.record())
		}
	}
	hashes = slices.DeleteFunc(hashes, func(h job.Hash) bool { return needed[h] })
	if err := e.blobs.Remove(hashes...); err != nil {
		e.log.Warn("blobs stay behind", "attempt", t.key, "error", err)
	}
}

// needs adds the blobs that an attempt needs.
func needs(set map[job.Hash]bool, r journal.Record) {
	if !r.Step.Final() {
		set[r.Spec.Input.Blob] = true
	}
	if !r.Step.Final() || r.Step == journal.Paid {
		set[r.ResultHash], set[r.ProofHash] = true, true
	}
}

func wei(v View) string {
	if v.Slashed == nil || v.Slashed.Sign() == 0 {
		return ""
	}
	return v.Slashed.String()
}
