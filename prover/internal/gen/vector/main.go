// Command vector writes the kernels of package vector.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/sage-network/sage-node/prover/internal/gen/simd"
)

func main() {
	ConstraintExpr("!purego")
	simd.Globals()
	for _, s := range simd.All {
		elementwise(s)
		secure(s)
		sums(s)
	}
	simd.Write()
}

// loop writes f for ever greater byte offsets i, by the given step, until n
// elements are done.
func loop(name string, n reg.GPVirtual, step int, f func(i reg.GPVirtual)) {
	i, end := GP64(), GP64()
	XORQ(i, i)
	MOVQ(n, end)
	SHLQ(U8(2), end)
	Label(name)
	CMPQ(i, end)
	JGE(LabelRef(name + "Done"))
	f(i)
	ADDQ(I32(step), i)
	JMP(LabelRef(name))
	Label(name + "Done")
}

func parameter(name string) reg.GPVirtual { return Load(Param(name), GP64()).(reg.GPVirtual) }

// at is the memory at a base pointer and a byte offset.
func at(base, offset reg.Register) Mem { return Mem{Base: base, Index: offset, Scale: 1} }

// elementwise writes the functions that compute dst[i] from the i-th elements of
// their operands and from a constant.
func elementwise(s *simd.ISA) {
	type kernel struct {
		name, doc string
		operands  []string
		scalar    bool
		f         func(x []simd.Vec, w simd.Vec) // the result replaces x[0]
	}
	double := func(w simd.Vec) simd.Vec {
		d := s.Reg()
		VPADDD(w, w, d)
		return d
	}
	for _, k := range []kernel{
		{"add", "a + b", []string{"a", "b"}, false, func(x []simd.Vec, _ simd.Vec) { s.Add(x[0], x[1], x[0]) }},
		{"sub", "a − b", []string{"a", "b"}, false, func(x []simd.Vec, _ simd.Vec) { s.Sub(x[0], x[1], x[0]) }},
		{"mul", "a·b", []string{"a", "b"}, false, func(x []simd.Vec, _ simd.Vec) { s.Mul(x[0], x[1], x[0]) }},
		{"mulAdd", "a·b + c", []string{"a", "b", "c"}, false, func(x []simd.Vec, _ simd.Vec) {
			s.Mul(x[0], x[1], x[0])
			s.Add(x[0], x[2], x[0])
		}},
		{"mulSub", "c − a·b", []string{"a", "b", "c"}, false, func(x []simd.Vec, _ simd.Vec) {
			s.Mul(x[0], x[1], x[0])
			s.Sub(x[2], x[0], x[0])
		}},
		{"addConst", "a + w", []string{"a"}, true, func(x []simd.Vec, w simd.Vec) { s.Add(x[0], w, x[0]) }},
		{"scale", "w·a", []string{"a"}, true, func(x []simd.Vec, w simd.Vec) { s.MulDoubled(x[0], w, w, x[0]) }},
		{"addScaled", "a + w·b", []string{"a", "b"}, true, func(x []simd.Vec, w simd.Vec) {
			s.MulDoubled(x[1], w, w, x[1])
			s.Add(x[0], x[1], x[0])
		}},
		{"alternate", "a at even and b at odd positions", []string{"a", "b"}, false, func(x []simd.Vec, _ simd.Vec) {
			s.Alternate(x[0], x[1])
		}},
	} {
		signature := "dst"
		for _, o := range k.operands {
			signature += ", " + o
		}
		signature += " *uint32"
		if k.scalar {
			signature += ", w uint32"
		}
		TEXT(k.name+s.Name, NOSPLIT, fmt.Sprintf("func(%s, n int)", signature))
		Doc(fmt.Sprintf("%s%s sets dst = %s for n elements, a multiple of %d.", k.name, s.Name, k.doc, s.Lanes))
		s.Begin()
		var w simd.Vec
		if k.scalar {
			word := Load(Param("w"), GP32())
			w = s.Reg()
			if s.Wide() {
				VPBROADCASTD(word, w)
			} else {
				x := XMM()
				VMOVD(word, x)
				VPBROADCASTD(x, w)
			}
			if k.name != "addConst" {
				w = double(w)
			}
		}
		dst := parameter("dst")
		var operands []reg.GPVirtual
		for _, o := range k.operands {
			operands = append(operands, parameter(o))
		}
		loop("rows", parameter("n"), s.Bytes(), func(i reg.GPVirtual) {
			var x []simd.Vec
			for _, o := range operands {
				v := s.Reg()
				s.Load(at(o, i), v)
				x = append(x, v)
			}
			k.f(x, w)
			s.Store(x[0], at(dst, i))
		})
		VZEROUPPER()
		RET()
	}
}
