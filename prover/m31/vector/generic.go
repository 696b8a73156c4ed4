package vector

import (
	"unsafe"

	"github.com/sage-network/sage-node/prover/m31"
)

// The loops below are the definition of what kernels compute, and do what kernels
// leave.

// pairs returns v's elements by two, in whatever order, and the last one of an odd
// number by itself.
func pairs(v []m31.Element) ([]uint64, []m31.Element) {
	n := len(v) / 2
	if n == 0 {
		return nil, v // one element is too little memory for a pointer to a pair
	}
	return unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(v))), n), v[2*n:]
}

// Constants of two elements.
const (
	ones    = 1<<32 | 1
	moduli  = m31.P * ones
	topBits = ones << 31
)

// reducePair maps two sums in [0, 2P) to [0, P): of those from P on, the successor has
// the highest bit.
func reducePair(s uint64) uint64 { return (s + (s+ones)>>31&ones) &^ topBits }

func addGeneric(dst, a, b []m31.Element) {
	d, dLast := pairs(dst)
	x, aLast := pairs(a)
	y, bLast := pairs(b)
	x, y = x[:len(d)], y[:len(d)]
	for i := range d {
		d[i] = reducePair(x[i] + y[i])
	}
	for i := range dLast {
		dLast[i] = m31.Add(aLast[i], bLast[i])
	}
}

func addConstGeneric(dst, a []m31.Element, w m31.Element) {
	d, dLast := pairs(dst)
	x, aLast := pairs(a)
	x = x[:len(d)]
	y := uint64(w) * ones
	for i := range d {
		d[i] = reducePair(x[i] + y)
	}
	for i := range dLast {
		dLast[i] = m31.Add(aLast[i], w)
	}
}

func subGeneric(dst, a, b []m31.Element) {
	d, dLast := pairs(dst)
	x, aLast := pairs(a)
	y, bLast := pairs(b)
	x, y = x[:len(d)], y[:len(d)]
	for i := range d {
		d[i] = reducePair(x[i] + (moduli - y[i]))
	}
	for i := range dLast {
		dLast[i] = m31.Sub(aLast[i], bLast[i])
	}
}

func mulGeneric(dst, a, b []m31.Element) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = m31.Mul(a[i], b[i])
	}
}

// mulAddElement returns a·b + c for a ≤ P: below P², so that one step leaves less than
// 2P.
func mulAddElement(a, b, c m31.Element) m31.Element {
	x := uint64(a)*uint64(b) + uint64(c)
	y := uint32(x&m31.P) + uint32(x>>31)
	return m31.Element(min(y, y-m31.P))
}

func mulAddGeneric(dst, a, b, c []m31.Element) {
	a, b, c = a[:len(dst)], b[:len(dst)], c[:len(dst)]
	for i := range dst {
		dst[i] = mulAddElement(a[i], b[i], c[i])
	}
}

func mulSubGeneric(dst, a, b, c []m31.Element) {
	a, b, c = a[:len(dst)], b[:len(dst)], c[:len(dst)]
	for i := range dst {
		dst[i] = mulAddElement(m31.P-a[i], b[i], c[i])
	}
}

func scaleGeneric(dst, a []m31.Element, w m31.Element) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = m31.Mul(a[i], w)
	}
}

func addScaledGeneric(dst, a, b []m31.Element, w m31.Element) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = mulAddElement(b[i], w, a[i])
	}
}

func alternateGeneric(dst, even, odd []m31.Element) {
	even, odd = even[:len(dst)], odd[:len(dst)]
	for i := range dst {
		if i&1 == 0 {
			dst[i] = even[i]
		} else {
			dst[i] = odd[i]
		}
	}
}

func dotGeneric(a, b []m31.Element) m31.Element {
	b = b[:len(a)]
	var lo, hi uint64 // Σ of the low 31 bits and of what is above; each fits for 2³¹ terms
	for len(a) >= 4 && len(b) >= 4 {
		// Four products are below 2⁶⁴.
		x := uint64(a[0])*uint64(b[0]) + uint64(a[1])*uint64(b[1]) + uint64(a[2])*uint64(b[2]) + uint64(a[3])*uint64(b[3])
		lo += x & m31.P
		hi += x >> 31
		a, b = a[4:], b[4:]
	}
	for i, x := range a {
		lo += uint64(m31.Mul(x, b[i]))
	}
	return m31.Reduce(uint64(m31.Reduce(lo)) + uint64(m31.Reduce(hi)))
}

// The products in QM31 are sums of four products in M31, at most 4p² < 2⁶⁴, which
// are reduced at the end. With u² = 2 + i, (x₂ + x₃i)u·(y₂ + y₃i)u is x₂ + x₃i times
// (2y₂ − y₃) + (2y₃ + y₂)i.

func mulSecureGeneric(dst, a, b Secure) {
	n := dst.Len()
	a0, a1, a2, a3 := a[0][:n], a[1][:n], a[2][:n], a[3][:n]
	b0, b1, b2, b3 := b[0][:n], b[1][:n], b[2][:n], b[3][:n]
	d0, d1, d2, d3 := dst[0][:n], dst[1][:n], dst[2][:n], dst[3][:n]
	for i := range n {
		e := uint64(m31.Sub(m31.Double(b2[i]), b3[i]))
		f := uint64(m31.Add(m31.Double(b3[i]), b2[i]))
		x0, x1, x2, x3 := uint64(a0[i]), uint64(a1[i]), uint64(a2[i]), uint64(a3[i])
		y0, y1, y2, y3 := uint64(b0[i]), uint64(b1[i]), uint64(b2[i]), uint64(b3[i])
		n1, n3 := m31.P-x1, m31.P-x3
		d0[i] = m31.Reduce(x0*y0 + n1*y1 + x2*e + n3*f)
		d1[i] = m31.Reduce(x0*y1 + x1*y0 + x2*f + x3*e)
		d2[i] = m31.Reduce(x0*y2 + n1*y3 + x2*y0 + n3*y1)
		d3[i] = m31.Reduce(x0*y3 + x1*y2 + x2*y1 + x3*y0)
	}
}

// transformGeneric sets dst[j] = Σ m[4j+k]·a[k].
func transformGeneric(dst, a Secure, m *[16]uint64) {
	n := dst.Len()
	a0, a1, a2, a3 := a[0][:n], a[1][:n], a[2][:n], a[3][:n]
	d0, d1, d2, d3 := dst[0][:n], dst[1][:n], dst[2][:n], dst[3][:n]
	for i := range n {
		x0, x1, x2, x3 := uint64(a0[i]), uint64(a1[i]), uint64(a2[i]), uint64(a3[i])
		d0[i] = m31.Reduce(m[0]*x0 + m[1]*x1 + m[2]*x2 + m[3]*x3)
		d1[i] = m31.Reduce(m[4]*x0 + m[5]*x1 + m[6]*x2 + m[7]*x3)
		d2[i] = m31.Reduce(m[8]*x0 + m[9]*x1 + m[10]*x2 + m[11]*x3)
		d3[i] = m31.Reduce(m[12]*x0 + m[13]*x1 + m[14]*x2 + m[15]*x3)
	}
}

// addTransformGeneric sets dst[j] += Σ m[4j+k]·a[k].
func addTransformGeneric(dst, a Secure, m *[16]uint64) {
	n := dst.Len()
	a0, a1, a2, a3 := a[0][:n], a[1][:n], a[2][:n], a[3][:n]
	d0, d1, d2, d3 := dst[0][:n], dst[1][:n], dst[2][:n], dst[3][:n]
	for i := range n {
		x0, x1, x2, x3 := uint64(a0[i]), uint64(a1[i]), uint64(a2[i]), uint64(a3[i])
		d0[i] = m31.Reduce(uint64(d0[i]) + m[0]*x0 + m[1]*x1 + m[2]*x2 + m[3]*x3)
		d1[i] = m31.Reduce(uint64(d1[i]) + m[4]*x0 + m[5]*x1 + m[6]*x2 + m[7]*x3)
		d2[i] = m31.Reduce(uint64(d2[i]) + m[8]*x0 + m[9]*x1 + m[10]*x2 + m[11]*x3)
		d3[i] = m31.Reduce(uint64(d3[i]) + m[12]*x0 + m[13]*x1 + m[14]*x2 + m[15]*x3)
	}
}

// foldGeneric sets dst[j][i] = 2·src[j][2i] + Σ m[4j+k]·src[k][2i+1].
func foldGeneric(dst, src Secure, m *[16]uint64) {
	n := dst.Len()
	a0, a1, a2, a3 := src[0][:2*n], src[1][:2*n], src[2][:2*n], src[3][:2*n]
	for j, d := range dst {
		s := src[j][:2*n]
		m0, m1, m2, m3 := m[4*j], m[4*j+1], m[4*j+2], m[4*j+3]
		for i := range d[:n] {
			o := 2*i + 1
			d[i] = m31.Reduce(2*uint64(s[2*i]) + m0*uint64(a0[o]) + m1*uint64(a1[o]) + m2*uint64(a2[o]) + m3*uint64(a3[o]))
		}
	}
}

func mulComplexGeneric(dst, a, b Complex) {
	n := len(dst[0])
	a0, a1, b0, b1 := a[0][:n], a[1][:n], b[0][:n], b[1][:n]
	d0, d1 := dst[0][:n], dst[1][:n]
	for i := range n {
		x0, x1, y0, y1 := uint64(a0[i]), uint64(a1[i]), uint64(b0[i]), uint64(b1[i])
		d0[i] = m31.Reduce(x0*y0 + (m31.P-x1)*y1)
		d1[i] = m31.Reduce(x0*y1 + x1*y0)
	}
}

// combineRows is the number of elements that combineGeneric sums up at a time: the
// sums lie in the first-level cache with the columns' elements.
const combineRows = 256

// combineGeneric adds the combination of the columns' elements from first on, whose
// number is a multiple of columnGroup, to dst's.
func combineGeneric(dst Secure, columns [][]m31.Element, weights [][4]uint64, first int) {
	var sums [combineRows]uint64
	for end := dst.Len(); first < end; first += combineRows {
		n := min(combineRows, end-first)
		for j := range dst {
			d := dst[j][first:][:n]
			sum := sums[:n]
			for i, x := range d {
				sum[i] = uint64(x)
			}
			for k := 0; k+columnGroup <= len(columns); k += columnGroup {
				c0, c1, c2, c3 := columns[k][first:][:n], columns[k+1][first:][:n], columns[k+2][first:][:n], columns[k+3][first:][:n]
				w0, w1, w2, w3 := weights[k][j], weights[k+1][j], weights[k+2][j], weights[k+3][j]
				for i := range sum {
					x := w0*uint64(c0[i]) + w1*uint64(c1[i]) + w2*uint64(c2[i]) + w3*uint64(c3[i])
					sum[i] += x&m31.P + x>>31 // below 2³⁴: enough for 2³⁰ groups
				}
			}
			for i, x := range sum {
				d[i] = m31.Reduce(x)
			}
		}
	}
}
