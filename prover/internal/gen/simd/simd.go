// Package simd writes arithmetic in M31 on vectors of 256 or 512 bits.
//
// A product of two elements has 62 bits. VPMULUDQ multiplies the even 32-bit lanes
// into 64-bit ones; the odd lanes are shifted down first. With one factor doubled,
// a product's upper 32-bit half is its bits from 31 on, and its lower half the rest,
// shifted left by one: the two parts whose sum is the product modulo 2³¹ − 1.
package simd

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Vec is a vector register.
type Vec = reg.VecVirtual

// ISA is an instruction set, and within a function the registers that hold its
// constants.
type ISA struct {
	Name  string // suffix of the functions' names
	Lanes int    // 32-bit lanes of a register

	p         Vec // 2³¹ − 1 in 32-bit lanes
	low       Vec // 2³¹ − 1 in 64-bit lanes, once asked for
	even, odd reg.Register
}

// All are the instruction sets that kernels are written for.
var All = []*ISA{{Name: "AVX2", Lanes: 8}, {Name: "AVX512", Lanes: 16}}

var modulus Mem

// Globals writes the constants that all functions share.
func Globals() {
	modulus = GLOBL("modulus", RODATA|NOPTR)
	DATA(0, U64(1<<31-1))
}

// Wide reports whether registers have 512 bits.
func (s *ISA) Wide() bool { return s.Lanes == 16 }

// Bytes is the size of a register.
func (s *ISA) Bytes() int { return 4 * s.Lanes }

// Reg returns a fresh register.
func (s *ISA) Reg() Vec {
	if s.Wide() {
		return ZMM()
	}
	return YMM()
}

// Regs returns n fresh registers.
func (s *ISA) Regs(n int) []Vec {
	v := make([]Vec, n)
	for i := range v {
		v[i] = s.Reg()
	}
	return v
}

// Begin starts a function: it loads the constants.
func (s *ISA) Begin() {
	s.p = s.Reg()
	VPBROADCASTD(modulus, s.p)
	s.low = nil
	if s.Wide() {
		even, odd, bits := K(), K(), GP32()
		MOVL(U32(0x5555), bits)
		KMOVW(bits, even)
		KNOTW(even, odd)
		s.even, s.odd = even, odd
	}
}

// BeginSums is [ISA.Begin] for functions that use [ISA.Halve].
func (s *ISA) BeginSums() {
	s.Begin()
	s.low = s.Reg()
	VPBROADCASTQ(modulus, s.low)
}

// Load sets dst to the vector at m.
func (s *ISA) Load(m Mem, dst Vec) {
	if s.Wide() {
		VMOVDQU32(m, dst)
	} else {
		VMOVDQU(m, dst)
	}
}

// Store writes v to m.
func (s *ISA) Store(v Vec, m Mem) {
	if s.Wide() {
		VMOVDQU32(v, m)
	} else {
		VMOVDQU(v, m)
	}
}

// Move sets dst = v.
func (s *ISA) Move(v, dst Vec) {
	if s.Wide() {
		VMOVDQA32(v, dst)
	} else {
		VMOVDQA(v, dst)
	}
}

// Zero sets dst = 0.
func (s *ISA) Zero(dst Vec) {
	if s.Wide() {
		VPXORD(dst, dst, dst)
	} else {
		VPXOR(dst, dst, dst)
	}
}

// Reduce maps x from [0, 2p) to [0, p): the smaller of x and x − p, as unsigned.
func (s *ISA) Reduce(x Vec) {
	t := s.Reg()
	VPSUBD(s.p, x, t)
	VPMINUD(t, x, x)
}

// Add sets dst = a + b; dst may be an operand.
func (s *ISA) Add(a, b, dst Vec) {
	VPADDD(a, b, dst)
	s.Reduce(dst)
}

// Sub sets dst = a − b; dst may be an operand.
func (s *ISA) Sub(a, b, dst Vec) {
	t := s.Reg()
	VPSUBD(b, a, dst)
	VPADDD(s.p, dst, t)
	VPMINUD(t, dst, dst)
}

// Odd sets dst to the odd lanes of v, moved to the even ones.
func (s *ISA) Odd(v, dst Vec) { VPSRLQ(U8(32), v, dst) }

// Products joins the products of even and of odd lanes, of one factor and twice the
// other, to the reduced products, in even. Both registers are used up.
func (s *ISA) Products(even, odd Vec) {
	low := s.Reg()
	if s.Wide() {
		s.Move(even, low)
		VMOVSLDUP(odd, s.odd, low)
		VMOVSHDUP(even, s.even, odd)
	} else {
		VMOVSLDUP(odd, low)
		VPBLENDD(U8(0xAA), low, even, low)
		VMOVSHDUP(even, even)
		VPBLENDD(U8(0xAA), odd, even, odd)
	}
	VPSRLD(U8(1), low, low)
	VPADDD(low, odd, even)
	s.Reduce(even)
}

// Mul sets dst = a·b; dst may be an operand.
func (s *ISA) Mul(a, b, dst Vec) {
	double, aOdd, bOdd := s.Reg(), s.Reg(), s.Reg()
	VPADDD(a, a, double)
	s.Odd(double, aOdd)
	s.Odd(b, bOdd)
	VPMULUDQ(aOdd, bOdd, aOdd)
	VPMULUDQ(double, b, double)
	s.Products(double, aOdd)
	s.Move(double, dst)
}

// MulDoubled sets dst = a·w, for double = 2w in even lanes and doubleOdd = 2w for
// the odd lanes, in even lanes. dst may be a.
func (s *ISA) MulDoubled(a, double, doubleOdd, dst Vec) {
	even, odd := s.Reg(), s.Reg()
	s.Odd(a, odd)
	VPMULUDQ(doubleOdd, odd, odd)
	VPMULUDQ(double, a, even)
	s.Products(even, odd)
	s.Move(even, dst)
}

// MulScalar sets dst = a·w, for the 64-bit word 2w at m. dst may be a.
func (s *ISA) MulScalar(a Vec, m Mem, dst Vec) {
	even, odd := s.Reg(), s.Reg()
	s.Odd(a, odd)
	s.WideScalar(odd, m, odd)
	s.WideScalar(a, m, even)
	s.Products(even, odd)
	s.Move(even, dst)
}

// WideScalar sets dst to the 64-bit products of the even lanes of a and the word
// at m.
func (s *ISA) WideScalar(a Vec, m Mem, dst Vec) {
	if s.Wide() {
		VPMULUDQ_BCST(m, a, dst)
		return
	}
	w := s.Reg()
	VPBROADCASTQ(m, w)
	VPMULUDQ(w, a, dst)
}

// Halve maps 64-bit lanes v to v mod 2³¹ + ⌊v/2³¹⌋ < 2³⁴, the same modulo p.
func (s *ISA) Halve(v Vec) {
	high := s.Reg()
	VPSRLQ(U8(31), v, high)
	s.and(v)
	VPADDQ(high, v, v)
}

func (s *ISA) and(v Vec) {
	if s.Wide() {
		VPANDQ(s.low, v, v)
	} else {
		VPAND(s.low, v, v)
	}
}

// Sums joins 64-bit sums for the even and odd lanes to reduced elements, in even.
// Both registers are used up.
func (s *ISA) Sums(even, odd Vec) {
	for _, v := range []Vec{even, odd} {
		s.Halve(v)
		s.Halve(v) // ≤ p + 7
	}
	if s.Wide() {
		VMOVSLDUP(odd, s.odd, even)
	} else {
		VPSLLQ(U8(32), odd, odd)
		VPBLENDD(U8(0xAA), odd, even, even)
	}
	s.Reduce(even)
}

// Alternate sets the odd lanes of a to those of b.
func (s *ISA) Alternate(a, b Vec) {
	if s.Wide() {
		VMOVDQA32(b, s.odd, a)
	} else {
		VPBLENDD(U8(0xAA), b, a, a)
	}
}

// StoreLow writes the even lanes of v to m, half a register.
func (s *ISA) StoreLow(v Vec, m Mem) {
	if s.Wide() {
		VPMOVQD(v, m)
		return
	}
	// The even lanes of each half to its lower quarter, then the quarters together.
	VPSHUFD(U8(0x08), v, v)
	VPERMQ(U8(0x08), v, v)
	VMOVDQU(v.AsX(), m)
}

// SumLanes writes the sum of the 64-bit lanes of v to the word m.
func (s *ISA) SumLanes(v Vec, m Mem) {
	if s.Wide() {
		high := YMM()
		VEXTRACTI64X4(U8(1), v, high)
		VPADDQ(high, v.AsY(), v.AsY())
	}
	high := XMM()
	VEXTRACTI128(U8(1), v.AsY(), high)
	VPADDQ(high, v.AsX(), v.AsX())
	VPSHUFD(U8(0xEE), v.AsX(), high)
	VPADDQ(high, v.AsX(), v.AsX())
	VMOVQ(v.AsX(), m)
}
