package m31

import "unsafe"

// P is the field's modulus, 2³¹ − 1.
const P = 1<<31 - 1

// Element is an element of M31, canonical in [0, P).
type Element uint32

// Canonical reports whether the word w is the canonical form of an element,
// that is, w < P. Decoders call it on every word they accept.
func Canonical(w uint32) bool { return w < P }

// NotCanonical returns the index of the first of the elements that is not below P,
// or −1.
func NotCanonical(elements []Element) int {
	const pairs = 8
	whole := len(elements) &^ (2*pairs - 1)
	for lo := 0; lo < whole; lo += 2 * pairs {
		// Of w ≥ P, w or w + 1 has the highest bit. The sum of a pair carries from the
		// lower to the upper word only where the lower one has it itself.
		const one, top = 1<<32 | 1, 1<<63 | 1<<31
		w := (*[pairs]uint64)(unsafe.Pointer(&elements[lo]))
		a := w[0] | (w[0] + one) | w[1] | (w[1] + one) | w[2] | (w[2] + one) | w[3] | (w[3] + one)
		b := w[4] | (w[4] + one) | w[5] | (w[5] + one) | w[6] | (w[6] + one) | w[7] | (w[7] + one)
		if (a|b)&top != 0 {
			whole = lo
		}
	}
	for i := whole; i < len(elements); i++ {
		if !Canonical(uint32(elements[i])) {
			return i
		}
	}
	return -1
}

// Reduce returns x mod P for any 64-bit x.
func Reduce(x uint64) Element {
	x = (x & P) + (x >> 31) // < 2³⁴
	x = (x & P) + (x >> 31) // ≤ P + 7
	return reduceOnce(uint32(x))
}

// reduceOnce maps [0, 2P) to [0, P) without a branch: for v < P, the wrapped
// difference v − P is larger than v.
func reduceOnce(v uint32) Element {
	return Element(min(v, v-P))
}

// Add returns a + b.
func Add(a, b Element) Element { return reduceOnce(uint32(a) + uint32(b)) }

// Sub returns a − b.
func Sub(a, b Element) Element {
	d := uint32(a) - uint32(b)
	return Element(min(d, d+P))
}

// Neg returns −a.
func Neg(a Element) Element {
	if a == 0 {
		return 0
	}
	return P - a
}

// Double returns 2a.
func Double(a Element) Element { return Add(a, a) }

// Mul returns a·b.
func Mul(a, b Element) Element {
	x := uint64(a) * uint64(b) // < 2⁶²
	return reduceOnce(uint32(x&P) + uint32(x>>31))
}

// Square returns a².
func Square(a Element) Element { return Mul(a, a) }

// Pow returns aᵉ, with 0⁰ = 1.
func Pow(a Element, e uint64) Element {
	r := Element(1)
	for ; e > 0; e >>= 1 {
		if e&1 == 1 {
			r = Mul(r, a)
		}
		a = Mul(a, a)
	}
	return r
}

func squareN(a Element, n int) Element {
	for range n {
		a = Mul(a, a)
	}
	return a
}

// Inverse returns a⁻¹ = a^(P−2), and 0 for a = 0.
func Inverse(a Element) Element {
	// P − 2 = 2³¹ − 3, by an addition chain of 37 multiplications.
	t0 := Mul(squareN(a, 2), a)    // a^5
	t1 := Mul(squareN(t0, 1), t0)  // a^15
	t2 := Mul(squareN(t1, 3), t0)  // a^125
	t3 := Mul(squareN(t2, 1), t0)  // a^255
	t4 := Mul(squareN(t3, 8), t3)  // a^(2¹⁶ − 1)
	t5 := Mul(squareN(t4, 8), t3)  // a^(2²⁴ − 1)
	return Mul(squareN(t5, 7), t2) // a^(2³¹ − 3)
}

// BatchInverse sets dst[i] = src[i]⁻¹ with one inversion (Montgomery's trick).
// Zeros map to zero. dst and src have equal length and may be the same slice.
func BatchInverse(dst, src []Element) {
	if len(dst) != len(src) {
		panic("m31: BatchInverse: lengths differ")
	}
	if len(src) == 0 {
		return
	}
	prefix := make([]Element, len(src))
	acc := Element(1)
	for i, v := range src {
		prefix[i] = acc
		if v != 0 {
			acc = Mul(acc, v)
		}
	}
	acc = Inverse(acc)
	for i := len(src) - 1; i >= 0; i-- {
		v := src[i]
		if v == 0 {
			dst[i] = 0
			continue
		}
		dst[i] = Mul(acc, prefix[i])
		acc = Mul(acc, v)
	}
}
