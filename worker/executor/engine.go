package executor

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/prover"
)

// ErrPanic means that the computation panicked.
var ErrPanic = errors.New("the computation panicked")

// Local is the engine in this process.
type Local struct {
	// Workers bounds the goroutines that compute; 0 means all processors.
	Workers int
	// Workspace keeps buffers and tables from job to job; nil keeps nothing.
	Workspace *prover.Workspace
}

// What [NewLocal] keeps in memory between jobs at most, in bytes: about what a
// proof for matrices of 1024×1024 uses.
const (
	keptBuffers = 768 << 20
	keptTables  = 384 << 20
)

// NewLocal returns an engine that keeps its memory from job to job.
func NewLocal(workers int) Local {
	return Local{workers, prover.NewWorkspace(keptBuffers, keptTables)}
}

func (l Local) options(more ...prover.Option) []prover.Option {
	if l.Workspace != nil {
		more = append(more, prover.WithWorkspace(l.Workspace))
	}
	if l.Workers > 0 {
		more = append(more, prover.WithWorkers(l.Workers))
	}
	return more
}

// Multiply computes A·B.
func (l Local) Multiply(ctx context.Context, a, b prover.Matrix) (prover.Matrix, error) {
	return prover.Multiply(ctx, a, b)
}

// CommitInput is [prover.CommitInput].
func (l Local) CommitInput(ctx context.Context, a, b prover.Matrix) (job.Hash, error) {
	return prover.CommitInput(ctx, a, b, l.options()...)
}

// CommitResult is [prover.CommitResult].
func (l Local) CommitResult(ctx context.Context, k uint32, c prover.Matrix) (job.Hash, error) {
	return prover.CommitResult(ctx, k, c, l.options()...)
}

// Prove is [prover.Prove].
func (l Local) Prove(ctx context.Context, s prover.Statement, a, b, c prover.Matrix, progress func(string, float64)) (prover.Sealed, error) {
	return prover.Prove(ctx, s, a, b, c, l.options(prover.WithProgress(progress))...)
}

// guard turns a panic on the calling goroutine into an error with its stack.
func guard[T any](f func() (T, error)) (out T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v\n%s", ErrPanic, r, debug.Stack())
		}
	}()
	return f()
}

// guarded wraps an engine so that its panics become errors.
type guarded struct{ Engine }

func (g guarded) Multiply(ctx context.Context, a, b prover.Matrix) (prover.Matrix, error) {
	return guard(func() (prover.Matrix, error) { return g.Engine.Multiply(ctx, a, b) })
}

func (g guarded) CommitInput(ctx context.Context, a, b prover.Matrix) (job.Hash, error) {
	return guard(func() (job.Hash, error) { return g.Engine.CommitInput(ctx, a, b) })
}

func (g guarded) CommitResult(ctx context.Context, k uint32, c prover.Matrix) (job.Hash, error) {
	return guard(func() (job.Hash, error) { return g.Engine.CommitResult(ctx, k, c) })
}

func (g guarded) Prove(ctx context.Context, s prover.Statement, a, b, c prover.Matrix, progress func(string, float64)) (prover.Sealed, error) {
	return guard(func() (prover.Sealed, error) { return g.Engine.Prove(ctx, s, a, b, c, progress) })
}
