package matmul_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"slices"
	"testing"

	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/prove"
)

var update = flag.Bool("update", false, "write the layers of tree 0")

// smallestLayer is the smallest k for which a layer is kept.
const smallestLayer = 7

// TestPreprocessedRoots recomputes the checked-in roots and layers of tree 0. The
// largest sizes, of some seconds each, run with SAGE_SLOW_TESTS set, or to write the
// layers:
//
//	go test ./prover/air/matmul -run PreprocessedRoots -update
func TestPreprocessedRoots(t *testing.T) {
	largest := uint32(smallestLayer)
	if *update || os.Getenv("SAGE_SLOW_TESTS") != "" {
		largest = matmul.MaxK
	}
	for k := uint32(matmul.MinK); k <= largest; k++ {
		a, err := matmul.New(k)
		if err != nil {
			t.Fatal(err)
		}
		above := min(matmul.LayerAbove, int(2*k))
		got, layer, err := prove.PreprocessedLayer(context.Background(), a, matmul.Config(), above, prove.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if want, err := matmul.PreprocessedRoot(k); err != nil || got != want {
			t.Errorf("k = %d: the root is %x, the table has %x (%v)", k, got, want, err)
		}
		if k < smallestLayer {
			layer = nil
		} else if *update {
			var data bytes.Buffer
			for _, node := range layer {
				data.Write(node[:])
			}
			if err := os.WriteFile(matmul.LayerFile(k), data.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if have, err := matmul.PreprocessedLayer(k); err != nil || !slices.Equal(have, layer) {
			t.Errorf("k = %d: another layer is checked in (%v)", k, err)
		}
	}
}
