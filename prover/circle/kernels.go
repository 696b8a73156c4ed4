package circle

import "github.com/sage-network/sage-node/prover/m31"

// The loops below are the transform's hot kernels: slices in, slices out.

// butterfly returns (a + t·b, a − t·b).
func butterfly(a, b, t m31.Element) (m31.Element, m31.Element) {
	b = m31.Mul(b, t)
	return m31.Add(a, b), m31.Sub(a, b)
}

// fftTwoLayers runs two layers on v, a block of four quarters: the upper with
// twiddle t, the lower with t0 on the first half and t1 on the second.
func fftTwoLayers(v []m31.Element, t, t0, t1 m31.Element) {
	q := len(v) / 4
	a, b, c, d := v[:q], v[q:2*q], v[2*q:3*q], v[3*q:4*q]
	b, c, d = b[:len(a)], c[:len(a)], d[:len(a)]
	for i := range a {
		x0, x2 := butterfly(a[i], c[i], t)
		x1, x3 := butterfly(b[i], d[i], t)
		a[i], b[i] = butterfly(x0, x1, t0)
		c[i], d[i] = butterfly(x2, x3, t1)
	}
}

// fftLast3 runs the layers 2, 1, 0 on each eight consecutive values.
func fftLast3(v, l2, l1, l0 []m31.Element) {
	n := len(v) / 8
	l2, l1, l0 = l2[:n], l1[:2*n], l0[:4*n]
	for h := range n {
		x := (*[8]m31.Element)(v[8*h:])
		u := (*[4]m31.Element)(l0[4*h:])
		t := l2[h]
		x0, x4 := butterfly(x[0], x[4], t)
		x1, x5 := butterfly(x[1], x[5], t)
		x2, x6 := butterfly(x[2], x[6], t)
		x3, x7 := butterfly(x[3], x[7], t)
		t = l1[2*h]
		x0, x2 = butterfly(x0, x2, t)
		x1, x3 = butterfly(x1, x3, t)
		t = l1[2*h+1]
		x4, x6 = butterfly(x4, x6, t)
		x5, x7 = butterfly(x5, x7, t)
		x[0], x[1] = butterfly(x0, x1, u[0])
		x[2], x[3] = butterfly(x2, x3, u[1])
		x[4], x[5] = butterfly(x4, x5, u[2])
		x[6], x[7] = butterfly(x6, x7, u[3])
	}
}

// fftLast2 runs the layers 1, 0 on each four consecutive values.
func fftLast2(v, l1, l0 []m31.Element) {
	for h := 0; 4*h < len(v); h++ {
		fftTwoLayers(v[4*h:4*h+4], l1[h], l0[2*h], l0[2*h+1])
	}
}

// fftLast1 runs layer 0 on each pair of values.
func fftLast1(v, l0 []m31.Element) {
	for h := 0; 2*h < len(v); h++ {
		v[2*h], v[2*h+1] = butterfly(v[2*h], v[2*h+1], l0[h])
	}
}

// ifftLayer sets (a, b) to (a + b, (a − b)·t).
func ifftLayer(a, b []m31.Element, t m31.Element) {
	b = b[:len(a)]
	for i, x := range a {
		y := b[i]
		a[i] = m31.Add(x, y)
		b[i] = m31.Mul(m31.Sub(x, y), t)
	}
}
