// Command curve writes the kernels of package curve. The formulas, and what the letters
// mean, are those of the portable functions of the same names. Points are passed by the
// address of their first coordinate, the others behind it.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/sage-network/sage-node/prover/internal/gen/stark"
)

func main() {
	ConstraintExpr("!purego")
	add("addBMI2", false)
	add("addAffineBMI2", true)
	addJacobian("addMixedBMI2", true)
	addJacobian("addCachedBMI2", false)
	double()
	addPairs()
	pick("pickAffineAVX2", 2)
	pick("pickCachedAVX2", 5)
	Generate()
}

// coordinates returns the n coordinates of the point that a parameter is the address of.
func coordinates(name string, n int) []stark.Value {
	base := Load(Param(name), GP64())
	out := make([]stark.Value, n)
	for i := range out {
		out[i] = stark.At(base, i)
	}
	return out
}

// mul is a product that a value below high·p can be taken from.
func mul(x, y stark.Value, high float64) stark.Number {
	return stark.Mul(x, y, multiple(high))
}

func multiple(high float64) int {
	n := 1
	for float64(n-1) < high {
		n++
	}
	return n
}

func square(x stark.Value, high float64) stark.Number {
	n := multiple(high)
	return stark.Square(x, n+n%2)
}

// add writes the complete addition of homogeneous projective points.
func add(name string, affine bool) {
	if affine {
		TEXT(name, 0, "func(p, q *[4]uint64)")
		Doc(name + " sets p to p + q in homogeneous coordinates, where q is affine and not O.")
	} else {
		TEXT(name, 0, "func(p, q *[4]uint64)")
		Doc(name + " sets p to p + q in homogeneous coordinates.")
	}
	Pragma("noescape")
	p := coordinates("p", 3)
	x, y, z := p[0], p[1], p[2]
	var q []stark.Value
	if affine {
		q = coordinates("q", 2)
	} else {
		q = coordinates("q", 3)
	}
	xx, yy := mul(x, q[0], 0).Keep(), mul(y, q[1], 0).Keep()
	// cross returns ab' + a'b of two coordinates, from their products.
	cross := func(a, b, a2, b2, aa, bb stark.Value) stark.Value {
		s, t := stark.Read(a).Add(b).Keep(), stark.Read(a2).Add(b2).Keep()
		return mul(s, t, aa.High+bb.High).Sub(aa).Sub(bb).Keep()
	}
	xy := cross(x, y, q[0], q[1], xx, yy)
	zz := z
	var xz, yz stark.Value
	if affine {
		xz, yz = mul(z, q[0], 0).Add(x).Keep(), mul(z, q[1], 0).Add(y).Keep()
	} else {
		zz = mul(z, q[2], 0).Keep()
		xz, yz = cross(x, z, q[0], q[2], xx, zz), cross(y, z, q[1], q[2], yy, zz)
	}
	b3 := stark.Value{Mem: NewDataAddr(Symbol{Name: "·b3"}, 0), Interval: stark.Reduced}
	w := mul(b3, zz, 0).Add(xz).Keep()
	m, s := stark.Read(yy).Sub(w).Keep(), stark.Read(yy).Add(w).Keep()
	v := stark.Read(xx).Twice().Add(xx).Add(zz).Keep()
	u := mul(b3, xz, zz.High).Sub(zz).Add(xx).Keep()
	t := mul(yz, u, 0).Keep()
	mul(xy, m, t.High).Sub(t).Reduce().Store(x.Mem)
	t = mul(v, u, 0).Keep()
	mul(m, s, 0).Add(t).Reduce().Store(y.Mem)
	t = mul(xy, v, 0).Keep()
	mul(yz, s, 0).Add(t).Reduce().Store(z.Mem)
	RET()
}

// addJacobian writes the addition of Jacobian points that are not equal.
func addJacobian(name string, mixed bool) {
	if mixed {
		TEXT(name, 0, "func(p, q *[4]uint64)")
		Doc(name + " sets p to p + q in Jacobian coordinates, where q is affine.")
	} else {
		TEXT(name, 0, "func(p, q *[4]uint64)")
		Doc(name + " sets p to p + q in Jacobian coordinates, where q is X, Y, Z, Z², Z³.")
	}
	Pragma("noescape")
	p := coordinates("p", 3)
	x1, y1, z1 := p[0], p[1], p[2]
	var q []stark.Value
	z := z1
	if mixed {
		q = coordinates("q", 2)
	} else {
		q = coordinates("q", 5)
	}
	zz := square(z1, 0).Keep()
	zzz := mul(z1, zz, 0).Keep()
	if !mixed {
		x1, y1 = mul(x1, q[3], 0).Keep(), mul(y1, q[4], 0).Keep()
		z = mul(z1, q[2], 0).Keep()
	}
	h := mul(q[0], zz, x1.High).Sub(x1).Keep()
	r := mul(q[1], zzz, y1.High).Sub(y1).Keep()
	hh := square(h, 0).Keep()
	hhh := mul(h, hh, 0).Keep()
	v := mul(x1, hh, 0).Keep()
	t := mul(y1, hhh, 0).Keep()
	mul(z, h, 0).Reduce().Store(p[2].Mem)
	n := square(r, hhh.High+2*v.High).Sub(hhh).Sub(v).Sub(v).Reduce()
	n.Store(p[0].Mem)
	d := stark.Read(v).Sub(stark.At(p[0].Base, 0)).Keep()
	mul(r, d, t.High).Sub(t).Reduce().Store(p[1].Mem)
	RET()
}

// double writes doublings of a Jacobian point that stays on the stack in between, with
// W = Z⁴ beside it (Cohen, Miyaji, Ono 1998, modified Jacobian coordinates, a = 1).
func double() {
	TEXT("doubleBMI2", 0, "func(p *[4]uint64, n uint64)")
	Doc("doubleBMI2 sets p to 2^n·p in Jacobian coordinates, for n of at least 1.")
	Pragma("noescape")
	base := Load(Param("p"), GP64())
	// Every doubling turns values within these bounds into such values.
	x, y := stark.Local(stark.Interval{High: 2}), stark.Local(stark.Interval{High: 5})
	z, w := stark.Local(stark.Interval{High: 2}), stark.Local(stark.Interval{High: 2.2})
	into := func(n stark.Number, v stark.Value) {
		if n.Low < v.Low || n.High > v.High {
			panic(fmt.Sprintf("a doubling leaves its bounds: %v instead of %v", n.Interval, v.Interval))
		}
		n.Store(v.Mem)
	}
	for i, v := range []stark.Value{x, y, z} {
		into(stark.Read(stark.At(base, i)), v)
	}
	zz := square(stark.At(base, 2), 0).Keep()
	into(square(zz, 0), w)
	left := Load(Param("n"), GP64())
	Label("again")
	xx := square(x, 0).Keep()
	n := square(y, 0).Twice()
	yy2 := n.Keep()
	yy4 := n.Twice().Keep()
	u := mul(yy2, yy4, 0).Keep() // 8Y⁴
	m := stark.Read(xx).Twice().Add(xx).Add(w).Keep()
	s := mul(x, yy4, 0).Keep() // 4XY²
	y2 := stark.Read(y).Twice().Keep()
	into(mul(y2, z, 0), z)
	into(square(m, 1+2*s.High).Sub(s).Sub(s).Lower(), x)
	d := stark.Read(s).Sub(x).Keep()
	into(mul(m, d, u.High).Sub(u), y)
	SUBQ(U8(1), left)
	JEQ(LabelRef("done"))
	u2 := stark.Read(u).Twice().Keep()
	into(mul(u2, w, 0), w)
	JMP(LabelRef("again"))
	Label("done")
	for i, v := range []stark.Value{x, y, z} {
		stark.Read(v).Reduce().Store(stark.At(base, i).Mem)
	}
	RET()
}

// addPairs writes affine additions whose slopes' denominators are inverted already.
func addPairs() {
	TEXT("addPairsBMI2", 0, "func(sum, pairs, inverses *[4]uint64, n uint64)")
	Doc(
		"addPairsBMI2 adds n pairs of neighbours among affine points of different abscissas, x and x';",
		"inverses are those of x' − x.",
	)
	Pragma("noescape")
	// Only one register lives on: the sums are at twice its distance, the pairs at four times.
	end := AllocLocal(8)
	at := Load(Param("n"), GP64())
	SHLQ(U8(5), at)
	MOVQ(at, end)
	XORQ(at, at)
	value := func(name string, scale uint8, i int) stark.Value {
		v := stark.At(Load(Param(name), GP64()), i)
		v.Index, v.Scale = at, scale
		return v
	}
	Label("again")
	d := stark.Read(value("pairs", 4, 3)).Sub(value("pairs", 4, 1)).Keep()
	l := mul(d, value("inverses", 1, 0), 0).Keep()
	x := square(l, 2).Sub(value("pairs", 4, 0)).Sub(value("pairs", 4, 2)).Keep()
	d = stark.Read(value("pairs", 4, 0)).Sub(x).Keep()
	mul(d, l, 1).Sub(value("pairs", 4, 1)).Reduce().Store(value("sum", 2, 1).Mem)
	stark.Read(x).Reduce().Store(value("sum", 2, 0).Mem)
	ADDQ(U8(32), at)
	CMPQ(at, end)
	JNE(LabelRef("again"))
	RET()
}

// pick writes the choice of an entry of n elements among sixteen.
func pick(name string, n int) {
	TEXT(name, NOSPLIT, "func(to, row *[4]uint64, at, negative uint64)")
	Doc(
		name+" sets to to entry at of the sixteen of a row, its ordinate negated where negative is 1.",
		"It reads all of them.",
	)
	Pragma("noescape")
	row := Load(Param("row"), GP64())
	at, index, one, mask := YMM(), YMM(), YMM(), YMM()
	wanted := Load(Param("at"), GP64())
	VMOVQ(wanted, at.AsX())
	VPBROADCASTQ(at.AsX(), at)
	increment := GP64()
	MOVQ(U32(1), increment)
	VMOVQ(increment, one.AsX())
	VPBROADCASTQ(one.AsX(), one)
	VPXOR(index, index, index)
	sums := make([]reg.VecVirtual, n)
	for i := range sums {
		sums[i] = YMM()
		VPXOR(sums[i], sums[i], sums[i])
	}
	for entry := range 16 {
		VPCMPEQQ(at, index, mask)
		for i := range sums {
			part := YMM()
			VPAND(Mem{Base: row, Disp: 32 * (n*entry + i)}, mask, part)
			VPOR(part, sums[i], sums[i])
		}
		VPADDQ(one, index, index)
	}
	to := Load(Param("to"), GP64())
	for i := range sums {
		VMOVDQU(sums[i], stark.At(to, i).Mem)
	}
	VZEROUPPER()
	// y − 2y where negative, in [0, p): an ordinate is not 0.
	y := stark.At(to, 1)
	zero := stark.Number{R: [4]reg.GPVirtual{GP64(), GP64(), GP64(), GP64()}}
	for _, r := range zero.R {
		XORQ(r, r)
	}
	minus := zero.Sub(y)
	flag := Load(Param("negative"), GP64())
	TESTQ(flag, flag)
	for i, r := range minus.R {
		CMOVQEQ(y.Limb(i), r)
	}
	minus.Store(y.Mem)
	RET()
}
