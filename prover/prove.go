package prover

import (
	"context"
	"errors"
	"fmt"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/channel"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
	"github.com/sage-network/sage-node/prover/prove"
)

// Option changes how a proof or a commitment is computed, never what comes out.
type Option func(*prove.Options)

// WithWorkers bounds the number of goroutines that compute; the default is the
// number of usable processors.
func WithWorkers(n int) Option { return func(o *prove.Options) { o.Workers = n } }

// WithProgress reports each phase's name when it starts and the estimated
// fraction of the work that is done, from 0 to 1. Calls come one after another,
// from the goroutine that called, and should return quickly.
func WithProgress(report func(phase string, done float64)) Option {
	return func(o *prove.Options) { o.Progress = report }
}

// Workspace is what proofs share: buffers, twiddles and preprocessed trees. A
// process that proves job after job gives all of them the same one.
type Workspace = prove.Workspace

// NewWorkspace returns a workspace that keeps between proofs at most so many bytes
// of buffers, and at most so many of tables.
func NewWorkspace(buffers, tables int64) *Workspace { return prove.NewWorkspace(buffers, tables) }

// WithWorkspace computes in a workspace; by default each call has its own.
func WithWorkspace(ws *Workspace) Option { return func(o *prove.Options) { o.Workspace = ws } }

// WithLittleMemory computes values again rather than keep them.
func WithLittleMemory() Option { return func(o *prove.Options) { o.Mode = prove.Memory } }

func collect(opts []Option) prove.Options {
	var o prove.Options
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// pad returns the matrix in the upper left corner of 2^k × 2^k zeros.
func pad(m Matrix, k uint32) matmul.Matrix {
	out := make(matmul.Matrix, 1<<(2*k))
	for i := range m.Rows {
		for j, v := range m.Data[i*m.Columns : (i+1)*m.Columns] {
			out[i<<k+j] = m31.Element(v)
		}
	}
	return out
}

// checkProduct checks the shapes of A, B and, unless nil, C and returns the
// smallest k.
func checkProduct(a, b Matrix, c *Matrix) (uint32, error) {
	if err := a.Validate(); err != nil {
		return 0, fmt.Errorf("matrix A: %w", err)
	}
	if err := b.Validate(); err != nil {
		return 0, fmt.Errorf("matrix B: %w", err)
	}
	if a.Columns != b.Rows {
		return 0, fmt.Errorf("%w: A is %d×%d and B %d×%d: the inner sizes differ", ErrMatrix, a.Rows, a.Columns, b.Rows, b.Columns)
	}
	if c != nil {
		if err := c.Validate(); err != nil {
			return 0, fmt.Errorf("matrix C: %w", err)
		}
		if c.Rows != a.Rows || c.Columns != b.Columns {
			return 0, fmt.Errorf("%w: C is %d×%d, want %d×%d", ErrMatrix, c.Rows, c.Columns, a.Rows, b.Columns)
		}
	}
	return LogSize(uint32(a.Rows), uint32(a.Columns), uint32(b.Columns)), nil
}

// CommitInput returns the input commitment of A and B: the root of the tree of
// their columns, padded to 2^LogSize(rows, inner, columns).
func CommitInput(ctx context.Context, a, b Matrix, opts ...Option) ([32]byte, error) {
	k, err := checkProduct(a, b, nil)
	if err != nil {
		return [32]byte{}, err
	}
	o := collect(opts)
	columns, err := matmul.InputColumns(ctx, o.Workers, k, pad(a, k), pad(b, k))
	if err != nil {
		return [32]byte{}, err
	}
	return prove.CommitTree(ctx, matmul.Config(), columns, o)
}

// CommitResult returns the result commitment of C in a job whose matrices are
// padded to 2^k: the root of the tree of its column. k is that of the statement,
// which C's own size does not determine.
func CommitResult(ctx context.Context, k uint32, c Matrix, opts ...Option) ([32]byte, error) {
	if err := c.Validate(); err != nil {
		return [32]byte{}, fmt.Errorf("matrix C: %w", err)
	}
	if k < matmul.MinK || k > matmul.MaxK || c.Rows > 1<<k || c.Columns > 1<<k {
		return [32]byte{}, fmt.Errorf("%w: C is %d×%d in a job of k = %d", ErrMatrix, c.Rows, c.Columns, k)
	}
	o := collect(opts)
	columns, err := matmul.ResultColumns(ctx, o.Workers, k, pad(c, k))
	if err != nil {
		return [32]byte{}, err
	}
	return prove.CommitTree(ctx, matmul.Config(), columns, o)
}

// Prove returns the proof file of the statement for the matrices A, B and C. The
// statement's commitments must be theirs; see [CommitInput] and [CommitResult].
//
// It returns an error wrapping [ErrStatement] if the sizes are not the
// statement's, [ErrRoot] if the matrices are not those that it commits to,
// [ErrConstraints] if C ≠ A·B over M31, and ctx's error within about
// 100 ms after ctx is done. The matrices are not changed.
func Prove(ctx context.Context, s Statement, a, b, c Matrix, opts ...Option) (Sealed, error) {
	if err := s.Validate(); err != nil {
		return Sealed{}, err
	}
	if _, err := checkProduct(a, b, &c); err != nil {
		return Sealed{}, err
	}
	if uint32(a.Rows) != s.Rows || uint32(a.Columns) != s.Inner || uint32(b.Columns) != s.Columns {
		return Sealed{}, fmt.Errorf("%w: A is %d×%d and B %d×%d, the statement says %d×%d and %d×%d", ErrStatement,
			a.Rows, a.Columns, b.Rows, b.Columns, s.Rows, s.Inner, s.Inner, s.Columns)
	}
	constraints, err := matmul.New(s.K)
	if err != nil {
		return Sealed{}, err
	}
	p, err := proveProducts(ctx, constraints, s.K, []Product{{a, b, c}}, s.Transcript(), s.InputCommitment, s.ResultCommitment, collect(opts))
	if err != nil {
		return Sealed{}, err
	}
	return Seal(s, p)
}

// proveProducts proves products of matrices that are padded to 2^k × 2^k. The
// columns of each tree are those of the products, one after the other.
func proveProducts(ctx context.Context, a *air.AIR, k uint32, products []Product, transcript channel.Channel,
	inputRoot, resultRoot [32]byte, o prove.Options) (*proof.StarkProof, error) {
	padded := make([][3]matmul.Matrix, len(products))
	for i, p := range products {
		padded[i] = [3]matmul.Matrix{pad(p.A, k), pad(p.B, k), pad(p.C, k)}
	}
	roots, layers, err := matmul.Tree0(k)
	if err != nil {
		return nil, err
	}
	roots[matmul.TreeInput], roots[matmul.TreeResult] = inputRoot, resultRoot
	p, err := prove.Prove(ctx, prove.Instance{
		AIR:     a,
		Config:  matmul.Config(),
		Channel: transcript,
		Witness: func(ctx context.Context, tree int, challenges []m31.QM31) (all [][]m31.Element, err error) {
			for _, m := range padded {
				var columns [][]m31.Element
				switch tree {
				case matmul.TreeInput:
					columns, err = matmul.InputColumns(ctx, o.Workers, k, m[0], m[1])
				case matmul.TreeResult:
					columns, err = matmul.ResultColumns(ctx, o.Workers, k, m[2])
				case matmul.TreeInteraction:
					columns, err = matmul.Interaction(ctx, o.Workers, k, m[0], m[1], m[2], challenges[0], challenges[1])
				default:
					err = fmt.Errorf("matmul has no tree %d", tree)
				}
				if err != nil {
					return nil, err
				}
				all = append(all, columns...)
			}
			return all, nil
		},
		Roots:  roots,
		Layers: layers,
	}, o)
	switch {
	case errors.Is(err, prove.ErrRoot):
		return nil, fmt.Errorf("%w: %w", ErrRoot, err)
	case errors.Is(err, prove.ErrConstraints):
		return nil, fmt.Errorf("%w: C is not A·B over M31: %w", ErrConstraints, err)
	}
	return p, err
}
