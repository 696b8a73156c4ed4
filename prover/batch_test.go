package prover

import (
	"context"
	"errors"
	"testing"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/proof"
)

// batch returns random products of the given sizes with their statement.
func batch(t testing.TB, sizes ...Size) (BatchStatement, []Product) {
	t.Helper()
	ctx := context.Background()
	s := BatchStatement{Sizes: sizes, JobID: [16]byte{15: 9}, Attempt: 2, Worker: *new(felt.Felt).SetUint64(0xdef)}
	products := make([]Product, len(sizes))
	for i, size := range sizes {
		a, b, err := Expand([32]byte{byte(i)}, int(size.Rows), int(size.Inner), int(size.Columns))
		if err != nil {
			t.Fatal(err)
		}
		c, err := Multiply(ctx, a, b)
		if err != nil {
			t.Fatal(err)
		}
		products[i] = Product{a, b, c}
	}
	var err error
	if s.InputCommitment, err = CommitBatchInput(ctx, products); err != nil {
		t.Fatal(err)
	}
	if s.ResultCommitment, err = CommitBatchResult(ctx, products); err != nil {
		t.Fatal(err)
	}
	return s, products
}

func TestBatch(t *testing.T) {
	s, products := batch(t, Size{8, 8, 8}, Size{3, 7, 2}, Size{1, 10, 5})
	if s.K() != 4 {
		t.Fatalf("k is %d, want 4", s.K())
	}
	sealed, err := ProveBatch(context.Background(), s, products)
	if err != nil {
		t.Fatal(err)
	}
	got, err := VerifyBatch(s, sealed.Blob)
	if err != nil || got.Hash != sealed.Hash || got.Commitment != sealed.Commitment {
		t.Fatalf("%v, %v", got, err)
	}

	for name, change := range map[string]func(s *BatchStatement){
		"another worker":        func(s *BatchStatement) { s.Worker = felt.Felt{} },
		"another attempt":       func(s *BatchStatement) { s.Attempt++ },
		"another chain":         func(s *BatchStatement) { s.ChainID = *new(felt.Felt).SetUint64(1) },
		"another size":          func(s *BatchStatement) { s.Sizes[1].Inner-- },
		"sizes swapped":         func(s *BatchStatement) { s.Sizes[0], s.Sizes[1] = s.Sizes[1], s.Sizes[0] },
		"a product less":        func(s *BatchStatement) { s.Sizes = s.Sizes[:2] },
		"a product more":        func(s *BatchStatement) { s.Sizes = append(s.Sizes, Size{1, 1, 1}) },
		"another input":         func(s *BatchStatement) { s.InputCommitment[3] ^= 1 },
		"another result":        func(s *BatchStatement) { s.ResultCommitment[3] ^= 1 },
		"input and result":      func(s *BatchStatement) { s.InputCommitment, s.ResultCommitment = s.ResultCommitment, s.InputCommitment },
		"no products":           func(s *BatchStatement) { s.Sizes = nil },
		"a size of zero":        func(s *BatchStatement) { s.Sizes[0].Rows = 0 },
		"a size beyond 1024":    func(s *BatchStatement) { s.Sizes[0].Rows = 1025 },
		"more products than 16": func(s *BatchStatement) { s.Sizes = make([]Size, 17) },
	} {
		other := s
		other.Sizes = append([]Size(nil), s.Sizes...)
		change(&other)
		if _, err := VerifyBatch(other, sealed.Blob); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	// A batch is no proof of one product, nor the other way round.
	single, _, _, _ := job(t, 1, 8, 8, 8)
	if _, err := Verify(single, sealed.Blob); !errors.Is(err, ErrMalformed) {
		t.Errorf("a batch as one product: %v", err)
	}
}

func TestProveBatchRefuses(t *testing.T) {
	ctx := context.Background()
	s, products := batch(t, Size{8, 8, 8}, Size{3, 7, 2})
	wrong := append([]Product(nil), products...)
	wrong[1].C = Matrix{3, 2, append([]uint32(nil), products[1].C.Data...)}
	wrong[1].C.Data[5] ^= 1
	if _, err := ProveBatch(ctx, s, wrong); !errors.Is(err, ErrRoot) {
		t.Errorf("a result that is not committed to: %v", err)
	}
	committed := s
	var err error
	if committed.ResultCommitment, err = CommitBatchResult(ctx, wrong); err != nil {
		t.Fatal(err)
	}
	if _, err := ProveBatch(ctx, committed, wrong); !errors.Is(err, ErrConstraints) {
		t.Errorf("a wrong result that is committed to: %v", err)
	}
	if _, err := ProveBatch(ctx, s, products[:1]); !errors.Is(err, ErrStatement) {
		t.Errorf("a product missing: %v", err)
	}
	swapped := []Product{products[1], products[0]}
	if _, err := ProveBatch(ctx, s, swapped); !errors.Is(err, ErrStatement) {
		t.Errorf("products swapped: %v", err)
	}
	if _, err := ProveBatch(ctx, BatchStatement{}, nil); !errors.Is(err, ErrInvalidStatement) {
		t.Errorf("no products: %v", err)
	}
}

// TestBatchWords: no words of a batch are those of another statement.
func TestBatchWords(t *testing.T) {
	s := BatchStatement{Sizes: []Size{{8, 9, 10}, {1, 2, 3}}, Attempt: 5}
	words := s.Words()
	want := []uint32{matmul.ID, matmul.BatchVersion, 4, 2, 8, 9, 10, 1, 2, 3}
	for i, w := range want {
		if words[3+i] != w {
			t.Errorf("word %d is %d, want %d", 3+i, words[3+i], w)
		}
	}
	if len(words) != StatementWords-2+6 || words[len(words)-9] != 5 {
		t.Errorf("%d words, the attempt is %d", len(words), words[len(words)-9])
	}
}

// TestBatchHeaders: a head that does not fit itself is malformed.
func TestBatchHeaders(t *testing.T) {
	s, _ := batch(t, Size{8, 8, 8}, Size{3, 7, 2})
	if _, err := shapeOf(s.header()); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(h *proof.Header){
		"no words":               func(h *proof.Header) { h.PublicInputs = nil },
		"too few words":          func(h *proof.Header) { h.PublicInputs = h.PublicInputs[:35] },
		"a word less":            func(h *proof.Header) { h.PublicInputs = h.PublicInputs[1:] },
		"no products":            func(h *proof.Header) { h.PublicInputs[batchCountWord] = 0 },
		"a product more":         func(h *proof.Header) { h.PublicInputs[batchCountWord]++ },
		"very many products":     func(h *proof.Header) { h.PublicInputs[batchCountWord] = 1<<32 - 1 },
		"no product, few words":  func(h *proof.Header) { h.PublicInputs = make([]uint32, 36) },
		"matrices too small":     func(h *proof.Header) { h.PublicInputs[batchKWord] = 2 },
		"matrices too large":     func(h *proof.Header) { h.PublicInputs[batchKWord] = 1<<32 - 1 },
		"a weaker configuration": func(h *proof.Header) { h.Config.PowBits-- },
	} {
		h := s.header()
		change(&h)
		if _, err := shapeOf(h); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v, want %v", name, err, ErrMalformed)
		}
	}
}
