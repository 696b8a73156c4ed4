package executor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/journal"
)

// progressEvery bounds how often progress within a phase is reported.
const progressEvery = time.Second

// compute runs f under a context that also ends when the attempt does: the chain is looked at
// whenever the coordinator says something about it, and at every poll.
func (e *Executor) compute(ctx context.Context, t *task, f func(context.Context) error) error {
	working, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		tick := time.NewTicker(e.cfg.Poll)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-working.Done():
				return
			case <-t.wake:
			case <-tick.C:
			}
			v, err := e.chain.View(working, t.key)
			if err != nil {
				continue
			}
			if err := e.live(t.record(), v); err != nil {
				cancel(err)
				return
			}
		}
	}()
	err := f(working)
	close(done)
	<-watching
	cancel(nil)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var over ending
	if cause := context.Cause(working); err != nil && errors.As(cause, &over) {
		return over
	}
	if err != nil && !errors.Is(err, errTransient) {
		return end("%w: %w", errCompute, err)
	}
	return err
}

// errTransient marks errors within a computation that may pass: the inputs' source was not there.
var errTransient = errors.New("for the moment")

// load makes sure that the inputs are in memory.
func (e *Executor) load(ctx context.Context, t *task, r journal.Record) error {
	if t.a.Data != nil {
		return nil
	}
	a, b, err := e.inputs(ctx, r.Spec)
	if err != nil {
		if definite(err) {
			return err
		}
		return fmt.Errorf("%w: %w", errTransient, err)
	}
	t.a, t.b = a, b
	return nil
}

// execute computes the result.
func (e *Executor) execute(ctx context.Context, t *task, r journal.Record, v View) error {
	if err := e.live(r, v); err != nil {
		return err
	}
	err := e.compute(ctx, t, func(ctx context.Context) error {
		if err := e.load(ctx, t, r); err != nil {
			return err
		}
		c, err := e.engine.Multiply(ctx, t.a, t.b)
		if err != nil {
			return err
		}
		if r.ResultCommitment, err = e.engine.CommitResult(ctx, r.Spec.K(), c); err != nil {
			return err
		}
		result := encodeResult(c)
		r.ProofOfExecution = wire.ProofOfExecution(r.Job, result, e.identity.NodeID())
		r.ResultHash, err = e.blobs.Put(result)
		return err
	})
	if err != nil {
		return err
	}
	return e.step(t, r, journal.Executed)
}

// statement is what the proof is about, from the record and this worker's own configuration.
func (e *Executor) statement(r journal.Record) prover.Statement {
	return prover.Statement{
		AIR: job.AIRMatmul, Version: job.AIRMatmulVersion,
		K: r.Spec.K(), Rows: r.Spec.Rows, Inner: r.Spec.Inner, Columns: r.Spec.Columns,
		ChainID: e.chainID, JobManager: e.jobManager, JobID: r.Job, Attempt: r.Attempt, Worker: e.worker,
		InputCommitment: r.InputCommitment, ResultCommitment: r.ResultCommitment,
	}
}

// prove proves the result. A result that is not in the store any more is computed again.
func (e *Executor) prove(ctx context.Context, t *task, r journal.Record, v View) error {
	if err := e.live(r, v); err != nil {
		return err
	}
	blob, err := e.blobs.Get(r.ResultHash)
	if err != nil {
		e.log.Warn("computing the result again", "attempt", t.key, "error", err)
		return e.step(t, r, journal.Accepted)
	}
	err = e.compute(ctx, t, func(ctx context.Context) error {
		if err := e.load(ctx, t, r); err != nil {
			return err
		}
		c, err := decodeResult(r.Spec.Rows, r.Spec.Columns, blob)
		if err != nil {
			return err
		}
		sealed, err := e.engine.Prove(ctx, e.statement(r), t.a, t.b, c, func(phase string, done float64) {
			e.progress(t, r, phase, done)
		})
		if err != nil {
			return err
		}
		h, err := e.blobs.Put(sealed.Blob)
		if err != nil {
			return err
		}
		if h != job.Hash(sealed.Hash) {
			return fmt.Errorf("the proof's hash is %s, the engine says %s", h, job.Hash(sealed.Hash))
		}
		r.ProofHash, r.ProofCommitment = h, wire.Felt(sealed.Commitment)
		return nil
	})
	if err != nil {
		return err
	}
	return e.step(t, r, journal.Proven)
}

// progress reports a phase's start, and then its progress once a second.
func (e *Executor) progress(t *task, r journal.Record, phase string, done float64) {
	now := time.Now()
	t.mu.Lock()
	quiet := phase == t.phase && now.Sub(t.reported) < progressEvery
	if !quiet {
		t.phase, t.reported = phase, now
	}
	fence := t.rec.Fence
	t.mu.Unlock()
	if quiet {
		return
	}
	e.send(wire.Progress{
		Job: r.Job, Attempt: r.Attempt, Fence: fence, State: job.Proving, Phase: phase, Fraction: min(max(done, 0), 1),
	})
}
