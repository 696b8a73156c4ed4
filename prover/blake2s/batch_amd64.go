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
	kernel := absorbTail16AVX512
	switch n := len(columns); {
	case n == 16:
		kernel = absorb16AVX512
	case n <= 4:
		kernel = absorbTail4AVX512
	case n <= 8:
		kernel = absorbTail8AVX512
	}
	tail := [4]uint32{iv4 ^ uint32(t), iv5 ^ uint32(t>>32), iv6, iv7}
	if last {
		tail[2] = ^tail[2]
	}
	stride := int(unsafe.Sizeof(*src))
	if src == &initialBatch {
		stride = 0
	}
	kernel(&dst[0][0][0], &src[0][0], stride, &columns[0], len(columns), first, len(dst), &tail)
}

func parents(dst, src []Batch) {
	if cpu.Current() < cpu.AVX512 {
		parentsGeneric(dst, src)
		return
	}
	parentsAVX512(&dst[0][0][0], &src[0][0][0], len(dst))
}
