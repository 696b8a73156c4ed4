package matmul_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/m31"
)

// TestTraceByMeaning compares the stored columns, row by row, with what they mean.
// The largest size has more blocks than are computed at a time.
func TestTraceByMeaning(t *testing.T) {
	ctx := context.Background()
	for _, k := range []uint32{3, 4, 5, 9} {
		n := 1 << k
		r := rand.New(rand.NewPCG(uint64(k), 0))
		matrices := make([]matmul.Matrix, 3)
		for i := range matrices {
			matrices[i] = make(matmul.Matrix, n*n)
			for j := range matrices[i] {
				matrices[i][j] = random(r)
			}
		}
		a, b, c := matrices[0], matrices[1], matrices[2]
		alpha, beta := randomFelt(r), randomFelt(r)
		input, err := matmul.InputColumns(ctx, 2, k, a, b)
		if err != nil {
			t.Fatal(err)
		}
		result, err := matmul.ResultColumns(ctx, 2, k, c)
		if err != nil {
			t.Fatal(err)
		}
		interaction, err := matmul.Interaction(ctx, 2, k, a, b, c, alpha, beta)
		if err != nil {
			t.Fatal(err)
		}
		secure := func(column, at int) m31.QM31 {
			return m31.FromCoords([4]m31.Element{
				interaction[4*column][at], interaction[4*column+1][at], interaction[4*column+2][at], interaction[4*column+3][at],
			})
		}
		var u, w m31.QM31
		for kk := range n {
			var x, y, z m31.QM31
			for i := range n {
				at := circle.RowPosition(kk*n+i, int(2*k))
				if input[0][at] != a[i*n+kk] || input[1][at] != b[kk*n+i] || result[0][at] != c[kk*n+i] {
					t.Fatalf("k = %d: another entry in row %d of block %d", k, i, kk)
				}
				x = x.Mul(alpha).AddM31(a[i*n+kk])
				y = y.Mul(beta).AddM31(b[kk*n+i])
				z = z.Mul(beta).AddM31(c[kk*n+i])
				for column, want := range []m31.QM31{x, y, z, u, w} {
					if got := secure(column, at); got != want {
						t.Fatalf("k = %d: column %d holds %v in row %d of block %d, want %v", k, column, got, i, kk, want)
					}
				}
			}
			u = u.Add(x.Mul(y))
			w = w.Mul(alpha).Add(z)
		}
	}
}

func BenchmarkInteraction(b *testing.B) {
	const k = 10
	r := rand.New(rand.NewPCG(1, 0))
	m := make(matmul.Matrix, 1<<(2*k))
	for i := range m {
		m[i] = random(r)
	}
	alpha, beta := randomFelt(r), randomFelt(r)
	for b.Loop() {
		if _, err := matmul.Interaction(context.Background(), 1, k, m, m, m, alpha, beta); err != nil {
			b.Fatal(err)
		}
	}
}
