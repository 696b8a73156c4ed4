//go:build !purego

package blake2s

import (
	"unsafe"

	"github.com/sage-network/sage-node/prover/internal/cpu"
)

// hasKernels reports whether hashing sixteen messages takes less time than one after the
// other.
func hasKernels() bool { return cpu.Current() != cpu.Generic }

// absorb is absorbGeneric on the best kernel. Kernels are called by name: arguments
// of a function value would escape to the heap.
func absorb(dst []Batch, src *Batch, columns [][]uint32, first int, t uint64, last bool) {
	level := cpu.Current()
	if level == cpu.Generic {
		absorbGeneric(dst, src, columns, first, t, last)
		return
	}
	tail := [4]uint32{iv4 ^ uint32(t), iv5 ^ uint32(t>>32), iv6, iv7}
	if last {
		tail[2] = ^tail[2]
	}
	stride := int(unsafe.Sizeof(*src))
	if src == &initialBatch {
		stride = 0
	}
	h, v, c, n, batches := &dst[0][0][0], &src[0][0], &columns[0], len(columns), len(dst)
	if level == cpu.AVX512 {
		switch {
		case n == 16:
			absorb16AVX512(h, v, stride, c, first, batches, &tail)
		case n > 8:
			absorbTail16AVX512(h, v, stride, c, n, first, batches, &tail)
		case n > 4:
			absorbTail8AVX512(h, v, stride, c, n, first, batches, &tail)
		default:
			absorbTail4AVX512(h, v, stride, c, n, first, batches, &tail)
		}
		return
	}
	switch {
	case n == 16:
		absorb16AVX2(h, v, stride, c, first, batches, &tail)
	case n > 8:
		absorbTail16AVX2(h, v, stride, c, n, first, batches, &tail)
	case n > 4:
		absorbTail8AVX2(h, v, stride, c, n, first, batches, &tail)
	default:
		absorbTail4AVX2(h, v, stride, c, n, first, batches, &tail)
	}
}

func parents(dst, src []Batch) {
	switch d, s := &dst[0][0][0], &src[0][0][0]; cpu.Current() {
	case cpu.AVX512:
		parentsAVX512(d, s, len(dst))
	case cpu.AVX2:
		parentsAVX2(d, s, len(dst))
	default:
		parentsGeneric(dst, src)
	}
}

// unzip splits src into its words at even and at odd positions, whole batches of
// each.
func unzip(even, odd, src []uint32) {
	vectors := len(even) / Lanes
	_, _ = odd[Lanes*vectors-1], src[2*Lanes*vectors-1]
	switch cpu.Current() {
	case cpu.AVX512:
		unzipAVX512(&even[0], &odd[0], &src[0], vectors)
	case cpu.AVX2:
		unzipAVX2(&even[0], &odd[0], &src[0], vectors)
	default:
		unzipGeneric(even, odd, src)
	}
}

// findVectors is [NonceSearch.Find] for the low words that fill whole vectors: it
// returns how far above low the first hit lies, or how many words had none.
func (s *NonceSearch) findVectors(low, n, mask uint32) (uint32, bool) {
	at, whole := -1, n&^(Lanes-1)
	switch level := cpu.Current(); {
	case whole == 0 || level == cpu.Generic:
		return 0, false
	case level == cpu.AVX512:
		at = nonceAVX512(&s.table, low, mask, int(whole/16))
	default:
		at = nonceAVX2(&s.table, low, mask, int(whole/8))
	}
	if at >= 0 {
		return uint32(at), true
	}
	return whole, false
}
