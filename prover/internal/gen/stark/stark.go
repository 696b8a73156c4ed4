// Package stark writes arithmetic modulo p = 2²⁵¹ + 17·2¹⁹² + 1 on limbs of 64 bits,
// with the multiplication of BMI2, MULX, which leaves the carry alone.
//
// Between two products nothing is reduced: R = 2²⁵⁶ is nearly 32·p, so that sums of some
// elements fit their four limbs. Every value carries the interval it lies in, and the
// generator ends with a panic when one could leave [0, 2²⁵⁶).
package stark

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	// Top is the only limb of p besides the lowest, which is 1.
	Top = 1<<59 + 17
	// ratio is a little less than R/p, and the most that a value may be in units of p.
	ratio = 31.99
)

// Interval is where a value lies, in units of p: strictly between Low and High, but
// for reduced values, which lie in [0, 1).
type Interval struct{ Low, High float64 }

// Reduced is the interval of elements outside of kernels.
var Reduced = Interval{0, 1}

func (i Interval) plus(low, high float64) Interval {
	i = Interval{i.Low + low, i.High + high}
	if i.Low < 0 || i.High > ratio-0.5 {
		panic(fmt.Sprintf("value between %f and %f times p", i.Low, i.High))
	}
	return i
}

// Value is a number in memory.
type Value struct {
	Mem
	Interval
}

// At returns element i of an array of elements that base points to.
func At(base reg.Register, i int) Value {
	return Value{Mem{Base: base, Disp: 32 * i}, Reduced}
}

// Local returns room on the stack for a value; what lies there is within i.
func Local(i Interval) Value { return Value{AllocLocal(32), i} }

// Limb returns limb i.
func (v Value) Limb(i int) Mem { return v.Offset(8 * i) }

// Number is a number in four registers. The functions below that change
// one change its registers.
type Number struct {
	R [4]reg.GPVirtual
	Interval
}

// Read loads a value into registers.
func Read(v Value) Number {
	n := Number{Interval: v.Interval}
	for i := range n.R {
		n.R[i] = GP64()
		MOVQ(v.Limb(i), n.R[i])
	}
	return n
}

// Store writes n to memory.
func (n Number) Store(to Mem) {
	for i, r := range n.R {
		MOVQ(r, to.Offset(8*i))
	}
}

// Keep stores n on the stack.
func (n Number) Keep() Value {
	v := Local(n.Interval)
	n.Store(v.Mem)
	return v
}

// Add returns n + v.
func (n Number) Add(v Value) Number {
	ADDQ(v.Limb(0), n.R[0])
	for i := 1; i < 4; i++ {
		ADCQ(v.Limb(i), n.R[i])
	}
	n.Interval = n.plus(v.Low, v.High)
	return n
}

// Twice returns 2n.
func (n Number) Twice() Number {
	ADDQ(n.R[0], n.R[0])
	for i := 1; i < 4; i++ {
		ADCQ(n.R[i], n.R[i])
	}
	n.Interval = n.plus(n.Low, n.High)
	return n
}

// Sub returns n − v, plus a multiple of p where the difference could be negative.
func (n Number) Sub(v Value) Number {
	SUBQ(v.Limb(0), n.R[0])
	for i := 1; i < 4; i++ {
		SBBQ(v.Limb(i), n.R[i])
	}
	k := math.Ceil(max(0, v.High-n.Low))
	if k > 0 {
		multiple := GP64()
		MOVQ(U64(uint64(k)*Top), multiple)
		ADDQ(U8(uint8(k)), n.R[0])
		ADCQ(U8(0), n.R[1])
		ADCQ(U8(0), n.R[2])
		ADCQ(multiple, n.R[3])
	}
	n.Interval = n.plus(k-v.High, k-v.Low)
	return n
}

// Reduce returns n modulo p. With q = ⌊n/2²⁵¹⌋ the difference n − q·p is below
// 2²⁵¹, and not below −q·(17·2¹⁹² + 1): at most one p is added.
func (n Number) Reduce() Number {
	q, top := n.quotient(), GP64()
	MOVQ(U64(Top), top)
	n.subMultiple(q, top)
	n.addWhereNegative(top)
	return n
}

// Lower returns n, which is at least p, less so many p that the rest is below 2p. It
// leaves out the last step of Reduce by subtracting one p less.
func (n Number) Lower() Number {
	if n.Low < 1 {
		panic("a value that may be below p")
	}
	q, top := n.quotient(), GP64()
	SUBQ(U8(1), q)
	MOVQ(U64(Top), top)
	n.subMultiple(q, top)
	n.Interval = Interval{0.99, 2}
	return n
}

// quotient moves the bits of n from 2²⁵¹ on to a register.
func (n Number) quotient() reg.GPVirtual {
	q := GP64()
	MOVQ(n.R[3], q)
	SHRQ(U8(59), q)
	return q
}

// subMultiple subtracts q·p; the last instruction sets the carry when the
// difference is negative.
func (n Number) subMultiple(q, top reg.GPVirtual) {
	multiple := GP64()
	MOVQ(q, multiple)
	IMULQ(top, multiple)
	SUBQ(q, n.R[0])
	SBBQ(U8(0), n.R[1])
	SBBQ(U8(0), n.R[2])
	SBBQ(multiple, n.R[3])
}

// addWhereNegative adds p where the last subtraction borrowed, whose carry is the lower limb of what is
// added; top holds the other limb.
func (n *Number) addWhereNegative(top reg.Register) {
	added := GP64()
	MOVQ(U32(0), added) // XOR would clear the carry
	CMOVQCS(top, added)
	ADCQ(U8(0), n.R[0])
	ADCQ(U8(0), n.R[1])
	ADCQ(U8(0), n.R[2])
	ADCQ(added, n.R[3])
	n.Interval = Reduced
}

// Mul returns x·y/R + multiple·p, for a multiple of at least 1, which costs nothing: the
// number lies between (multiple − 1)·p and (multiple + x·y/p²·p/R)·p.
func Mul(x, y Value, multiple int) Number {
	t := product(x, y, multiple)
	return reduce(t, float64(multiple), x.High*y.High)
}

// MulReduced returns x·y/R modulo p, of values whose product is below p·R.
func MulReduced(x, y Value) Number {
	if x.High*y.High > ratio {
		panic("one p may not do")
	}
	n := reduce(product(x, y, 0), 1, 0)
	n.addWhereNegative(reg.RDX) // left there by reduce
	return n
}

// Square is Mul of x by itself, for even multiples.
func Square(x Value, multiple int) Number {
	t := square(x, multiple)
	return reduce(t, float64(multiple), x.High*x.High)
}

// SquareReduced is MulReduced of x by itself.
func SquareReduced(x Value) Number {
	if x.High*x.High > ratio {
		panic("one p may not do")
	}
	n := reduce(square(x, 0), 1, 0)
	n.addWhereNegative(reg.RDX) // left there by reduce
	return n
}

// product returns x·y + multiple·p·R, row by row: the lower halves of a row's products in one carry
// chain, then the upper ones in another. The multiple's two limbs take the places of zeros that
// end a chain: limb 4 after the first row is at most y/2¹⁹², and the whole stays below 2⁵¹².
//
// The two carries of ADX would add both at once, and save nothing: their additions start on two ports
// only, where the ADD that begins a chain here starts on any.
func product(x, y Value, multiple int) [8]reg.GPVirtual {
	checkRoom(x.High*y.High, multiple)
	var t [8]reg.GPVirtual
	for i := range t {
		t[i] = GP64()
	}
	a, b, c := GP64(), GP64(), GP64()
	MOVQ(x.Limb(0), reg.RDX)
	MULXQ(y.Limb(0), t[0], t[1])
	MULXQ(y.Limb(1), a, t[2])
	MULXQ(y.Limb(2), b, t[3])
	MULXQ(y.Limb(3), c, t[4])
	ADDQ(a, t[1])
	ADCQ(b, t[2])
	ADCQ(c, t[3])
	ADCQ(U8(uint8(multiple)), t[4])
	for i := 1; i < 4; i++ {
		var high [3]reg.GPVirtual
		MOVQ(x.Limb(i), reg.RDX)
		for j := range 3 {
			low := GP64()
			high[j] = GP64()
			MULXQ(y.Limb(j), low, high[j])
			if j == 0 {
				ADDQ(low, t[i])
			} else {
				ADCQ(low, t[i+j])
			}
		}
		low := GP64()
		MULXQ(y.Limb(3), low, t[i+4])
		ADCQ(low, t[i+3])
		ADCQ(U8(0), t[i+4])
		if i == 3 && multiple > 0 {
			MOVQ(U64(uint64(multiple)*Top), low)
		}
		ADDQ(high[0], t[i+1])
		ADCQ(high[1], t[i+2])
		ADCQ(high[2], t[i+3])
		if i == 3 && multiple > 0 {
			ADCQ(low, t[7])
		} else {
			ADCQ(U8(0), t[i+4])
		}
	}
	return t
}

// square returns x² + multiple·p·R: the products of different limbs once, doubled by shifts, and then
// the squares. Half of the multiple's lower limb goes in before the doubling.
func square(x Value, multiple int) [8]reg.GPVirtual {
	if multiple%2 != 0 {
		panic("an odd multiple")
	}
	checkRoom(x.High*x.High, multiple)
	var t [8]reg.GPVirtual
	for i := range t {
		t[i] = GP64()
	}
	a, b := GP64(), GP64()
	MOVQ(x.Limb(0), reg.RDX)
	MULXQ(x.Limb(1), t[1], t[2])
	MULXQ(x.Limb(2), a, t[3])
	MULXQ(x.Limb(3), b, t[4])
	ADDQ(a, t[2])
	ADCQ(b, t[3])
	ADCQ(U8(uint8(multiple/2)), t[4])
	low12, high12, low13, low23 := GP64(), GP64(), GP64(), GP64()
	MOVQ(x.Limb(1), reg.RDX)
	MULXQ(x.Limb(2), low12, high12)
	MULXQ(x.Limb(3), low13, t[5])
	MOVQ(x.Limb(2), reg.RDX)
	MULXQ(x.Limb(3), low23, t[6])
	ADDQ(low12, t[3])
	ADCQ(low13, t[4])
	ADCQ(low23, t[5])
	ADCQ(U8(0), t[6])
	ADDQ(high12, t[4])
	ADCQ(U8(0), t[5])
	ADCQ(U8(0), t[6])

	MOVQ(t[6], t[7])
	SHRQ(U8(63), t[7])
	for i := 6; i > 1; i-- {
		SHLQ(U8(1), t[i-1], t[i])
	}
	ADDQ(t[1], t[1])
	if multiple > 0 {
		top := GP64()
		MOVQ(U64(uint64(multiple)*Top), top)
		ADDQ(top, t[7])
	}
	for i := range 4 {
		low, high := GP64(), GP64()
		MOVQ(x.Limb(i), reg.RDX)
		if i == 0 {
			MULXQ(reg.RDX, t[0], high)
			ADDQ(high, t[1])
			continue
		}
		MULXQ(reg.RDX, low, high)
		ADCQ(low, t[2*i])
		ADCQ(high, t[2*i+1])
	}
	return t
}

func checkRoom(product float64, multiple int) {
	if product+ratio*float64(multiple+1) > ratio*ratio || multiple > 30 {
		panic(fmt.Sprintf("no room for a product below %f·p² and %d·p·R", product, multiple))
	}
}

// reduce returns t/R modulo p, in the interval of Mul. Because p ≡ 1 (mod 2¹⁹²), limb i of
// t is cleared by subtracting t_i·2^(64i)·p, which takes one multiplication by the top
// limb and carries nothing into the limbs below. It leaves the top limb in RDX.
func reduce(t [8]reg.GPVirtual, multiple, product float64) Number {
	var low [4]reg.GPVirtual
	for i := range low {
		low[i] = GP64()
	}
	MOVQ(U64(Top), reg.RDX)
	for i := range 3 {
		MULXQ(t[i], low[i], t[i])
	}
	SUBQ(low[0], t[3])
	MULXQ(t[3], low[3], t[3])
	ADCQ(low[1], t[0])
	ADCQ(low[2], t[1])
	ADCQ(low[3], t[2])
	ADCQ(U8(0), t[3])
	SUBQ(t[0], t[4])
	SBBQ(t[1], t[5])
	SBBQ(t[2], t[6])
	SBBQ(t[3], t[7])
	n := Number{R: [4]reg.GPVirtual{t[4], t[5], t[6], t[7]}}
	n.Interval = Interval{}.plus(multiple-1, multiple+product/ratio)
	return n
}
