package blake2s

import (
	"sync"
	"unsafe"
)

// unpackBatches is the number of batches of packed rows that are unpacked at once:
// few enough for the first-level cache.
const unpackBatches = 4

// unpacker turns packed columns into the columns of words that a digest is the hash
// of. Its memory is kept from one use to the next.
type unpacker struct {
	columns [][]uint32
	words   []uint32 // the columns' memory: by packed column, then by position
	half    [2][]uint32
}

var unpackers = sync.Pool{New: func() any { return new(unpacker) }}

// unpack returns the columns of words for n batches of digests, 2^logPack positions
// of the packed columns each, from position first on. They are valid until the next
// call.
func (u *unpacker) unpack(columns [][]uint32, first, n, logPack int) [][]uint32 {
	length := Lanes * n       // of a column of words
	size := length << logPack // of a packed column
	u.columns = grow(u.columns, len(columns)<<logPack)
	u.words = grow(u.words, len(columns)*size)
	u.half[0], u.half[1] = grow(u.half[0], size), grow(u.half[1], size)
	for c, column := range columns {
		words := u.words[c*size : (c+1)*size]
		// Stage s leaves 2^(s+1) parts, one after the other: part r holds the
		// positions ≡ r modulo 2^(s+1). Split by parity, the even positions of all
		// parts come before the odd ones.
		from := column[first:][:size]
		for s := range logPack {
			to := u.half[s&1]
			if s == logPack-1 {
				to = words
			}
			unzip(to[:size/2], to[size/2:], from)
			from = to
		}
		for r := range 1 << logPack {
			u.columns[r*len(columns)+c] = words[r*length : (r+1)*length]
		}
	}
	return u.columns
}

// grow returns a slice of n elements, s itself if it has room for them.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// unzipGeneric splits src into its words at even and at odd positions.
func unzipGeneric(even, odd, src []uint32) {
	odd = odd[:len(even)]
	pairs := unsafe.Slice((*[2]uint32)(unsafe.Pointer(unsafe.SliceData(src))), len(src)/2)[:len(even)]
	for i, pair := range pairs {
		even[i], odd[i] = pair[0], pair[1]
	}
}
