package field

import (
	"math/bits"

	"github.com/consensys/gnark-crypto/ecc/stark-curve/fp"
)

// Element is an integer modulo p in Montgomery form with R = 2^256, always
// below p; it is gnark-crypto's element, so that values pass freely.
type Element = fp.Element

// top is the only limb of p besides the lowest, which is 1:
// p = 2^251 + 17·2^192 + 1.
const top = 1<<59 + 17

// mulGeneric z = x·y·R⁻¹ (mod p).
//
// Montgomery reduction with p ≡ 1 (mod 2^192): limb t_i is cleared by
// subtracting t_i·2^(64i)·p, which takes one multiplication by the top limb and
// carries nothing into the limbs below it. The difference lies in (−p, p), and p
// is added under a mask when it is negative.
func mulGeneric(z, x, y *Element) {
	var c uint64
	x0, x1, x2, x3 := x[0], x[1], x[2], x[3]
	y0, y1, y2, y3 := y[0], y[1], y[2], y[3]

	h0, t0 := bits.Mul64(x0, y0)
	h1, l1 := bits.Mul64(x0, y1)
	h2, l2 := bits.Mul64(x0, y2)
	h3, l3 := bits.Mul64(x0, y3)
	t1, c := bits.Add64(h0, l1, 0)
	t2, c := bits.Add64(h1, l2, c)
	t3, c := bits.Add64(h2, l3, c)
	t4 := h3 + c

	h0, l0 := bits.Mul64(x1, y0)
	h1, l1 = bits.Mul64(x1, y1)
	h2, l2 = bits.Mul64(x1, y2)
	h3, l3 = bits.Mul64(x1, y3)
	t1, c = bits.Add64(t1, l0, 0)
	t2, c = bits.Add64(t2, l1, c)
	t3, c = bits.Add64(t3, l2, c)
	t4, c = bits.Add64(t4, l3, c)
	t5 := h3 + c
	t2, c = bits.Add64(t2, h0, 0)
	t3, c = bits.Add64(t3, h1, c)
	t4, c = bits.Add64(t4, h2, c)
	t5 += c

	h0, l0 = bits.Mul64(x2, y0)
	h1, l1 = bits.Mul64(x2, y1)
	h2, l2 = bits.Mul64(x2, y2)
	h3, l3 = bits.Mul64(x2, y3)
	t2, c = bits.Add64(t2, l0, 0)
	t3, c = bits.Add64(t3, l1, c)
	t4, c = bits.Add64(t4, l2, c)
	t5, c = bits.Add64(t5, l3, c)
	t6 := h3 + c
	t3, c = bits.Add64(t3, h0, 0)
	t4, c = bits.Add64(t4, h1, c)
	t5, c = bits.Add64(t5, h2, c)
	t6 += c

	h0, l0 = bits.Mul64(x3, y0)
	h1, l1 = bits.Mul64(x3, y1)
	h2, l2 = bits.Mul64(x3, y2)
	h3, l3 = bits.Mul64(x3, y3)
	t3, c = bits.Add64(t3, l0, 0)
	t4, c = bits.Add64(t4, l1, c)
	t5, c = bits.Add64(t5, l2, c)
	t6, c = bits.Add64(t6, l3, c)
	t7 := h3 + c
	t4, c = bits.Add64(t4, h0, 0)
	t5, c = bits.Add64(t5, h1, c)
	t6, c = bits.Add64(t6, h2, c)
	t7 += c

	reduce(z, t0, t1, t2, t3, t4, t5, t6, t7)
}

// reduce z = t·R⁻¹ (mod p) for t < p².
func reduce(z *Element, t0, t1, t2, t3, t4, t5, t6, t7 uint64) {
	var b, c uint64
	h0, l0 := bits.Mul64(t0, top)
	h1, l1 := bits.Mul64(t1, top)
	h2, l2 := bits.Mul64(t2, top)
	t3, b = bits.Sub64(t3, l0, 0)
	h3, l3 := bits.Mul64(t3, top)
	s4, c := bits.Add64(h0, l1, b)
	s5, c := bits.Add64(h1, l2, c)
	s6, c := bits.Add64(h2, l3, c)
	s7 := h3 + c
	t4, b = bits.Sub64(t4, s4, 0)
	t5, b = bits.Sub64(t5, s5, b)
	t6, b = bits.Sub64(t6, s6, b)
	t7, b = bits.Sub64(t7, s7, b)
	z[0], c = bits.Add64(t4, b, 0)
	z[1], c = bits.Add64(t5, 0, c)
	z[2], c = bits.Add64(t6, 0, c)
	z[3] = t7 + c + (-b & top)
}

// squareGeneric z = x²·R⁻¹ (mod p).
func squareGeneric(z, x *Element) {
	var c uint64
	x0, x1, x2, x3 := x[0], x[1], x[2], x[3]
	// The products of different limbs, once.
	t2, t1 := bits.Mul64(x0, x1)
	h02, l02 := bits.Mul64(x0, x2)
	h03, l03 := bits.Mul64(x0, x3)
	h12, l12 := bits.Mul64(x1, x2)
	h13, l13 := bits.Mul64(x1, x3)
	h23, l23 := bits.Mul64(x2, x3)
	t2, c = bits.Add64(t2, l02, 0)
	t3, c := bits.Add64(h02, l03, c)
	t4, c := bits.Add64(h03, l13, c)
	t5, c := bits.Add64(h13, l23, c)
	t6 := h23 + c
	t3, c = bits.Add64(t3, l12, 0)
	t4, c = bits.Add64(t4, h12, c)
	t5, c = bits.Add64(t5, 0, c)
	t6 += c
	// Twice them, plus the squares.
	t7 := t6 >> 63
	t6 = t6<<1 | t5>>63
	t5 = t5<<1 | t4>>63
	t4 = t4<<1 | t3>>63
	t3 = t3<<1 | t2>>63
	t2 = t2<<1 | t1>>63
	t1 <<= 1
	h0, t0 := bits.Mul64(x0, x0)
	h1, l1 := bits.Mul64(x1, x1)
	h2, l2 := bits.Mul64(x2, x2)
	h3, l3 := bits.Mul64(x3, x3)
	t1, c = bits.Add64(t1, h0, 0)
	t2, c = bits.Add64(t2, l1, c)
	t3, c = bits.Add64(t3, h1, c)
	t4, c = bits.Add64(t4, l2, c)
	t5, c = bits.Add64(t5, h2, c)
	t6, c = bits.Add64(t6, l3, c)
	t7 += h3 + c
	reduce(z, t0, t1, t2, t3, t4, t5, t6, t7)
}

// Add z = x + y (mod p).
func Add(z, x, y *Element) {
	var c, b uint64
	t0, c := bits.Add64(x[0], y[0], 0)
	t1, c := bits.Add64(x[1], y[1], c)
	t2, c := bits.Add64(x[2], y[2], c)
	t3 := x[3] + y[3] + c // below 2p < 2^253
	t0, b = bits.Sub64(t0, 1, 0)
	t1, b = bits.Sub64(t1, 0, b)
	t2, b = bits.Sub64(t2, 0, b)
	t3, b = bits.Sub64(t3, top, b)
	z[0], c = bits.Add64(t0, b, 0)
	z[1], c = bits.Add64(t1, 0, c)
	z[2], c = bits.Add64(t2, 0, c)
	z[3] = t3 + c + (-b & top)
}

// Sub z = x − y (mod p).
func Sub(z, x, y *Element) {
	var c uint64
	t0, b := bits.Sub64(x[0], y[0], 0)
	t1, b := bits.Sub64(x[1], y[1], b)
	t2, b := bits.Sub64(x[2], y[2], b)
	t3, b := bits.Sub64(x[3], y[3], b)
	z[0], c = bits.Add64(t0, b, 0)
	z[1], c = bits.Add64(t1, 0, c)
	z[2], c = bits.Add64(t2, 0, c)
	z[3] = t3 + c + (-b & top)
}

// Neg z = −x (mod p).
func Neg(z, x *Element) {
	var zero Element
	Sub(z, &zero, x)
}

// Select sets z to x when bit is 1 and to y when it is 0, in constant time.
func Select(z, x, y *Element, bit uint64) {
	m := -bit
	for i := range z {
		z[i] = x[i]&m | y[i]&^m
	}
}

// squareTimesGeneric z = x^(2^n) (mod p), for n of at least 1.
func squareTimesGeneric(z, x *Element, n int) {
	squareGeneric(z, x)
	for range n - 1 {
		squareGeneric(z, z)
	}
}

// Invert z = x⁻¹ (mod p), and 0 for 0, as x^(p−2).
func Invert(z, x *Element) {
	// p − 2 = 2^251 + 2^196 + (2^192 − 1): the ones are taken 16 at a time.
	var t Element
	run := *x // x^(2^k − 1)
	for k := 1; k < 16; k *= 2 {
		squareTimes(&t, &run, k)
		Mul(&run, &run, &t)
	}
	squareTimes(&t, x, 55)
	Mul(&t, &t, x)
	squareTimes(&t, &t, 4)
	for range 192 / 16 {
		squareTimes(&t, &t, 16)
		Mul(&t, &t, &run)
	}
	*z = t
}

// chains is the number of products that InvertAll has under way at once: each waits for
// the one before in its own chain only.
const chains = 4

// InvertAll replaces every element, none of which may be 0, by its inverse,
// with one inversion (Montgomery's trick). scratch is room for as many elements.
func InvertAll(xs, scratch []Element) {
	n := len(xs)
	if n == 0 {
		return
	}
	prefix := scratch[:n] // xs[i]·xs[i−chains]·xs[i−2·chains]…
	copy(prefix, xs[:min(n, chains)])
	for i := chains; i < n; i++ {
		Mul(&prefix[i], &prefix[i-chains], &xs[i])
	}
	ends := min(n, chains)
	var inverses [chains]Element // of the prefix that ends each chain, by index modulo chains
	var products [chains]Element
	product := &products[0]
	*product = prefix[n-1]
	for i := 1; i < ends; i++ {
		Mul(&products[i], product, &prefix[n-1-i])
		product = &products[i]
	}
	var inverse Element
	Invert(&inverse, product)
	for i := ends - 1; i > 0; i-- {
		Mul(&inverses[(n-1-i)%chains], &inverse, &products[i-1])
		Mul(&inverse, &inverse, &prefix[n-1-i])
	}
	inverses[(n-1)%chains] = inverse
	for i := n - 1; i >= chains; i-- {
		x, inverse := xs[i], &inverses[i%chains]
		Mul(&xs[i], inverse, &prefix[i-chains])
		Mul(inverse, inverse, &x)
	}
	copy(xs, inverses[:ends])
}
