package prove_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/sage-network/sage-node/prover/interop"
	"github.com/sage-network/sage-node/prover/proof"
	"github.com/sage-network/sage-node/prover/prove"
)

// TestProofsShareAWorkspace proves different things at the same time in one
// workspace, which keeps too little for all, and cancels some of the proofs at a
// random phase: those that end are the same as alone.
func TestProofsShareAWorkspace(t *testing.T) {
	const k, goroutines, proofs = 5, 4, 6
	a, b, c := product(7, k)
	in := instance(t, k, witness(k, a, b, c, nil))
	lookups := interop.Case{AIR: interop.RangeCheck, LogRows: 10, Columns: 3, Bits: 8,
		Config: proof.Config{PowBits: 2, LogBlowup: 3, Queries: 9, FoldStep: 3}}
	kinds := []func(ctx context.Context, o prove.Options) ([]byte, error){
		func(ctx context.Context, o prove.Options) ([]byte, error) {
			p, err := prove.Prove(ctx, in, o)
			if err != nil {
				return nil, err
			}
			return proof.EncodeJSON(p)
		},
		func(ctx context.Context, o prove.Options) ([]byte, error) {
			s, err := lookups.Prove(ctx, o)
			if err != nil {
				return nil, err
			}
			return s.Encode()
		},
	}
	want := make([][]byte, len(kinds))
	for i, kind := range kinds {
		var err error
		if want[i], err = kind(context.Background(), prove.Options{}); err != nil {
			t.Fatal(err)
		}
	}

	ws := prove.NewWorkspace(1<<20, 1<<20)
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 1))
			for n := range proofs {
				kind, cancelAt := (g+n)%len(kinds), r.IntN(16) // most proofs have fewer phases
				ctx, cancel := context.WithCancel(context.Background())
				phases := 0
				got, err := kinds[kind](ctx, prove.Options{
					Workers: 1 + r.IntN(3), Mode: prove.Mode(r.IntN(2)), Workspace: ws,
					Progress: func(string, float64) {
						if phases++; phases == cancelAt {
							cancel()
						}
					},
				})
				cancel()
				if err := outcome(got, want[kind], err); err != nil {
					t.Errorf("goroutine %d, proof %d of kind %d, canceled at phase %d: %v", g, n, kind, cancelAt, err)
				}
			}
		})
	}
	wg.Wait()
}

// outcome complains unless a proof is the wanted one or was canceled.
func outcome(got, want []byte, err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return nil
	case err != nil:
		return err
	case !bytes.Equal(got, want):
		return fmt.Errorf("another proof than alone")
	}
	return nil
}
