//go:build !purego

package blake2s

import (
	"unsafe"

	"github.com/sage-network/sage-node/prover/internal/cpu"
)

// absorb is absorbGeneric on the best kernel.
func absorb(dst []Batch, src *Batch, columns [][]uint32, first int, t uint64, last bool) {
	if cpu.Current() < cpu.AVX512 {
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
	// Called by name: arguments of a function value would escape to the heap.
	h, v, c, n := &dst[0][0][0], &src[0][0], &columns[0], len(columns)
	switch {
	case n == 16:
		absorb16AVX512(h, v, stride, c, first, len(dst), &tail)
	case n <= 4:
		absorbTail4AVX512(h, v, stride, c, n, first, len(dst), &tail)
	case n <= 8:
		absorbTail8AVX512(h, v, stride, c, n, first, len(dst), &tail)
	default:
		absorbTail16AVX512(h, v, stride, c, n, first, len(dst), &tail)
	}
}

func parents(dst, src []Batch) {
	if cpu.Current() < cpu.AVX512 {
		parentsGeneric(dst, src)
		return
	}
	parentsAVX512(&dst[0][0][0], &src[0][0][0], len(dst))
}

// unzip splits src into its words at even and at odd positions.
func unzip(even, odd, src []uint32) {
	if cpu.Current() < cpu.AVX512 || len(even)%Lanes != 0 {
		unzipGeneric(even, odd, src)
		return
	}
	_, _ = odd[len(even)-1], src[2*len(even)-1]
	unzipAVX512(&even[0], &odd[0], &src[0], len(even)/Lanes)
}

// findVectors is [NonceSearch.Find] for the low words that fill whole vectors: it
// returns how far above low the first hit lies, or how many words had none.
func (s *NonceSearch) findVectors(low, n, mask uint32) (uint32, bool) {
	vectors := int(n / Lanes)
	if vectors == 0 || cpu.Current() < cpu.AVX512 {
		return 0, false
	}
	if at := nonceAVX512((*[25]uint32)(&s.table), low, mask, vectors); at >= 0 {
		return uint32(at), true
	}
	return Lanes * uint32(vectors), false
}
