package vector

import (
	"math/rand/v2"
	"testing"

	"github.com/sage-network/sage-node/prover/internal/cpu/cputest"
	"github.com/sage-network/sage-node/prover/m31"
)

// benchRows is a length at which operands stay in the first-level cache.
const benchRows = 1 << 10

func BenchmarkKernels(b *testing.B) {
	s := source{rand.New(rand.NewPCG(1, 2))}
	x, y, z, w := s.vector(benchRows), s.vector(benchRows), s.vector(benchRows), s.element()
	p, q, r, v := s.secure(benchRows), s.secure(benchRows), s.secure(benchRows), s.scalar()
	for i := range y {
		y[i] |= 1 // no zeros for the inverse
	}
	columns, weights := make([][]m31.Element, 16), make([]m31.QM31, 16)
	for k := range columns {
		columns[k], weights[k] = s.vector(benchRows), s.scalar()
	}
	for _, k := range []struct {
		name string
		f    func()
	}{
		{"Add", func() { Add(z, x, y) }},
		{"Mul", func() { Mul(z, x, y) }},
		{"MulAdd", func() { MulAdd(z, x, y, x) }},
		{"Scale", func() { Scale(z, x, w) }},
		{"AddScaled", func() { AddScaled(z, x, y, w) }},
		{"Inverse", func() { Inverse(z, y) }},
		{"Dot", func() { Dot(x, y) }},
		{"MulSecure", func() { MulSecure(r, p, q) }},
		{"ScaleSecure", func() { ScaleSecure(r, p, v) }},
		{"AddScaledSecure", func() { AddScaledSecure(r, p, v) }},
		{"AddCombination16", func() { AddCombination(r, columns, weights) }},
		{"DotSecure", func() { DotSecure(x, p) }},
		{"Fold", func() { Fold(r.Slice(0, benchRows/2), p, v) }},
		{"AddQuotient", func() { AddQuotient(r, p, x, Complex{q[0], q[1]}, v, v, v) }},
	} {
		b.Run(k.name, func(b *testing.B) {
			cputest.EachB(b, func(b *testing.B) {
				const calls = 16
				fastest := cputest.Fastest(b, func() {
					for range calls {
						k.f()
					}
				})
				b.ReportMetric(float64(fastest.Nanoseconds())/(calls*benchRows), "ns/elem")
			})
		})
	}
}
