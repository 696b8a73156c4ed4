package prover

import (
	"context"
	"fmt"
	"slices"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/channel"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
	"github.com/sage-network/sage-node/prover/prove"
	"github.com/sage-network/sage-node/prover/verify"
)

// Product is a matrix product C = A·B with its matrices.
type Product struct{ A, B, C Matrix }

// Size is the size of a product: A is Rows × Inner, B is Inner × Columns, C is
// Rows × Columns; each number is 1 to 1024.
type Size struct{ Rows, Inner, Columns uint32 }

// BatchStatement is what a proof of several products is about: matmul.BatchVersion.
// The matrices of all of them are padded with zeros to 2^K() × 2^K().
type BatchStatement struct {
	// Sizes has an entry for each product, 1 to matmul.MaxBatch.
	Sizes []Size
	// ChainID to Worker are as in [Statement].
	ChainID, JobManager felt.Felt
	JobID               [16]byte
	Attempt             uint32
	Worker              felt.Felt
	// InputCommitment and ResultCommitment are the roots of the trees of all inputs
	// and of all results; see [CommitBatchInput] and [CommitBatchResult].
	InputCommitment, ResultCommitment [32]byte
}

// K is log₂ of the padded size: the smallest that holds every product.
func (s BatchStatement) K() uint32 {
	k := uint32(0)
	for _, size := range s.Sizes {
		k = max(k, LogSize(size.Rows, size.Inner, size.Columns))
	}
	return k
}

// Validate reports whether the number of products and their sizes are in range.
func (s BatchStatement) Validate() error {
	if n := len(s.Sizes); n < 1 || n > matmul.MaxBatch {
		return fmt.Errorf("%w: %d products, want 1 to %d", ErrInvalidStatement, n, matmul.MaxBatch)
	}
	for i, size := range s.Sizes {
		for _, n := range []uint32{size.Rows, size.Inner, size.Columns} {
			if n < 1 || n > MaxSize {
				return fmt.Errorf("%w: product %d is %d×%d times %d×%d, want sizes of 1 to %d",
					ErrInvalidStatement, i, size.Rows, size.Inner, size.Inner, size.Columns, MaxSize)
			}
		}
	}
	return nil
}

// The places of k and of the number of products among a batch's words.
const (
	batchKWord     = 5
	batchCountWord = 6
)

// Words returns the statement as the transcript mixes it: the tag (3 words), AIR,
// version, k, number of products (1 each), rows, inner and columns of each product,
// and the 29 words that name the attempt, as in [Statement.Words].
func (s BatchStatement) Words() []uint32 {
	words := appendTag(nil)
	words = append(words, matmul.ID, matmul.BatchVersion, s.K(), uint32(len(s.Sizes)))
	for _, size := range s.Sizes {
		words = append(words, size.Rows, size.Inner, size.Columns)
	}
	return appendAttempt(words, s.ChainID, s.JobManager, s.JobID, s.Attempt, s.Worker)
}

// Transcript returns a channel into which the statement and the configuration are
// mixed.
func (s BatchStatement) Transcript() channel.Channel {
	return matmul.Config().Transcript(func(ch *channel.Channel) { ch.MixU32s(s.Words()) })
}

// header returns the head of a proof file for the statement.
func (s BatchStatement) header() proof.Header {
	return proof.Header{AIR: matmul.ID, Version: matmul.BatchVersion, Config: matmul.Config(), PublicInputs: s.Words()}
}

// batchShapeOf is shapeOf for a batch.
func batchShapeOf(h proof.Header) (proof.Shape, error) {
	const fixed = StatementWords - 2 // without the sizes, with their number
	if len(h.PublicInputs) < fixed {
		return proof.Shape{}, fmt.Errorf("%w: %d public input words, want at least %d", ErrMalformed, len(h.PublicInputs), fixed)
	}
	count := h.PublicInputs[batchCountWord]
	if count > matmul.MaxBatch || len(h.PublicInputs) != fixed+3*int(count) {
		return proof.Shape{}, fmt.Errorf("%w: %d public input words for %d products", ErrMalformed, len(h.PublicInputs), count)
	}
	a, err := matmul.NewBatch(h.PublicInputs[batchKWord], int(count))
	if err != nil {
		return proof.Shape{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return a.Shape(h.Config)
}

// batchSizes checks the matrices of a batch and returns the sizes. With results, C is
// checked too.
func batchSizes(products []Product, results bool) ([]Size, error) {
	sizes := make([]Size, len(products))
	for i := range products {
		p := &products[i]
		c := &p.C
		if !results {
			c = nil
		}
		if _, err := checkProduct(p.A, p.B, c); err != nil {
			return nil, fmt.Errorf("product %d: %w", i, err)
		}
		sizes[i] = Size{uint32(p.A.Rows), uint32(p.A.Columns), uint32(p.B.Columns)}
	}
	return sizes, BatchStatement{Sizes: sizes}.Validate()
}

// CommitBatchInput returns the input commitment of a batch: the root of the tree of
// the columns of A and B of each product. C may be missing.
func CommitBatchInput(ctx context.Context, products []Product, opts ...Option) ([32]byte, error) {
	sizes, err := batchSizes(products, false)
	if err != nil {
		return [32]byte{}, err
	}
	k, o := BatchStatement{Sizes: sizes}.K(), collect(opts)
	return commitBatch(ctx, products, o, func(p Product) ([][]m31.Element, error) {
		return matmul.InputColumns(ctx, o.Workers, k, pad(p.A, k), pad(p.B, k))
	})
}

// CommitBatchResult returns the result commitment of a batch: the root of the tree
// of the column of C of each product.
func CommitBatchResult(ctx context.Context, products []Product, opts ...Option) ([32]byte, error) {
	sizes, err := batchSizes(products, true)
	if err != nil {
		return [32]byte{}, err
	}
	k, o := BatchStatement{Sizes: sizes}.K(), collect(opts)
	return commitBatch(ctx, products, o, func(p Product) ([][]m31.Element, error) {
		return matmul.ResultColumns(ctx, o.Workers, k, pad(p.C, k))
	})
}

func commitBatch(ctx context.Context, products []Product, o prove.Options, of func(Product) ([][]m31.Element, error)) ([32]byte, error) {
	var all [][]m31.Element
	for _, p := range products {
		columns, err := of(p)
		if err != nil {
			return [32]byte{}, err
		}
		all = append(all, columns...)
	}
	return prove.CommitTree(ctx, matmul.Config(), all, o)
}

// ProveBatch is [Prove] for a batch.
func ProveBatch(ctx context.Context, s BatchStatement, products []Product, opts ...Option) (Sealed, error) {
	if err := s.Validate(); err != nil {
		return Sealed{}, err
	}
	sizes, err := batchSizes(products, true)
	if err != nil {
		return Sealed{}, err
	}
	if !slices.Equal(sizes, s.Sizes) {
		return Sealed{}, fmt.Errorf("%w: the products' sizes are %v, the statement says %v", ErrStatement, sizes, s.Sizes)
	}
	a, err := matmul.NewBatch(s.K(), len(s.Sizes))
	if err != nil {
		return Sealed{}, err
	}
	p, err := proveProducts(ctx, a, s.K(), products, s.Transcript(), s.InputCommitment, s.ResultCommitment, collect(opts))
	if err != nil {
		return Sealed{}, err
	}
	return SealBatch(s, p)
}

// SealBatch is [Seal] for a batch.
func SealBatch(s BatchStatement, p *proof.StarkProof) (Sealed, error) {
	if err := s.Validate(); err != nil {
		return Sealed{}, err
	}
	h := s.header()
	shape, err := shapeOf(h)
	if err != nil {
		return Sealed{}, err
	}
	return proof.Seal(h, shape, p)
}

// VerifyBatch is [Verify] for a batch: a nil error means that the statement's roots
// commit to matrices with C = A·B over M31 for each product.
func VerifyBatch(s BatchStatement, blob []byte) (Sealed, error) {
	if err := s.Validate(); err != nil {
		return Sealed{}, err
	}
	opened, err := Open(blob)
	if err != nil {
		return Sealed{}, err
	}
	if h := opened.Header; h.Version != matmul.BatchVersion || !slices.Equal(h.PublicInputs, s.Words()) {
		return Sealed{}, fmt.Errorf("%w: its public inputs are not the expected ones", ErrStatement)
	}
	if err := VerifyBatchProof(s, opened.Proof); err != nil {
		return Sealed{}, err
	}
	return opened.Sealed, nil
}

// VerifyBatchProof is VerifyBatch for a proof that was already decoded.
func VerifyBatchProof(s BatchStatement, p *proof.StarkProof) error {
	if err := s.Validate(); err != nil {
		return err
	}
	a, err := matmul.NewBatch(s.K(), len(s.Sizes))
	if err != nil {
		return err
	}
	preprocessed, err := matmul.PreprocessedRoot(s.K())
	if err != nil {
		return err
	}
	return verify.Verify(s.Transcript(), verify.Instance{
		AIR:    a,
		Config: matmul.Config(),
		Roots: map[int]proof.Hash{
			matmul.TreePreprocessed: preprocessed,
			matmul.TreeInput:        s.InputCommitment,
			matmul.TreeResult:       s.ResultCommitment,
		},
	}, p)
}
