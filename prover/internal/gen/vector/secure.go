package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/sage-network/sage-node/prover/internal/gen/simd"
)

// coordinates loads the pointers of the slices of a secure vector, which lie in
// memory as slices do, 24 bytes each.
func coordinates(name string, n int) []reg.GPVirtual {
	base := parameter(name)
	out := make([]reg.GPVirtual, n)
	for j := range out {
		out[j] = GP64()
		MOVQ(Mem{Base: base, Disp: 24 * j}, out[j])
	}
	return out
}

// term is one product in a sum.
type term struct{ x, y int }

// sumProducts returns the sum of the 64-bit products x[t.x]·y[t.y].
func sumProducts(s *simd.ISA, x []simd.Vec, y []Op, terms []term) simd.Vec {
	var sum simd.Vec
	for _, t := range terms {
		p := s.Reg()
		VPMULUDQ(y[t.y], x[t.x], p)
		if sum == nil {
			sum = p
		} else {
			VPADDQ(p, sum, sum)
		}
	}
	return sum
}

// secure writes the products in QM31.
//
// With x = (x₀ + x₁i) + (x₂ + x₃i)u and u² = 2 + i, every coordinate of x·y is a
// sum of four products, at most 4p² < 2⁶⁴, of the coordinates of x, of −x₁ and −x₃,
// of the coordinates of y, and of those of (2 + i)(y₂ + y₃i).
func secure(s *simd.ISA) {
	TEXT("mulSecure"+s.Name, NOSPLIT, "func(dst, a, b *[4][]uint32, n int)")
	Doc("mulSecure" + s.Name + " sets dst = a·b over QM31 for n elements, a multiple of the lanes.")
	s.BeginSums()
	zero := s.Reg()
	s.Zero(zero)
	dst := parameter("dst")
	a, b := parameter("a"), parameter("b")
	pointer := func(base reg.GPVirtual, j int) reg.GPVirtual {
		p := GP64()
		MOVQ(Mem{Base: base, Disp: 24 * j}, p)
		return p
	}
	var locals Mem
	if !s.Wide() {
		locals = AllocLocal(12 * s.Bytes())
	}
	products := [4][]term{
		{{0, 0}, {4, 1}, {2, 4}, {5, 5}},
		{{0, 1}, {1, 0}, {2, 5}, {3, 4}},
		{{0, 2}, {4, 3}, {2, 0}, {5, 1}},
		{{0, 3}, {1, 2}, {2, 1}, {3, 0}},
	}
	loop("rows", parameter("n"), s.Bytes(), func(i reg.GPVirtual) {
		// y₀ … y₃, 2y₂ − y₃, 2y₃ + y₂, then x₀ … x₃, −x₁, −x₃.
		y := s.Regs(6)
		for j := range 4 {
			s.Load(at(pointer(b, j), i), y[j])
		}
		s.Add(y[2], y[2], y[4])
		s.Sub(y[4], y[3], y[4])
		s.Add(y[3], y[3], y[5])
		s.Add(y[5], y[2], y[5])
		factors, factorsOdd := make([]Op, 6), make([]Op, 6)
		for k, v := range y {
			if odd := s.Reg(); s.Wide() {
				s.Odd(v, odd)
				factors[k], factorsOdd[k] = v, odd
			} else { // too few registers
				factors[k], factorsOdd[k] = locals.Offset(2*k*s.Bytes()), locals.Offset((2*k+1)*s.Bytes())
				s.Odd(v, odd)
				VMOVDQU(v, factors[k])
				VMOVDQU(odd, factorsOdd[k])
			}
		}
		x := s.Regs(6)
		for j := range 4 {
			s.Load(at(pointer(a, j), i), x[j])
		}
		s.Sub(zero, x[1], x[4])
		s.Sub(zero, x[3], x[5])
		even := make([]simd.Vec, 4)
		for j := range even {
			even[j] = sumProducts(s, x, factors, products[j])
			s.Halve(even[j])
		}
		for _, v := range x {
			s.Odd(v, v)
		}
		for j := range even {
			s.Sums(even[j], sumProducts(s, x, factorsOdd, products[j]))
		}
		for j := range even {
			s.Store(even[j], at(pointer(dst, j), i))
		}
	})
	VZEROUPPER()
	RET()

	for _, add := range []bool{false, true} {
		name, doc := "transform", "="
		if add {
			name, doc = "addTransform", "+="
		}
		TEXT(name+s.Name, NOSPLIT, "func(dst, a *[4][]uint32, matrix *[16]uint64, n int)")
		Doc(name + s.Name + " sets dst[j] " + doc + " Σ matrix[4j+k]·a[k] for n elements, a multiple of the lanes.")
		s.BeginSums()
		out, in := coordinates("dst", 4), parameter("a")
		matrix := parameter("matrix")
		loop("rows", parameter("n"), s.Bytes(), func(i reg.GPVirtual) {
			x, odd := s.Regs(4), s.Regs(4)
			for k := range x {
				s.Load(at(pointer(in, k), i), x[k])
				s.Odd(x[k], odd[k])
			}
			results := make([]simd.Vec, 4)
			for j := range out {
				sums := make([]simd.Vec, 2)
				for half, v := range [][]simd.Vec{x, odd} {
					for k := range v {
						p := s.Reg()
						s.WideScalar(v[k], Mem{Base: matrix, Disp: 8 * (4*j + k)}, p)
						if k == 0 {
							sums[half] = p
						} else {
							VPADDQ(p, sums[half], sums[half])
						}
					}
				}
				s.Sums(sums[0], sums[1])
				if add {
					old := s.Reg()
					s.Load(at(out[j], i), old)
					s.Add(old, sums[0], sums[0])
				}
				results[j] = sums[0]
			}
			for j, v := range results {
				s.Store(v, at(out[j], i))
			}
		})
		VZEROUPPER()
		RET()
	}

	TEXT("mulComplex"+s.Name, NOSPLIT, "func(dst, a, b *[2][]uint32, n int)")
	Doc("mulComplex" + s.Name + " sets dst = a·b over CM31 for n elements, a multiple of the lanes.")
	s.BeginSums()
	zero = s.Reg()
	s.Zero(zero)
	out, a2, b2 := coordinates("dst", 2), coordinates("a", 2), coordinates("b", 2)
	loop("rows", parameter("n"), s.Bytes(), func(i reg.GPVirtual) {
		x, y := s.Regs(3), s.Regs(2)
		for j := range y {
			s.Load(at(a2[j], i), x[j])
			s.Load(at(b2[j], i), y[j])
		}
		s.Sub(zero, x[1], x[2])
		products := [2][]term{{{0, 0}, {2, 1}}, {{0, 1}, {1, 0}}}
		var even [2]simd.Vec
		for j := range even {
			even[j] = sumProducts(s, x, []Op{y[0], y[1]}, products[j])
		}
		for _, v := range append(x, y...) {
			s.Odd(v, v)
		}
		for j := range even {
			s.Sums(even[j], sumProducts(s, x, []Op{y[0], y[1]}, products[j]))
		}
		for j := range even {
			s.Store(even[j], at(out[j], i))
		}
	})
	VZEROUPPER()
	RET()

	fold(s)
}

// fold writes the folding of FRI: every 64-bit lane holds the two coefficients of
// one output.
func fold(s *simd.ISA) {
	TEXT("fold"+s.Name, NOSPLIT, "func(dst, src *[4][]uint32, matrix *[16]uint64, n int)")
	Doc("fold" + s.Name + " sets dst[j][i] = 2·src[j][2i] + Σ matrix[4j+k]·src[k][2i+1] for n elements, a multiple of the lanes.")
	s.BeginSums()
	out, in := coordinates("dst", 4), parameter("src")
	matrix := parameter("matrix")
	outBytes := s.Bytes() / 2
	loop("rows", parameter("n"), outBytes, func(i reg.GPVirtual) {
		x, odd := s.Regs(4), s.Regs(4)
		for k := range x {
			p := GP64()
			MOVQ(Mem{Base: in, Disp: 24 * k}, p)
			s.Load(Mem{Base: p, Index: i, Scale: 2}, x[k])
			s.Odd(x[k], odd[k])
			VPSLLQ(U8(32), x[k], x[k])
			VPSRLQ(U8(31), x[k], x[k]) // twice the even one
		}
		for j := range out {
			sum := x[j]
			for k := range odd {
				p := s.Reg()
				s.WideScalar(odd[k], Mem{Base: matrix, Disp: 8 * (4*j + k)}, p)
				VPADDQ(p, sum, sum)
			}
			s.Halve(sum)
			s.Halve(sum)
			s.Reduce(sum)
			s.StoreLow(sum, at(out[j], i))
		}
	})
	VZEROUPPER()
	RET()
}
