package merkle

import (
	"github.com/sage-network/sage-node/prover/blake2s"
	"github.com/sage-network/sage-node/prover/m31"
)

// Hash is a node of a tree.
type Hash = blake2s.Hash

// groupBatches is the number of batches of leaves that are hashed, and reduced to
// one batch of nodes, at once: kernels get enough work a call, columns, of which there
// may be thousands, are read by the page, and the leaves stay in the first-level cache.
const groupBatches = 1 << mostLogDropped

// groupLeaves is the number of leaves of a group.
const groupLeaves = groupBatches * blake2s.Lanes

// HashLeaves writes to dst the leaves over columns of len(dst)·2^logPack values:
// leaf i is the hash of the values at positions i·2^logPack, …, position by
// position and, within a position, column by column. There is at least one
// column.
func HashLeaves(dst []Hash, columns [][]m31.Element, logPack int) {
	var group [groupBatches]blake2s.Batch
	for lo := 0; lo < len(dst); lo += groupLeaves {
		n := min(groupLeaves, len(dst)-lo)
		hashGroup(&group, columns, lo, n, logPack)
		for i := range n {
			dst[lo+i] = group[i/blake2s.Lanes].At(i % blake2s.Lanes)
		}
	}
}

// hashGroup hashes n ≤ groupLeaves leaves from number first on.
func hashGroup(group *[groupBatches]blake2s.Batch, columns [][]m31.Element, first, n, logPack int) {
	whole := n / blake2s.Lanes
	blake2s.PackedRows(group[:whole], columns, first, logPack)
	if rest := n % blake2s.Lanes; rest > 0 {
		words := make([]uint32, len(columns)<<logPack)
		for i := range rest {
			at := (first + whole*blake2s.Lanes + i) << logPack
			for j := range 1 << logPack {
				for c, column := range columns {
					words[j*len(columns)+c] = uint32(column[at+j])
				}
			}
			group[whole].Set(i, blake2s.SumWords(words))
		}
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
