package matmul_test

import (
	"context"
	"os"
	"testing"

	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/prove"
)

// TestPreprocessedRoots recomputes the checked-in table. The largest sizes, of
// some seconds each, run with SAGE_SLOW_TESTS set.
func TestPreprocessedRoots(t *testing.T) {
	largest := uint32(7)
	if os.Getenv("SAGE_SLOW_TESTS") != "" {
		largest = matmul.MaxK
	}
	for k := uint32(matmul.MinK); k <= largest; k++ {
		a, err := matmul.New(k)
		if err != nil {
			t.Fatal(err)
		}
		got, err := prove.PreprocessedRoot(context.Background(), a, matmul.Config(), prove.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if want, err := matmul.PreprocessedRoot(k); err != nil || got != want {
			t.Errorf("k = %d: the root is %x, the table has %x (%v)", k, got, want, err)
		}
	}
}
