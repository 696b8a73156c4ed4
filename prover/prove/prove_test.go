package prove_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/air/widefib"
	"github.com/sage-network/sage-node/prover/channel"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
	"github.com/sage-network/sage-node/prover/prove"
	"github.com/sage-network/sage-node/prover/verify"
)

// cheap is the production configuration but for the proof of work.
func cheap() proof.Config {
	cfg := matmul.Config()
	cfg.PowBits = 3
	return cfg
}

// product returns random n×n matrices A and B with C = A·B.
func product(seed uint64, k uint32) (a, b, c matmul.Matrix) {
	r := rand.New(rand.NewPCG(seed, 0))
	n := 1 << k
	a, b, c = make(matmul.Matrix, n*n), make(matmul.Matrix, n*n), make(matmul.Matrix, n*n)
	for i := range a {
		a[i], b[i] = m31.Element(r.Uint32N(m31.P)), m31.Element(r.Uint32N(m31.P))
	}
	for i := range n {
		for j := range n {
			for l := range n {
				c[i*n+j] = m31.Add(c[i*n+j], m31.Mul(a[i*n+l], b[l*n+j]))
			}
		}
	}
	return a, b, c
}

// witness returns the honest columns, changed by edit.
func witness(k uint32, a, b, c matmul.Matrix, edit func(tree int, columns [][]m31.Element)) prove.Witness {
	return func(ctx context.Context, tree int, challenges []m31.QM31) (columns [][]m31.Element, err error) {
		switch tree {
		case matmul.TreeInput:
			columns, err = matmul.InputColumns(ctx, 2, k, a, b)
		case matmul.TreeResult:
			columns, err = matmul.ResultColumns(ctx, 2, k, c)
		case matmul.TreeInteraction:
			columns, err = matmul.Interaction(ctx, 2, k, a, b, c, challenges[0], challenges[1])
		}
		if edit != nil {
			edit(tree, columns)
		}
		return columns, err
	}
}

func instance(t testing.TB, k uint32, w prove.Witness) prove.Instance {
	t.Helper()
	component, err := matmul.New(k)
	if err != nil {
		t.Fatal(err)
	}
	return prove.Instance{AIR: component, Config: cheap(), Witness: w}
}

// TestMatmulIsVerified proves all small sizes, with and without parallelism, and
// compares the proofs: the number of workers must not matter.
func TestMatmulIsVerified(t *testing.T) {
	for k := uint32(matmul.MinK); k <= 6; k++ {
		a, b, c := product(uint64(k), k)
		var first []byte
		for _, workers := range []int{1, 2, 5} {
			in := instance(t, k, witness(k, a, b, c, nil))
			p, err := prove.Prove(context.Background(), in, prove.Options{Workers: workers})
			if err != nil {
				t.Fatal(err)
			}
			preprocessed, err := matmul.PreprocessedRoot(k)
			if err != nil {
				t.Fatal(err)
			}
			err = verify.Verify(channel.Channel{}, verify.Instance{
				AIR:    in.AIR,
				Config: in.Config,
				Roots:  map[int]proof.Hash{matmul.TreePreprocessed: preprocessed},
			}, p)
			if err != nil {
				t.Fatalf("k = %d: %v", k, err)
			}
			data, err := proof.EncodeJSON(p)
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = data
			} else if string(first) != string(data) {
				t.Fatalf("k = %d: %d workers give another proof", k, workers)
			}
		}
	}
}

// TestEveryChangedCellIsRefused changes one cell of one column at a time.
func TestEveryChangedCellIsRefused(t *testing.T) {
	const k = matmul.MinK
	a, b, c := product(1, k)
	r := rand.New(rand.NewPCG(2, 0))
	for tree, columns := range []int{0, 2, 1, 20} {
		for column := range columns {
			row := r.IntN(1 << (2 * k))
			in := instance(t, k, witness(k, a, b, c, func(at int, columns [][]m31.Element) {
				if at == tree {
					columns[column][row] = m31.Add(columns[column][row], 1)
				}
			}))
			if _, err := prove.Prove(context.Background(), in, prove.Options{}); !errors.Is(err, prove.ErrConstraints) {
				t.Errorf("tree %d column %d row %d: %v, want %v", tree, column, row, err, prove.ErrConstraints)
			}
		}
	}
}

// TestWrongProductIsRefused changes an entry of C before the interaction columns
// are computed, so that only the comparison in row 0 can notice.
func TestWrongProductIsRefused(t *testing.T) {
	const k = matmul.MinK
	a, b, c := product(3, k)
	for _, i := range []int{0, 7, 8, 63} {
		wrong := append(matmul.Matrix(nil), c...)
		wrong[i] = m31.Add(wrong[i], 1)
		in := instance(t, k, witness(k, a, b, wrong, nil))
		if _, err := prove.Prove(context.Background(), in, prove.Options{}); !errors.Is(err, prove.ErrConstraints) {
			t.Errorf("entry %d: %v, want %v", i, err, prove.ErrConstraints)
		}
	}
}

func TestProveRefusesWitness(t *testing.T) {
	const k = matmul.MinK
	a, b, c := product(4, k)
	boom := errors.New("boom")
	for name, w := range map[string]prove.Witness{
		"missing column": func(ctx context.Context, tree int, ch []m31.QM31) ([][]m31.Element, error) {
			return [][]m31.Element{make([]m31.Element, 1<<(2*k))}, nil
		},
		"short column": func(ctx context.Context, tree int, ch []m31.QM31) ([][]m31.Element, error) {
			return [][]m31.Element{make([]m31.Element, 3), make([]m31.Element, 3)}, nil
		},
		"not canonical": witness(k, a, b, c, func(tree int, columns [][]m31.Element) { columns[0][5] = m31.P }),
	} {
		if _, err := prove.Prove(context.Background(), instance(t, k, w), prove.Options{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	failing := func(context.Context, int, []m31.QM31) ([][]m31.Element, error) { return nil, boom }
	if _, err := prove.Prove(context.Background(), instance(t, k, failing), prove.Options{}); !errors.Is(err, boom) {
		t.Errorf("failing witness: %v", err)
	}
	in := instance(t, k, witness(k, a, b, c, nil))
	in.Roots = map[int]proof.Hash{matmul.TreeInput: {1}}
	if _, err := prove.Prove(context.Background(), in, prove.Options{}); !errors.Is(err, prove.ErrRoot) {
		t.Errorf("other root: %v", err)
	}
}

func TestProveRefusesWorkThatNothingChecks(t *testing.T) {
	a, err := widefib.New(4, 3)
	if err != nil {
		t.Fatal(err)
	}
	in := prove.Instance{AIR: a, Config: proof.Config{LogBlowup: 1, Queries: 1, FoldStep: 1}, InteractionPowBits: 4}
	if _, err := prove.Prove(context.Background(), in, prove.Options{}); err == nil {
		t.Error("bits of work before challenges that the AIR does not draw: no error")
	}
}

func TestCommitTreeIsTheProofs(t *testing.T) {
	const k = 4
	a, b, c := product(5, k)
	p, err := prove.Prove(context.Background(), instance(t, k, witness(k, a, b, c, nil)), prove.Options{})
	if err != nil {
		t.Fatal(err)
	}
	columns, err := matmul.InputColumns(context.Background(), 1, k, a, b)
	if err != nil {
		t.Fatal(err)
	}
	got, err := prove.CommitTree(context.Background(), cheap(), columns, prove.Options{})
	if err != nil || got != p.Commitments[matmul.TreeInput] {
		t.Errorf("root %x, %v; the proof has %x", got, err, p.Commitments[matmul.TreeInput])
	}
	for name, columns := range map[string][][]m31.Element{
		"no columns":        {},
		"a size of no kind": {make([]m31.Element, 3)},
		"a single row":      {make([]m31.Element, 1)},
	} {
		if _, err := prove.CommitTree(context.Background(), cheap(), columns, prove.Options{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestConfigurations proves the wide Fibonacci AIR under configurations that
// exercise other fold steps, blowups and last layers.
func TestConfigurations(t *testing.T) {
	const logRows, columns = 7, 5
	component, err := widefib.New(logRows, columns)
	if err != nil {
		t.Fatal(err)
	}
	for _, cfg := range []proof.Config{
		{LogBlowup: 1, Queries: 3, FoldStep: 1},
		{LogBlowup: 1, Queries: 3, FoldStep: 7},
		{LogBlowup: 3, Queries: 7, FoldStep: 2, LogLastLayerDegree: 3},
		{LogBlowup: 5, Queries: 40, FoldStep: 4, LogLastLayerDegree: 1},
		{LogBlowup: 2, Queries: 9, FoldStep: 3, PowBits: 7},
	} {
		var ch channel.Channel
		ch.MixFelts(cfg.Felts())
		p, err := prove.Prove(context.Background(), prove.Instance{
			AIR:     component,
			Config:  cfg,
			Channel: ch,
			Witness: func(_ context.Context, tree int, _ []m31.QM31) ([][]m31.Element, error) {
				return fibonacci(logRows, columns), nil
			},
		}, prove.Options{})
		if err != nil {
			t.Errorf("%+v: %v", cfg, err)
			continue
		}
		if err := verify.Verify(ch, verify.Instance{AIR: component, Config: cfg}, p); err != nil {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
}
