//go:build !amd64 || purego

package blake2s

func hasKernels() bool { return false }

func absorb(dst []Batch, src *Batch, columns [][]uint32, first int, t uint64, last bool) {
	absorbGeneric(dst, src, columns, first, t, last)
}

func parents(dst, src []Batch) { parentsGeneric(dst, src) }

func unzip(even, odd, src []uint32) { unzipGeneric(even, odd, src) }

func (s *NonceSearch) findVectors(low, n, mask uint32) (uint32, bool) { return 0, false }
