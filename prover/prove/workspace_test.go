package prove_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/air/widefib"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
	"github.com/sage-network/sage-node/prover/prove"
)

func encoded(t *testing.T, in prove.Instance, o prove.Options) string {
	t.Helper()
	p, err := prove.Prove(context.Background(), in, o)
	if err != nil {
		t.Fatal(err)
	}
	data, err := proof.EncodeJSON(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestModesAndWorkspacesChangeNothing proves the same in every way, one proof after
// another on the same buffers, and compares the proofs.
func TestModesAndWorkspacesChangeNothing(t *testing.T) {
	const k, logRows, columns = 5, 11, 7
	a, b, c := product(1, k)
	fib, err := widefib.New(logRows, columns)
	if err != nil {
		t.Fatal(err)
	}
	instances := map[string]prove.Instance{"matmul": instance(t, k, witness(k, a, b, c, nil))}
	for blowup := uint32(1); blowup <= 3; blowup++ {
		instances[fmt.Sprintf("wide Fibonacci, blowup %d", 1<<blowup)] = prove.Instance{
			AIR:    fib,
			Config: proof.Config{LogBlowup: blowup, Queries: 11, FoldStep: 2, PowBits: 2},
			Witness: func(context.Context, int, []m31.QM31) ([][]m31.Element, error) {
				return fibonacci(logRows, columns), nil
			},
		}
	}
	ws := prove.NewWorkspace(1<<30, 1<<30)
	for name, in := range instances {
		want := encoded(t, in, prove.Options{})
		for _, mode := range []prove.Mode{prove.Speed, prove.Memory} {
			for workers := 1; workers <= 3; workers++ {
				if encoded(t, in, prove.Options{Mode: mode, Workspace: ws, Workers: workers}) != want {
					t.Fatalf("%s: mode %d with %d workers gives another proof", name, mode, workers)
				}
			}
			// Buffers that one proof took serve the next one.
			own := prove.NewWorkspace(1<<30, 1<<30)
			encoded(t, in, prove.Options{Mode: mode, Workspace: own, Workers: 1})
			encoded(t, in, prove.Options{Mode: mode, Workspace: own, Workers: 1})
			before, _ := own.Held()
			encoded(t, in, prove.Options{Mode: mode, Workspace: own, Workers: 1})
			if after, _ := own.Held(); after != before {
				t.Errorf("%s, mode %d: %d bytes of buffers are held after the third proof, %d after the second", name, mode, after, before)
			}
		}
	}
	if buffers, tables := ws.Held(); buffers == 0 || tables == 0 {
		t.Errorf("%d bytes of buffers and %d of tables are held, want some of both", buffers, tables)
	}
	ws.Trim()
	if buffers, tables := ws.Held(); buffers != 0 || tables != 0 {
		t.Errorf("%d bytes of buffers and %d of tables are held after Trim", buffers, tables)
	}
}

// TestTablesAreBounded proves several sizes in a workspace that can keep the tables
// of one only.
func TestTablesAreBounded(t *testing.T) {
	const limit = 300 << 10
	ws := prove.NewWorkspace(0, limit)
	for _, k := range []uint32{3, 5, 4, 5, 3} {
		a, b, c := product(1, k)
		encoded(t, instance(t, k, witness(k, a, b, c, nil)), prove.Options{Workspace: ws})
		buffers, tables := ws.Held()
		if buffers != 0 || tables > limit {
			t.Fatalf("k = %d: %d bytes of buffers and %d of tables are held, want at most 0 and %d", k, buffers, tables, limit)
		}
		if tables == 0 {
			t.Fatalf("k = %d: no table is held", k)
		}
	}
}

// TestWorkspaceSurvivesCancellation cancels proofs at every phase and proves again
// with the same workspace.
func TestWorkspaceSurvivesCancellation(t *testing.T) {
	const k = matmul.MinK
	a, b, c := product(2, k)
	in := instance(t, k, witness(k, a, b, c, nil))
	want := encoded(t, in, prove.Options{})
	var phases []string
	_, err := prove.Prove(context.Background(), in, prove.Options{Progress: func(phase string, _ float64) { phases = append(phases, phase) }})
	if err != nil {
		t.Fatal(err)
	}
	ws := prove.NewWorkspace(1<<30, 1<<30)
	for _, at := range phases[:len(phases)-1] {
		ctx, cancel := context.WithCancel(context.Background())
		_, err := prove.Prove(ctx, in, prove.Options{Workspace: ws, Progress: func(phase string, _ float64) {
			if phase == at {
				cancel()
			}
		}})
		cancel()
		// A workspace that has the preprocessed tree does not come to its phases.
		if err == nil && at != prove.PhaseTrace(0) && at != prove.PhaseCommit(0) {
			t.Errorf("canceled at %q: no error", at)
		}
		if encoded(t, in, prove.Options{Workspace: ws}) != want {
			t.Fatalf("canceled at %q: the next proof differs", at)
		}
	}
}
