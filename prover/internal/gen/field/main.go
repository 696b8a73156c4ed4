// Command field writes the kernels of package field.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"

	"github.com/sage-network/sage-node/prover/internal/gen/stark"
)

func main() {
	ConstraintExpr("!purego")

	TEXT("mulBMI2", NOSPLIT, "func(z, x, y *[4]uint64)")
	Doc("mulBMI2 sets z to x·y (mod p).")
	Pragma("noescape")
	x, y := Load(Param("x"), GP64()), Load(Param("y"), GP64())
	n := stark.MulReduced(stark.At(x, 0), stark.At(y, 0))
	n.Store(stark.At(Load(Param("z"), GP64()), 0).Mem)
	RET()

	TEXT("squareBMI2", NOSPLIT, "func(z, x *[4]uint64, n uint64)")
	Doc("squareBMI2 sets z to x^(2^n) (mod p), for n of at least 1.")
	Pragma("noescape")
	x = Load(Param("x"), GP64())
	z, left := Load(Param("z"), GP64()), Load(Param("n"), GP64())
	Label("again")
	n = stark.SquareReduced(stark.At(x, 0))
	n.Store(stark.At(z, 0).Mem)
	MOVQ(z, x)
	SUBQ(U8(1), left)
	JNE(LabelRef("again"))
	RET()

	Generate()
}
