package air_test

import (
	"math/rand/v2"
	"testing"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/air/poseidon2"
	"github.com/sage-network/sage-node/prover/air/widefib"
	"github.com/sage-network/sage-node/prover/internal/cpu/cputest"
	"github.com/sage-network/sage-node/prover/m31"
)

// BenchmarkBatch evaluates constraints on rows that come from memory.
func BenchmarkBatch(b *testing.B) {
	const logRows = 14
	random := rand.New(rand.NewPCG(1, 2))
	matrices, err := matmul.New(logRows / 2)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []*air.Component{
		matrices.Components[0],
		widefib.Component(logRows, 100, air.TreeTrace+1),
		poseidon2.Component(logRows),
	} {
		b.Run(c.Name, func(b *testing.B) {
			cputest.EachB(b, func(b *testing.B) {
				cells := map[[3]int][]m31.Element{}
				start := 0
				read := func(tree, column, offset int) []m31.Element {
					key := [3]int{tree, column, offset}
					if cells[key] == nil {
						v := make([]m31.Element, 1<<logRows)
						for i := range v {
							v[i] = m31.Element(random.Uint32N(m31.P))
						}
						cells[key] = v
					}
					return cells[key][start : start+air.BatchRows]
				}
				scalars := make([]m31.QM31, c.Scalars())
				for i := range scalars {
					scalars[i] = m31.FromCoords([4]m31.Element{5, 7, 11, m31.Element(i)})
				}
				e := air.NewEvaluator(c, scalars, m31.FromCoords([4]m31.Element{1, 2, 3, 4}), m31.One())
				var acc [4][]m31.Element
				for j := range acc {
					acc[j] = make([]m31.Element, air.BatchRows)
				}
				for start = 0; start < 1<<logRows; start += air.BatchRows {
					e.Batch(air.BatchRows, read, acc)
				}
				start = 0
				fastest := cputest.Fastest(b, func() {
					e.Batch(air.BatchRows, read, acc)
					start = (start + air.BatchRows) % (1 << logRows)
				})
				b.ReportMetric(float64(fastest.Nanoseconds())/air.BatchRows, "ns/row")
				b.ReportMetric(float64(e.Registers()), "registers")
				b.ReportMetric(float64(len(c.Nodes)), "nodes")
			})
		})
	}
}
