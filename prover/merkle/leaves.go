package merkle

import (
	"github.com/sage-network/sage-node/prover/blake2s"
	"github.com/sage-network/sage-node/prover/m31"
)

// Hash is a node of a tree.
type Hash = blake2s.Hash

// blockWords is the number of words in a block of the hash function.
const blockWords = 16

// HashLeaves writes to dst the leaves over columns of len(dst)·2^logPack values:
// leaf i is the hash of the values at positions i·2^logPack, …, position by
// position and, within a position, column by column. There is at least one
// column.
func HashLeaves(dst []Hash, columns [][]m31.Element, logPack int) {
	if logPack == 0 {
		hashRows(dst, columns)
		return
	}
	words := make([]uint32, len(columns)<<logPack)
	for i := range dst {
		for j := range 1 << logPack {
			for c, column := range columns {
				words[j*len(columns)+c] = uint32(column[i<<logPack+j])
			}
		}
		dst[i] = blake2s.SumWords(words)
	}
}

// hashRows is HashLeaves for one position a leaf.
func hashRows(dst []Hash, columns [][]m31.Element) {
	for i := range dst {
		h := blake2s.Init()
		rest, absorbed := columns, uint64(0)
		for len(rest) > blockWords {
			var m [blockWords]uint32
			for j, column := range rest[:blockWords] {
				m[j] = uint32(column[i])
			}
			rest = rest[blockWords:]
			absorbed += blake2s.BlockSize
			blake2s.Compress(&h, &m, absorbed, false)
		}
		var m [blockWords]uint32
		for j, column := range rest {
			m[j] = uint32(column[i])
		}
		blake2s.Compress(&h, &m, absorbed+4*uint64(len(rest)), true)
		dst[i] = h
	}
}

// Bytes returns the hashes as bytes, the form in which proofs hold them.
func Bytes(hashes []Hash) [][32]byte {
	out := make([][32]byte, len(hashes))
	for i, h := range hashes {
		out[i] = h.Bytes()
	}
	return out
}
