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

// each calls f for consecutive runs of the largest multiple of the given number of
// elements among n, and returns that multiple.
func each(n, multiple int, f func(lo, n int)) int {
	n -= n % multiple
	for lo := 0; lo < n; lo += kernelRows {
		f(lo, min(kernelRows, n-lo))
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
	level := cpu.Current()
	if level == cpu.Generic {
		return 0
	}
	return each(len(dst), lanes(level), func(lo, n int) {
		kernels[level](pointer(dst, lo), pointer(a, lo), pointer(b, lo), n)
	})
}

func ternary(kernels *[3]ternaryKernel, dst, a, b, c []m31.Element) int {
	level := cpu.Current()
	if level == cpu.Generic {
		return 0
	}
	return each(len(dst), lanes(level), func(lo, n int) {
		kernels[level](pointer(dst, lo), pointer(a, lo), pointer(b, lo), pointer(c, lo), n)
	})
}

func unary(kernels *[3]unaryKernel, dst, a []m31.Element, w m31.Element) int {
	level := cpu.Current()
	if level == cpu.Generic {
		return 0
	}
	return each(len(dst), lanes(level), func(lo, n int) {
		kernels[level](pointer(dst, lo), pointer(a, lo), uint32(w), n)
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
	level := cpu.Current()
	if level == cpu.Generic {
		return 0
	}
	return each(len(dst), lanes(level), func(lo, n int) {
		addScaledKernels[level](pointer(dst, lo), pointer(a, lo), pointer(b, lo), uint32(w), n)
	})
}

// slices4 and slices2 give a kernel the coordinates' slices.
func slices4(s *Secure) *[4][]uint32  { return (*[4][]uint32)(unsafe.Pointer(s)) }
func slices2(c *Complex) *[2][]uint32 { return (*[2][]uint32)(unsafe.Pointer(c)) }

func mulSecure(dst, a, b Secure) int {
	level := cpu.Current()
	if level == cpu.Generic {
		return 0
	}
	return each(dst.Len(), lanes(level), func(lo, n int) {
		d, x, y := dst.Slice(lo, lo+n), a.Slice(lo, lo+n), b.Slice(lo, lo+n)
		if level == cpu.AVX512 {
			mulSecureAVX512(slices4(&d), slices4(&x), slices4(&y), n)
		} else {
			mulSecureAVX2(slices4(&d), slices4(&x), slices4(&y), n)
		}
	})
}

func mulComplex(dst, a, b Complex) int {
	level := cpu.Current()
	if level == cpu.Generic {
		return 0
	}
	return each(len(dst[0]), lanes(level), func(lo, n int) {
		d, x, y := dst.slice(lo, lo+n), a.slice(lo, lo+n), b.slice(lo, lo+n)
		if level == cpu.AVX512 {
			mulComplexAVX512(slices2(&d), slices2(&x), slices2(&y), n)
		} else {
			mulComplexAVX2(slices2(&d), slices2(&x), slices2(&y), n)
		}
	})
}

type transformKernel func(dst, a *[4][]uint32, matrix *[16]uint64, n int)

func transform(dst, a Secure, m *[16]uint64) int {
	return linear([...]transformKernel{cpu.AVX2: transformAVX2, cpu.AVX512: transformAVX512}, dst, a, 1, m)
}

func addTransform(dst, a Secure, m *[16]uint64) int {
	return linear([...]transformKernel{cpu.AVX2: addTransformAVX2, cpu.AVX512: addTransformAVX512}, dst, a, 1, m)
}

func fold(dst, src Secure, m *[16]uint64) int {
	return linear([...]transformKernel{cpu.AVX2: foldAVX2, cpu.AVX512: foldAVX512}, dst, src, 2, m)
}

// linear runs a kernel that reads ratio elements for each that it writes.
func linear(kernels [3]transformKernel, dst, a Secure, ratio int, m *[16]uint64) int {
	level := cpu.Current()
	if level == cpu.Generic {
		return 0
	}
	return each(dst.Len(), lanes(level), func(lo, n int) {
		d, x := dst.Slice(lo, lo+n), a.Slice(ratio*lo, ratio*(lo+n))
		kernels[level](slices4(&d), slices4(&x), m, n)
	})
}

// combine adds the combination of the columns, and their weights' coordinates, to
// dst. The number of columns is a multiple of four.
func combine(dst Secure, columns [][]m31.Element, weights [][4]uint64) int {
	level := cpu.Current()
	if level == cpu.Generic || len(columns) == 0 {
		return 0
	}
	groups := len(columns) / columnGroup
	rows := max(lanes(level), kernelRows*columnGroup/len(columns)&^(lanes(level)-1))
	length := dst.Len() - dst.Len()%lanes(level)
	first := (*[]uint32)(unsafe.Pointer(&columns[0]))
	for lo := 0; lo < length; lo += rows {
		n := min(rows, length-lo)
		d := slices4(&dst)
		if level == cpu.AVX512 {
			combineAVX512(&d[0], first, &weights[0][0], groups, lo, n)
			continue
		}
		combineAVX2(&d[0], first, &weights[0][0], groups, lo, n)
		combineAVX2(&d[2], first, &weights[0][2], groups, lo, n)
	}
	return length
}

func dot(a, b []m31.Element) (m31.Element, int) {
	level := cpu.Current()
	if level == cpu.Generic {
		return 0, 0
	}
	var sum m31.Element
	done := each(len(a), columnGroup*lanes(level), func(lo, n int) {
		var sums [4]uint64
		if level == cpu.AVX512 {
			dotAVX512(&sums, pointer(a, 0), pointer(b, 0), lo, n)
		} else {
			dotAVX2(&sums, pointer(a, 0), pointer(b, 0), lo, n)
		}
		sum = m31.Add(sum, m31.Reduce(sums[0]))
	})
	return sum, done
}

func dotSecure(a []m31.Element, w Secure) (m31.QM31, int) {
	level := cpu.Current()
	if level == cpu.Generic {
		return m31.QM31{}, 0
	}
	var sum m31.QM31
	done := each(len(a), columnGroup*lanes(level), func(lo, n int) {
		var sums [4]uint64
		if level == cpu.AVX512 {
			dotSecureAVX512(&sums, pointer(a, 0), slices4(&w), lo, n)
		} else {
			dotSecureAVX2(&sums, pointer(a, 0), slices4(&w), lo, n)
		}
		var c [4]m31.Element
		for j := range c {
			c[j] = m31.Reduce(sums[j])
		}
		sum = sum.Add(m31.FromCoords(c))
	})
	return sum, done
}
