package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/sage-network/sage-node/prover/internal/gen/simd"
)

// group is the number of products that are summed before they are reduced.
const group = 4

// sums writes the sums of products whose reduction waits: four products and a
// halved sum stay below 2⁶⁴.
func sums(s *simd.ISA) {
	combination(s)
	dot(s)
}

// combination writes dst += Σ weights·columns. AVX2 has registers for two
// coordinates at a time.
func combination(s *simd.ISA) {
	coords := 4
	if !s.Wide() {
		coords = 2
	}
	TEXT("combine"+s.Name, NOSPLIT, "func(dst *[]uint32, columns *[]uint32, weights *uint64, groups, first, n int)")
	if coords == 4 {
		Doc("combine"+s.Name+" adds to the four coordinates of dst[first:first+n] the sum of the columns there, four to a group,",
			"times their weights, a row of four coordinates each. n is a multiple of the lanes.")
	} else {
		Doc("combine"+s.Name+" adds to the two coordinates of dst[first:first+n] the sum of the columns there, four to a group,",
			"times their weights, the first two of a row of four coordinates each. n is a multiple of the lanes.")
	}
	s.BeginSums()
	out := coordinates("dst", coords)
	columns, weights, groups := parameter("columns"), parameter("weights"), parameter("groups")
	first := parameter("first")
	for _, p := range out {
		LEAQ(Mem{Base: p, Index: first, Scale: 4}, p)
	}
	loop("rows", parameter("n"), s.Bytes(), func(i reg.GPVirtual) {
		even, odd := s.Regs(coords), s.Regs(coords)
		for j := range even {
			s.Load(at(out[j], i), even[j])
			s.Odd(even[j], odd[j])
			VPSLLQ(U8(32), even[j], even[j])
			VPSRLQ(U8(32), even[j], even[j])
		}
		column, weight, left := GP64(), GP64(), GP64()
		MOVQ(columns, column)
		MOVQ(weights, weight)
		MOVQ(groups, left)
		offset := GP64()
		LEAQ(Mem{Base: i, Index: first, Scale: 4}, offset)
		Label("group")
		TESTQ(left, left)
		JE(LabelRef("groupsDone"))
		for k := range group {
			p, x, xOdd := GP64(), s.Reg(), s.Reg()
			MOVQ(Mem{Base: column, Disp: 24 * k}, p)
			s.Load(at(p, offset), x)
			s.Odd(x, xOdd)
			for j := range even {
				m := Mem{Base: weight, Disp: 8 * (4*k + j)}
				if s.Wide() {
					a, b := s.Reg(), s.Reg()
					s.WideScalar(x, m, a)
					s.WideScalar(xOdd, m, b)
					VPADDQ(a, even[j], even[j])
					VPADDQ(b, odd[j], odd[j])
					continue
				}
				w, a := s.Reg(), s.Reg()
				VPBROADCASTQ(m, w)
				VPMULUDQ(w, x, a)
				VPMULUDQ(w, xOdd, w)
				VPADDQ(a, even[j], even[j])
				VPADDQ(w, odd[j], odd[j])
			}
		}
		for j := range even {
			s.Halve(even[j])
			s.Halve(odd[j])
		}
		ADDQ(U8(24*group), column)
		SUBQ(I8(-32*group), weight)
		DECQ(left)
		JMP(LabelRef("group"))
		Label("groupsDone")
		for j := range even {
			s.Sums(even[j], odd[j])
			s.Store(even[j], at(out[j], i))
		}
	})
	VZEROUPPER()
	RET()
}

// dot writes Σ a·w for the coordinates of w, or for one vector.
func dot(s *simd.ISA) {
	for _, coords := range []int{1, 4} {
		name, w := "dot", "w *uint32"
		if coords == 4 {
			name, w = "dotSecure", "w *[4][]uint32"
		}
		TEXT(name+s.Name, NOSPLIT, "func(sums *[4]uint64, a *uint32, "+w+", first, n int)")
		Doc(name+s.Name+" sets sums[j] to a 64-bit number that is Σ a[i]·w[j][i] modulo 2³¹ − 1, for n ≤ 2²⁴ elements",
			"from the first, a multiple of four times the lanes.")
		s.BeginSums()
		a := parameter("a")
		var ws []reg.GPVirtual
		if coords == 4 {
			ws = coordinates("w", coords)
		} else {
			ws = []reg.GPVirtual{parameter("w")}
		}
		first := parameter("first")
		for _, p := range append(ws, a) {
			LEAQ(Mem{Base: p, Index: first, Scale: 4}, p)
		}
		acc := s.Regs(coords)
		for _, v := range acc {
			s.Zero(v)
		}
		loop("rows", parameter("n"), group*s.Bytes(), func(i reg.GPVirtual) {
			// With few registers, one coordinate after the other.
			together := coords
			if !s.Wide() {
				together = 1
			}
			for j := 0; j < coords; j += together {
				products(s, a, ws[j:j+together], acc[j:j+together], i)
			}
		})
		result := parameter("sums")
		for j, v := range acc {
			s.SumLanes(v, Mem{Base: result, Disp: 8 * j})
		}
		VZEROUPPER()
		RET()
	}
}

// products adds to acc the products of a group of registers from a with those from
// each of ws, at the byte offset i.
func products(s *simd.ISA, a reg.GPVirtual, ws []reg.GPVirtual, acc []simd.Vec, i reg.GPVirtual) {
	even, odd := make([]simd.Vec, len(ws)), make([]simd.Vec, len(ws))
	for k := range group {
		x, xOdd := s.Reg(), s.Reg()
		s.Load(at(a, i).Offset(k*s.Bytes()), x)
		s.Odd(x, xOdd)
		for j, p := range ws {
			y, yOdd := s.Reg(), s.Reg()
			s.Load(at(p, i).Offset(k*s.Bytes()), y)
			s.Odd(y, yOdd)
			VPMULUDQ(x, y, y)
			VPMULUDQ(xOdd, yOdd, yOdd)
			if k == 0 {
				even[j], odd[j] = y, yOdd
			} else {
				VPADDQ(y, even[j], even[j])
				VPADDQ(yOdd, odd[j], odd[j])
			}
		}
	}
	for j := range acc {
		s.Halve(even[j])
		s.Halve(odd[j])
		VPADDQ(even[j], acc[j], acc[j])
		VPADDQ(odd[j], acc[j], acc[j])
	}
}
