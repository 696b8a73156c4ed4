//go:build !purego

package vector

import (
	"unsafe"

	"github.com/sage-network/sage-node/prover/internal/cpu"
	"github.com/sage-network/sage-node/prover/m31"
)

// The functions below run the best kernel on as many of the first elements as it
// takes, a multiple of its lanes, and return how many these are.

// kernelRows is the number of elements that a kernel gets in one call, which ends
// within some 10 µs: assembly cannot be preempted.
const kernelRows = 1 << 14

// lanes returns the number of elements in a vector register of a level.
func lanes(l cpu.Level) int { return 4 << l }

// pointer returns the address of element i, as kernels take it.
func pointer(v []m31.Element, i int) *uint32 { return (*uint32)(unsafe.Pointer(&v[i])) }

// whole returns the largest multiple of a level's lanes, times the given factor,
// among n elements; it is 0 where there are no kernels.
func whole(l cpu.Level, factor, n int) int {
	if l == cpu.Generic {
		return 0
	}
	return n &^ (factor*lanes(l) - 1)
}

// chunks runs a kernel on whole vectors among n elements, [lo, hi) in a call, and
// returns how many elements these are.
func chunks(n int, run func(level cpu.Level, lo, hi int)) int {
	level := cpu.Current()
	n = whole(level, 1, n)
	for lo := 0; lo < n; lo += kernelRows {
		run(level, lo, min(lo+kernelRows, n))
	}
	return n
}

type (
	unaryKernel   func(dst, a *uint32, w uint32, n int)
	binaryKernel  func(dst, a, b *uint32, n int)
	scaledKernel  func(dst, a, b *uint32, w uint32, n int)
	ternaryKernel func(dst, a, b, c *uint32, n int)
)

var (
	addKernels       = [...]binaryKernel{cpu.AVX2: addAVX2, cpu.AVX512: addAVX512}
	subKernels       = [...]binaryKernel{cpu.AVX2: subAVX2, cpu.AVX512: subAVX512}
	mulKernels       = [...]binaryKernel{cpu.AVX2: mulAVX2, cpu.AVX512: mulAVX512}
	alternateKernels = [...]binaryKernel{cpu.AVX2: alternateAVX2, cpu.AVX512: alternateAVX512}
	mulAddKernels    = [...]ternaryKernel{cpu.AVX2: mulAddAVX2, cpu.AVX512: mulAddAVX512}
	mulSubKernels    = [...]ternaryKernel{cpu.AVX2: mulSubAVX2, cpu.AVX512: mulSubAVX512}
	addConstKernels  = [...]unaryKernel{cpu.AVX2: addConstAVX2, cpu.AVX512: addConstAVX512}
	scaleKernels     = [...]unaryKernel{cpu.AVX2: scaleAVX2, cpu.AVX512: scaleAVX512}
	addScaledKernels = [...]scaledKernel{cpu.AVX2: addScaledAVX2, cpu.AVX512: addScaledAVX512}
)

func binary(kernels *[3]binaryKernel, dst, a, b []m31.Element) int {
	return chunks(len(dst), func(level cpu.Level, lo, hi int) {
		kernels[level](pointer(dst, lo), pointer(a, lo), pointer(b, lo), hi-lo)
	})
}

func ternary(kernels *[3]ternaryKernel, dst, a, b, c []m31.Element) int {
	return chunks(len(dst), func(level cpu.Level, lo, hi int) {
		kernels[level](pointer(dst, lo), pointer(a, lo), pointer(b, lo), pointer(c, lo), hi-lo)
	})
}

func unary(kernels *[3]unaryKernel, dst, a []m31.Element, w m31.Element) int {
	return chunks(len(dst), func(level cpu.Level, lo, hi int) {
		kernels[level](pointer(dst, lo), pointer(a, lo), uint32(w), hi-lo)
	})
}

func add(dst, a, b []m31.Element) int       { return binary(&addKernels, dst, a, b) }
func sub(dst, a, b []m31.Element) int       { return binary(&subKernels, dst, a, b) }
func mul(dst, a, b []m31.Element) int       { return binary(&mulKernels, dst, a, b) }
func alternate(dst, a, b []m31.Element) int { return binary(&alternateKernels, dst, a, b) }

func mulAdd(dst, a, b, c []m31.Element) int { return ternary(&mulAddKernels, dst, a, b, c) }
func mulSub(dst, a, b, c []m31.Element) int { return ternary(&mulSubKernels, dst, a, b, c) }

func addConst(dst, a []m31.Element, w m31.Element) int { return unary(&addConstKernels, dst, a, w) }
func scale(dst, a []m31.Element, w m31.Element) int    { return unary(&scaleKernels, dst, a, w) }

func addScaled(dst, a, b []m31.Element, w m31.Element) int {
	return chunks(len(dst), func(level cpu.Level, lo, hi int) {
		addScaledKernels[level](pointer(dst, lo), pointer(a, lo), pointer(b, lo), uint32(w), hi-lo)
	})
}

// slices4 and slices2 give a kernel the coordinates' slices.
func slices4(s *Secure) *[4][]uint32  { return (*[4][]uint32)(unsafe.Pointer(s)) }
func slices2(c *Complex) *[2][]uint32 { return (*[2][]uint32)(unsafe.Pointer(c)) }

func mulSecure(dst, a, b Secure) int {
	return chunks(dst.Len(), func(level cpu.Level, lo, hi int) {
		d, x, y := dst.Slice(lo, hi), a.Slice(lo, hi), b.Slice(lo, hi)
		if level == cpu.AVX512 {
			mulSecureAVX512(slices4(&d), slices4(&x), slices4(&y), hi-lo)
		} else {
			mulSecureAVX2(slices4(&d), slices4(&x), slices4(&y), hi-lo)
		}
	})
}

func mulComplex(dst, a, b Complex) int {
	return chunks(len(dst[0]), func(level cpu.Level, lo, hi int) {
		d, x, y := dst.slice(lo, hi), a.slice(lo, hi), b.slice(lo, hi)
		if level == cpu.AVX512 {
			mulComplexAVX512(slices2(&d), slices2(&x), slices2(&y), hi-lo)
		} else {
			mulComplexAVX2(slices2(&d), slices2(&x), slices2(&y), hi-lo)
		}
	})
}

func transform(dst, a Secure, m *[16]uint64) int {
	return chunks(dst.Len(), func(level cpu.Level, lo, hi int) {
		d, x := dst.Slice(lo, hi), a.Slice(lo, hi)
		if level == cpu.AVX512 {
			transformAVX512(slices4(&d), slices4(&x), m, hi-lo)
		} else {
			transformAVX2(slices4(&d), slices4(&x), m, hi-lo)
		}
	})
}

func addTransform(dst, a Secure, m *[16]uint64) int {
	return chunks(dst.Len(), func(level cpu.Level, lo, hi int) {
		d, x := dst.Slice(lo, hi), a.Slice(lo, hi)
		if level == cpu.AVX512 {
			addTransformAVX512(slices4(&d), slices4(&x), m, hi-lo)
		} else {
			addTransformAVX2(slices4(&d), slices4(&x), m, hi-lo)
		}
	})
}

func fold(dst, src Secure, m *[16]uint64) int {
	return chunks(dst.Len(), func(level cpu.Level, lo, hi int) {
		d, x := dst.Slice(lo, hi), src.Slice(2*lo, 2*hi)
		if level == cpu.AVX512 {
			foldAVX512(slices4(&d), slices4(&x), m, hi-lo)
		} else {
			foldAVX2(slices4(&d), slices4(&x), m, hi-lo)
		}
	})
}

// combineColumns is the number of columns that combine reads at a time: as many
// streams as the processor keeps apart, each long enough to be fetched ahead.
const combineColumns = 32

// combine adds the combination of the columns, by their weights' coordinates, to
// dst. The number of columns is a multiple of four.
func combine(dst Secure, columns [][]m31.Element, weights [][4]uint64) int {
	level := cpu.Current()
	length := whole(level, 1, dst.Len())
	if length == 0 {
		return 0
	}
	d := slices4(&dst)
	for len(columns) > 0 {
		k := min(combineColumns, len(columns))
		rows := kernelRows * columnGroup / k &^ (lanes(level) - 1)
		first := (*[]uint32)(unsafe.Pointer(&columns[0]))
		for lo := 0; lo < length; lo += rows {
			n := min(rows, length-lo)
			if level == cpu.AVX512 {
				combineAVX512(&d[0], first, &weights[0][0], k/columnGroup, lo, n)
				continue
			}
			combineAVX2(&d[0], first, &weights[0][0], k/columnGroup, lo, n)
			combineAVX2(&d[2], first, &weights[0][2], k/columnGroup, lo, n)
		}
		columns, weights = columns[k:], weights[k:]
	}
	return length
}

func dot(a, b []m31.Element) (m31.Element, int) {
	level := cpu.Current()
	n := whole(level, columnGroup, len(a))
	var sum m31.Element
	for lo := 0; lo < n; lo += kernelRows {
		var sums [4]uint64
		if level == cpu.AVX512 {
			dotAVX512(&sums, pointer(a, 0), pointer(b, 0), lo, min(kernelRows, n-lo))
		} else {
			dotAVX2(&sums, pointer(a, 0), pointer(b, 0), lo, min(kernelRows, n-lo))
		}
		sum = m31.Add(sum, m31.Reduce(sums[0]))
	}
	return sum, n
}

func dotSecure(a []m31.Element, w Secure) (m31.QM31, int) {
	level := cpu.Current()
	n := whole(level, columnGroup, len(a))
	var sum m31.QM31
	for lo := 0; lo < n; lo += kernelRows {
		var sums [4]uint64
		if level == cpu.AVX512 {
			dotSecureAVX512(&sums, pointer(a, 0), slices4(&w), lo, min(kernelRows, n-lo))
		} else {
			dotSecureAVX2(&sums, pointer(a, 0), slices4(&w), lo, min(kernelRows, n-lo))
		}
		var c [4]m31.Element
		for j := range c {
			c[j] = m31.Reduce(sums[j])
		}
		sum = sum.Add(m31.FromCoords(c))
	}
	return sum, n
}
