// Command circle writes the kernels of package circle.
package main

import (
	. "github.com/mmcloughlin/avo/build"

	"github.com/sage-network/sage-node/prover/internal/gen/simd"
)

func main() {
	ConstraintExpr("!purego")
	simd.Globals()
	indices()
	for _, s := range simd.All {
		maxLog := 3
		if s.Wide() {
			maxLog = 4 // sixteen rows in registers
		}
		for log := 1; log <= maxLog; log++ {
			pass(s, log, false)
			pass(s, log, true)
		}
		last(s, false)
		last(s, true)
	}
	simd.Write()
}

// butterfly sets (a, b) to (a + t·b, a − t·b), where times multiplies by t.
func butterfly(s *simd.ISA, a, b simd.Vec, times func(x simd.Vec)) {
	times(b)
	sum := s.Reg()
	s.Add(a, b, sum)
	s.Sub(a, b, b)
	s.Move(sum, a)
}

// inverseButterfly sets (a, b) to (a + b, (a − b)·t), where times multiplies by t.
func inverseButterfly(s *simd.ISA, a, b simd.Vec, times func(x simd.Vec)) {
	sum := s.Reg()
	s.Add(a, b, sum)
	s.Sub(a, b, b)
	s.Move(sum, a)
	times(b)
}
