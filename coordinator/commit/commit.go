// Package commit computes the commitments that the coordinator answers for: the root of a job's input
// columns before it creates or assigns it, and the root of a result before it acknowledges it.
package commit

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/coordinator/settle"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/wire"
)

// ErrResult: the bytes are not the entries of the job's result.
var ErrResult = errors.New("commit: malformed result")

// Blobs reads uploaded inputs.
type Blobs interface {
	Get(hash job.Hash, max int64) ([]byte, error)
}

// Blocks reads hashes of blocks, for synthetic jobs.
type Blocks interface {
	BlockHash(ctx context.Context, number uint64) (felt.Felt, error)
}

// Committer computes commitments, one at a time: a large one takes hundreds of megabytes.
type Committer struct {
	blobs  Blobs
	blocks Blocks
	turn   chan struct{}
}

var _ settle.Inputs = (*Committer)(nil)

// New makes a Committer.
func New(blobs Blobs, blocks Blocks) *Committer {
	return &Committer{blobs: blobs, blocks: blocks, turn: make(chan struct{}, 1)}
}

func (c *Committer) enter(ctx context.Context) error {
	select {
	case c.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (c *Committer) leave() { <-c.turn }

// Commit is the root of a job's input columns. The worker counts for synthetic jobs alone.
func (c *Committer) Commit(ctx context.Context, s job.Spec, worker felt.Felt) (job.Hash, error) {
	if err := c.enter(ctx); err != nil {
		return job.Hash{}, err
	}
	defer c.leave()
	a, b, err := c.matrices(ctx, s, worker)
	if err != nil {
		return job.Hash{}, err
	}
	root, err := prover.CommitInput(ctx, a, b)
	if errors.Is(err, prover.ErrMatrix) {
		return job.Hash{}, fmt.Errorf("%w: %w", settle.ErrInput, err)
	}
	return root, err
}

func (c *Committer) matrices(ctx context.Context, s job.Spec, worker felt.Felt) (a, b prover.Matrix, err error) {
	seed := s.Input.Seed
	switch s.Input.Kind {
	case job.InputBlob:
		blob, err := c.blobs.Get(s.Input.Blob, wire.MaxInputBlob)
		if err != nil {
			return a, b, err
		}
		return ParseInput(s, blob)
	case job.InputSynthetic:
		block, err := c.blocks.BlockHash(ctx, s.Input.SeedBlock)
		if err != nil {
			return a, b, fmt.Errorf("seed block %d: %w", s.Input.SeedBlock, err)
		}
		seed = job.SyntheticSeed(block, worker)
	}
	return prover.Expand(seed, int(s.Rows), int(s.Inner), int(s.Columns))
}

// ParseInput reads an uploaded pair of matrices and checks that they have the job's sizes. Errors are
// settle.ErrInput.
func ParseInput(s job.Spec, blob []byte) (a, b prover.Matrix, err error) {
	bad := func(err error) (prover.Matrix, prover.Matrix, error) {
		return prover.Matrix{}, prover.Matrix{}, fmt.Errorf("%w: %w", settle.ErrInput, err)
	}
	first, second, err := wire.SplitInput(blob)
	if err != nil {
		return bad(err)
	}
	if err := a.UnmarshalBinary(first); err != nil {
		return bad(fmt.Errorf("matrix A: %w", err))
	}
	if err := b.UnmarshalBinary(second); err != nil {
		return bad(fmt.Errorf("matrix B: %w", err))
	}
	if a.Rows != int(s.Rows) || a.Columns != int(s.Inner) || b.Rows != int(s.Inner) || b.Columns != int(s.Columns) {
		return bad(fmt.Errorf("A is %d×%d and B %d×%d, the job says %d×%d and %d×%d",
			a.Rows, a.Columns, b.Rows, b.Columns, s.Rows, s.Inner, s.Inner, s.Columns))
	}
	return a, b, nil
}

// Result is the root of the column of C, whose entries are given row by row, little-endian u32.
func (c *Committer) Result(ctx context.Context, s job.Spec, entries []byte) (job.Hash, error) {
	if want := 4 * int(s.Rows) * int(s.Columns); len(entries) != want {
		return job.Hash{}, fmt.Errorf("%w: %d bytes, %d×%d entries have %d", ErrResult, len(entries), s.Rows, s.Columns, want)
	}
	m := prover.Matrix{Rows: int(s.Rows), Columns: int(s.Columns), Data: make([]uint32, len(entries)/4)}
	for i := range m.Data {
		m.Data[i] = binary.LittleEndian.Uint32(entries[4*i:])
	}
	if err := c.enter(ctx); err != nil {
		return job.Hash{}, err
	}
	defer c.leave()
	root, err := prover.CommitResult(ctx, s.K(), m)
	if errors.Is(err, prover.ErrMatrix) {
		return job.Hash{}, fmt.Errorf("%w: %w", ErrResult, err)
	}
	return root, err
}
