package prove_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/proof"
	"github.com/sage-network/sage-node/prover/prove"
)

// TestKnownLayerChangesNothing proves with and without the layer of tree 0 that is
// known beforehand, and with wrong ones.
func TestKnownLayerChangesNothing(t *testing.T) {
	const k = 7 // the smallest size with a layer
	a, b, c := product(1, k)
	in := instance(t, k, witness(k, a, b, c, nil))
	want := encoded(t, in, prove.Options{})

	roots, layers, err := matmul.Tree0(k)
	if err != nil || len(layers[matmul.TreePreprocessed]) == 0 {
		t.Fatalf("no layer: %v", err)
	}
	in.Roots, in.Layers = roots, layers
	for _, mode := range []prove.Mode{prove.Speed, prove.Memory} {
		ws := prove.NewWorkspace(1<<30, 1<<30)
		for range 2 {
			if encoded(t, in, prove.Options{Mode: mode, Workspace: ws}) != want {
				t.Fatalf("mode %d: another proof", mode)
			}
		}
		if _, tables := ws.Held(); tables > 5<<20 {
			t.Errorf("mode %d: tables of %d bytes", mode, tables)
		}
	}

	// A wrong layer is found out before anything is committed to, and is not kept.
	ws := prove.NewWorkspace(1<<30, 1<<30)
	wrong := slices.Clone(layers[matmul.TreePreprocessed])
	wrong[5][0] ^= 1
	for name, layer := range map[string][]proof.Hash{"a wrong node": wrong, "too few nodes": wrong[:1], "no nodes": nil} {
		in.Layers = map[int][]proof.Hash{matmul.TreePreprocessed: layer}
		_, err := prove.Prove(context.Background(), in, prove.Options{Workspace: ws})
		if err == nil || name != "no nodes" && !errors.Is(err, prove.ErrLayer) {
			t.Errorf("%s: %v", name, err)
		}
	}
	in.Roots = nil
	if _, err := prove.Prove(context.Background(), in, prove.Options{}); err == nil {
		t.Error("a layer without the root that it must lead to: no error")
	}
	in.Layers = nil
	if encoded(t, in, prove.Options{Workspace: ws}) != want {
		t.Error("another proof after a wrong layer")
	}
}
