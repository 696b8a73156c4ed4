package circle

import "github.com/sage-network/sage-node/prover/m31"

// The loops below are the portable transform's hot kernels: slices in, slices out.
//
// Between its layers values need not be canonical: in memory they are loose, at most
// p + 9, and wider in registers. A factor below 4p + 10 times a twiddle stays below
// 2⁶⁴. Comments on lines are upper bounds of what they compute.

// p is the modulus, in the type of what is not reduced yet.
const p = uint64(m31.P)

// fold returns x modulo p: h + l for x = h·2³¹ + l.
func fold(x uint64) uint64 { return x&p + x>>31 }

// loose returns x < 11p modulo p, as a loose value.
func loose(x uint64) m31.Element { return m31.Element(fold(x)) }

// canonical returns x < 2³⁵ modulo p.
func canonical(x uint64) m31.Element {
	y := uint32(fold(x))
	return m31.Element(min(y, y-m31.P))
}

// butterfly returns x + t·y and x − t·y, the second with the multiple k of p added.
func butterfly(x, y, t, k uint64) (_, _ uint64) {
	y = fold(y * t)
	return x + y, x + k - y
}

// For loose values the product in a butterfly is at most 2p + 9 and its results are
// 4p + 9 with k = 3p; from such values the products of the next layer are 5p + 9 and
// its results 10p + 9 with k = 6p. What a third layer makes of those, of which it
// folds the factor, is at most 13p + 9.
const upper, lower = 3 * p, 6 * p

// fftTwoLayers runs two layers on v, a block of four quarters: the upper with
// twiddle t, the lower with t0 on the first half and t1 on the second. It leaves
// loose values.
func fftTwoLayers(v []m31.Element, t, t0, t1 m31.Element) {
	q := len(v) / 4
	a, b, c, d := v[:q], v[q:2*q], v[2*q:3*q], v[3*q:4*q]
	b, c, d = b[:len(a)], c[:len(a)], d[:len(a)]
	w, w0, w1 := uint64(t), uint64(t0), uint64(t1)
	for i := range a {
		x0, x2 := butterfly(uint64(a[i]), uint64(c[i]), w, upper)
		x1, x3 := butterfly(uint64(b[i]), uint64(d[i]), w, upper)
		x0, x1 = butterfly(x0, x1, w0, lower)
		x2, x3 = butterfly(x2, x3, w1, lower)
		a[i], b[i], c[i], d[i] = loose(x0), loose(x1), loose(x2), loose(x3)
	}
}

// fftLast3 runs the layers 2, 1, 0 on each eight consecutive values.
func fftLast3(v, l2, l1, l0 []m31.Element) {
	n := len(v) / 8
	l2, l1, l0 = l2[:n], l1[:2*n], l0[:4*n]
	for h := range n {
		x := (*[8]m31.Element)(v[8*h:])
		s := (*[2]m31.Element)(l1[2*h:])
		u := (*[4]m31.Element)(l0[4*h:])
		t, s0, s1 := uint64(l2[h]), uint64(s[0]), uint64(s[1])
		x0, x4 := butterfly(uint64(x[0]), uint64(x[4]), t, upper)
		x1, x5 := butterfly(uint64(x[1]), uint64(x[5]), t, upper)
		x2, x6 := butterfly(uint64(x[2]), uint64(x[6]), t, upper)
		x3, x7 := butterfly(uint64(x[3]), uint64(x[7]), t, upper)
		x0, x2 = butterfly(x0, x2, s0, lower)
		x1, x3 = butterfly(x1, x3, s0, lower)
		x4, x6 = butterfly(x4, x6, s1, lower)
		x5, x7 = butterfly(x5, x7, s1, lower)
		x0, x1 = butterfly(x0, fold(x1), uint64(u[0]), upper)
		x2, x3 = butterfly(x2, fold(x3), uint64(u[1]), upper)
		x4, x5 = butterfly(x4, fold(x5), uint64(u[2]), upper)
		x6, x7 = butterfly(x6, fold(x7), uint64(u[3]), upper)
		x[0], x[1], x[2], x[3] = canonical(x0), canonical(x1), canonical(x2), canonical(x3)
		x[4], x[5], x[6], x[7] = canonical(x4), canonical(x5), canonical(x6), canonical(x7)
	}
}

// fftLast2 runs the layers 1, 0 on each four consecutive values.
func fftLast2(v, l1, l0 []m31.Element) {
	n := len(v) / 4
	l1, l0 = l1[:n], l0[:2*n]
	for h := range n {
		x := (*[4]m31.Element)(v[4*h:])
		u := (*[2]m31.Element)(l0[2*h:])
		t := uint64(l1[h])
		x0, x2 := butterfly(uint64(x[0]), uint64(x[2]), t, upper)
		x1, x3 := butterfly(uint64(x[1]), uint64(x[3]), t, upper)
		x0, x1 = butterfly(x0, x1, uint64(u[0]), lower)
		x2, x3 = butterfly(x2, x3, uint64(u[1]), lower)
		x[0], x[1], x[2], x[3] = canonical(x0), canonical(x1), canonical(x2), canonical(x3)
	}
}

// fftLast1 runs layer 0, the only one, on a pair of values.
func fftLast1(v, l0 []m31.Element) {
	x, y := v[0], m31.Mul(v[1], l0[0])
	v[0], v[1] = m31.Add(x, y), m31.Sub(x, y)
}

// inverseButterfly returns x + y and (x − y)·t, for a multiple k of p that is not
// less than y: the first at most x + y, the second p + x + k.
func inverseButterfly(x, y, t, k uint64) (_, _ uint64) {
	return x + y, fold((x + k - y) * t)
}

// inverseUpper returns x + y and (x − y)·t for x, y ≤ 4p + 9.
func inverseUpper(x, y, t uint64) (_, _ m31.Element) {
	return loose(x + y), loose(fold(fold(x+5*p-y) * t))
}

// ifftTwoLayers undoes fftTwoLayers, up to the factor 4.
func ifftTwoLayers(v []m31.Element, t, t0, t1 m31.Element) {
	q := len(v) / 4
	a, b, c, d := v[:q], v[q:2*q], v[2*q:3*q], v[3*q:4*q]
	b, c, d = b[:len(a)], c[:len(a)], d[:len(a)]
	w, w0, w1 := uint64(t), uint64(t0), uint64(t1)
	for i := range a {
		x0, x1 := inverseButterfly(uint64(a[i]), uint64(b[i]), w0, 2*p) // 2p + 18, 4p + 9
		x2, x3 := inverseButterfly(uint64(c[i]), uint64(d[i]), w1, 2*p)
		a[i], c[i] = inverseUpper(x0, x2, w)
		b[i], d[i] = inverseUpper(x1, x3, w)
	}
}

// ifftFirst2 undoes the layers 0, 1 on each four consecutive values.
func ifftFirst2(v, l1, l0 []m31.Element) {
	n := len(v) / 4
	l1, l0 = l1[:n], l0[:2*n]
	for h := range n {
		x := (*[4]m31.Element)(v[4*h:])
		u := (*[2]m31.Element)(l0[2*h:])
		x0, x1 := inverseButterfly(uint64(x[0]), uint64(x[1]), uint64(u[0]), 2*p)
		x2, x3 := inverseButterfly(uint64(x[2]), uint64(x[3]), uint64(u[1]), 2*p)
		x[0], x[2] = inverseUpper(x0, x2, uint64(l1[h]))
		x[1], x[3] = inverseUpper(x1, x3, uint64(l1[h]))
	}
}

// ifftLayer undoes one layer, (a, b) becoming (a + b, (a − b)·t).
func ifftLayer(a, b []m31.Element, t m31.Element) {
	b = b[:len(a)]
	w := uint64(t)
	for i, x := range a {
		s, d := inverseButterfly(uint64(x), uint64(b[i]), w, 2*p)
		a[i], b[i] = loose(s), loose(d)
	}
}

// scaleLoose multiplies loose values by w; the products are canonical.
func scaleLoose(v []m31.Element, w m31.Element) {
	for i, x := range v {
		v[i] = canonical(fold(uint64(x) * uint64(w)))
	}
}
