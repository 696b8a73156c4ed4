package blake2s

import (
	"fmt"
	"unsafe"
)

// Lanes is the number of digests of a [Batch].
const Lanes = 16

// Batch holds sixteen digests word by word: Batch[w][i] is word w of digest i.
// Kernels that hash sixteen messages at once read and write it as it is.
type Batch [8][Lanes]uint32

// At returns digest i.
func (b *Batch) At(i int) Hash {
	var h Hash
	for w := range h {
		h[w] = b[w][i]
	}
	return h
}

// Set sets digest i.
func (b *Batch) Set(i int, h Hash) {
	for w := range h {
		b[w][i] = h[w]
	}
}

// initialBatch holds the states before the first block.
var initialBatch = func() (b Batch) {
	for i := range Lanes {
		b.Set(i, Init())
	}
	return b
}()

// Rows sets digest i of dst, counted through the batches, to the hash of the words
// at position first+i of all columns, in their order. There is at least one column,
// and each reaches to the last position.
func Rows[W ~uint32](dst []Batch, columns [][]W, first int) {
	if len(dst) > 0 {
		rows(dst, asWords(columns), first)
	}
}

// PackedRows is [Rows] with 2^logPack positions a digest: digest i of dst is the
// hash of the words at positions (first+i)·2^logPack, …, position by position and,
// within a position, column by column.
func PackedRows[W ~uint32](dst []Batch, columns [][]W, first, logPack int) {
	if logPack == 0 {
		Rows(dst, columns, first)
		return
	}
	u := unpackers.Get().(*unpacker)
	defer unpackers.Put(u)
	for words := asWords(columns); len(dst) > 0; {
		n := min(len(dst), unpackBatches)
		rows(dst[:n], u.unpack(words, first<<logPack, n, logPack), 0)
		dst, first = dst[n:], first+Lanes*n
	}
}

// asWords returns the columns as columns of words, which have the same layout.
func asWords[W ~uint32](columns [][]W) [][]uint32 {
	return unsafe.Slice((*[]uint32)(unsafe.Pointer(unsafe.SliceData(columns))), len(columns))
}

func rows(dst []Batch, columns [][]uint32, first int) {
	for _, column := range columns {
		_ = column[first:][:Lanes*len(dst)]
	}
	src, absorbed := &initialBatch, uint64(0)
	for len(columns) > 16 {
		absorbed += BlockSize
		absorb(dst, src, columns[:16], first, absorbed, false)
		columns, src = columns[16:], &dst[0]
	}
	absorb(dst, src, columns, first, absorbed+4*uint64(len(columns)), true)
}

// absorbGeneric absorbs one block, word w of digest i being columns[w][first+i],
// into the states src and stores them to dst. src is &dst[0], or &initialBatch for
// all states.
func absorbGeneric(dst []Batch, src *Batch, columns [][]uint32, first int, t uint64, last bool) {
	var blocks [Lanes][16]uint32 // words past the columns stay zero
	initial := src == &initialBatch
	for b := range dst {
		if !initial {
			src = &dst[b]
		}
		for w, column := range columns {
			for i, x := range (*[Lanes]uint32)(column[first:]) {
				blocks[i][w] = x
			}
		}
		for i := range blocks {
			compressLane(&dst[b], src, i, &blocks[i], t, finalisation(last))
		}
		first += Lanes
	}
}

// Parents sets the digests of dst, a layer of a Merkle tree, to the hashes of the
// pairs of digests in src: batch i of dst belongs to batches 2i and 2i+1 of src.
// len(src) = 2·len(dst); dst may be the front of src.
func Parents(dst, src []Batch) {
	if len(src) != 2*len(dst) {
		panic(fmt.Sprintf("blake2s: %d batches have no %d batches of parents", len(src), len(dst)))
	}
	if len(dst) > 0 {
		parents(dst, src)
	}
}

func parentsGeneric(dst, src []Batch) {
	var blocks [Lanes][16]uint32
	for b := range dst {
		for half := range 2 {
			lanes := blocks[Lanes/2*half:][:Lanes/2]
			for w, row := range src[2*b+half] {
				for i := range lanes {
					lanes[i][w], lanes[i][8+w] = row[2*i], row[2*i+1]
				}
			}
		}
		for i := range blocks {
			compressLane(&dst[b], &initialBatch, i, &blocks[i], BlockSize, finalisation(true))
		}
	}
}
