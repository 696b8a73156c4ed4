package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/sage-network/sage-node/prover/internal/gen/simd"
)

// The last layers join elements of one vector. Two registers hold 2·lanes
// consecutive elements; before each layer they are permuted so that one holds the
// butterflies' first operands and the other the second ones, in the same order.
// twiddleIndex[lanes][layer] says, lane by lane, which of the vector's twiddles of
// that layer the butterfly in it takes.
var twiddleIndex = map[int][]Mem{}

// outIndex picks, from the registers of even and odd elements, the elements in their
// order, and inIndex the even and odd ones from the elements; 512 bits only.
var outIndex, inIndex [2]Mem

// order returns the elements that the lanes of the first register hold at a layer;
// the second one holds those 2^layer further on.
func order(lanes, layer int) []int {
	switch {
	case lanes == 16 && layer == 3:
		return runs(8, 0, 16)
	case lanes == 16 && layer == 2:
		return runs(4, 0, 16, 8, 24)
	case lanes == 16 && layer == 1:
		return runs(2, 0, 4, 16, 20, 8, 12, 24, 28)
	case lanes == 16:
		return []int{0, 4, 2, 6, 16, 20, 18, 22, 8, 12, 10, 14, 24, 28, 26, 30}
	case layer == 2:
		return runs(4, 0, 8)
	case layer == 1:
		return runs(2, 0, 4, 8, 12)
	default:
		return []int{0, 4, 2, 6, 8, 12, 10, 14}
	}
}

// runs returns n consecutive numbers from each of the given ones.
func runs(n int, from ...int) (out []int) {
	for _, f := range from {
		for i := range n {
			out = append(out, f+i)
		}
	}
	return out
}

func table(name string, values []int) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for i, v := range values {
		DATA(4*i, U32(v))
	}
	return m
}

// indices writes the permutations.
func indices() {
	for _, s := range simd.All {
		layers := lastLayers(s)
		for layer := range layers {
			var index []int
			for _, element := range order(s.Lanes, layer) {
				index = append(index, element>>(layer+1))
			}
			twiddleIndex[s.Lanes] = append(twiddleIndex[s.Lanes], table(string('a'+rune(layer))+s.Name, index))
		}
	}
	even := order(16, 0)
	place := make([]int, 32)
	in := [2][]int{}
	for lane, element := range even {
		place[element], place[element+1] = lane, 16+lane
		in[0], in[1] = append(in[0], element), append(in[1], element+1)
	}
	outIndex = [2]Mem{table("outLow", place[:16]), table("outHigh", place[16:])}
	inIndex = [2]Mem{table("inEven", in[0]), table("inOdd", in[1])}
}

func lastLayers(s *simd.ISA) int {
	if s.Wide() {
		return 4
	}
	return 3
}

// last writes the function that runs the layers below the lanes.
func last(s *simd.ISA, inverse bool) {
	name := "forwardLast"
	if inverse {
		name = "inverseLast"
	}
	layers := lastLayers(s)
	TEXT(name+s.Name, NOSPLIT, "func(v *uint32, n int, twiddles *[4]*uint32)")
	Doc(name+s.Name+" runs the layers whose butterflies join elements of one vector on n elements, a multiple of twice the lanes.",
		"twiddles has the first elements' twiddles, layer 0 first.")
	s.Begin()
	var index [4]simd.Vec
	for layer := range layers {
		index[layer] = s.Reg()
		s.Load(twiddleIndex[s.Lanes][layer], index[layer])
	}
	var permutation [2]simd.Vec
	if s.Wide() {
		for i := range permutation {
			permutation[i] = s.Reg()
			m := outIndex[i]
			if inverse {
				m = inIndex[i]
			}
			s.Load(m, permutation[i])
		}
	}
	v, left, tw := GP64(), GP64(), GP64()
	Load(Param("v"), v)
	Load(Param("n"), left)
	Load(Param("twiddles"), tw)
	t := make([]reg.GPVirtual, layers)
	for layer := range t {
		t[layer] = GP64()
		MOVQ(Mem{Base: tw, Disp: 8 * layer}, t[layer])
	}

	Label("loop")
	a, b := s.Reg(), s.Reg()
	s.Load(Mem{Base: v}, a)
	s.Load(Mem{Base: v, Disp: s.Bytes()}, b)
	run := func(layer int) {
		w := twiddles(s, t[layer], layer, index[layer])
		VPADDD(w, w, w)
		odd := w
		if layer == 0 { // above, even and odd lanes have the same one
			odd = s.Reg()
			s.Odd(w, odd)
		}
		times := func(x simd.Vec) { s.MulDoubled(x, w, odd, x) }
		if inverse {
			inverseButterfly(s, a, b, times)
		} else {
			butterfly(s, a, b, times)
		}
	}
	// swap replaces (a, b) by the results of two shuffles of them.
	swap := func(low, high func(a, b, dst simd.Vec)) {
		x, y := s.Reg(), s.Reg()
		low(a, b, x)
		high(a, b, y)
		a, b = x, y
	}
	halves := func() {
		swap(func(a, b, dst simd.Vec) { VPERM2I128(U8(0x20), b, a, dst) }, func(a, b, dst simd.Vec) { VPERM2I128(U8(0x31), b, a, dst) })
	}
	quads := func() {
		swap(func(a, b, dst simd.Vec) { VPUNPCKLQDQ(b, a, dst) }, func(a, b, dst simd.Vec) { VPUNPCKHQDQ(b, a, dst) })
	}
	lanes := func() {
		swap(func(a, b, dst simd.Vec) { VSHUFPS(U8(0x88), b, a, dst) }, func(a, b, dst simd.Vec) { VSHUFPS(U8(0xDD), b, a, dst) })
	}
	unpack := func() {
		swap(func(a, b, dst simd.Vec) { VUNPCKLPS(b, a, dst) }, func(a, b, dst simd.Vec) { VUNPCKHPS(b, a, dst) })
	}
	blocks := func(low, high uint64) {
		swap(func(a, b, dst simd.Vec) { VSHUFI64X2(U8(low), b, a, dst) }, func(a, b, dst simd.Vec) { VSHUFI64X2(U8(high), b, a, dst) })
	}
	permute := func() {
		pick := func(i int) func(a, b, dst simd.Vec) {
			return func(a, b, dst simd.Vec) {
				s.Move(a, dst)
				VPERMT2D(b, permutation[i], dst)
			}
		}
		swap(pick(0), pick(1))
	}
	switch {
	case s.Wide() && !inverse:
		blocks(0x44, 0xEE)
		run(3)
		blocks(0x88, 0xDD)
		run(2)
		quads()
		run(1)
		lanes()
		run(0)
		permute()
	case s.Wide():
		permute()
		run(0)
		unpack()
		run(1)
		quads()
		run(2)
		// Runs of four elements, from 0 4 2 6 and 1 5 3 7 to 0 1 4 5 and 2 3 6 7.
		blocks(0x88, 0xDD)
		blocks(0x88, 0xDD)
		run(3)
		blocks(0x44, 0xEE)
	case !inverse:
		halves()
		run(2)
		quads()
		run(1)
		lanes()
		run(0)
		unpack()
		quads()
		halves()
	default:
		halves()
		quads()
		lanes()
		run(0)
		unpack()
		run(1)
		quads()
		run(2)
		halves()
	}
	s.Store(a, Mem{Base: v})
	s.Store(b, Mem{Base: v, Disp: s.Bytes()})
	ADDQ(U32(2*s.Bytes()), v)
	for layer, p := range t {
		ADDQ(U32(4*(2*s.Lanes>>(layer+1))), p)
	}
	SUBQ(U32(2*s.Lanes), left)
	JNE(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// twiddles returns the twiddles at p for the lanes of two registers' butterflies: as
// many as one register has lanes at layer 0, half as many at each layer above.
func twiddles(s *simd.ISA, p reg.GPVirtual, layer int, index simd.Vec) simd.Vec {
	m, w := Mem{Base: p}, s.Reg()
	switch s.Lanes >> layer {
	case 2:
		VPBROADCASTQ(m, w)
	case 4:
		if s.Wide() {
			VBROADCASTI32X4(m, w)
		} else {
			VBROADCASTI128(m, w)
		}
	case 8:
		if !s.Wide() {
			VPERMD(m, index, w)
			return w
		}
		VBROADCASTI64X4(m, w)
	default:
		VPERMD(m, index, w)
		return w
	}
	VPERMD(w, index, w)
	return w
}
