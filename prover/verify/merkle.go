package verify

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/crypto/blake2s"

	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
)

// missingSiblings returns how many siblings lead from the leaves at the given
// ascending positions to the root of a tree of the given height.
func missingSiblings(positions []int, height int) int {
	missing := 0
	level := positions
	for range height {
		parents := make([]int, 0, len(level))
		for i := 0; i < len(level); i++ {
			if i+1 < len(level) && level[i]^1 == level[i+1] {
				i++
			} else {
				missing++
			}
			parents = append(parents, level[i]>>1)
		}
		level = parents
	}
	return missing
}

// hashLeaf returns H(values), each a little-endian word. There is no prefix:
// leaves and nodes are told apart by the tree's fixed height.
func hashLeaf(values []m31.Element) proof.Hash {
	buf := make([]byte, 0, 4*len(values))
	for _, v := range values {
		buf = binary.LittleEndian.AppendUint32(buf, uint32(v))
	}
	return blake2s.Sum256(buf)
}

func hashNode(left, right proof.Hash) proof.Hash {
	var buf [64]byte
	copy(buf[:], left[:])
	copy(buf[32:], right[:])
	return blake2s.Sum256(buf[:])
}

// checkMerkle recomputes a root from rows[i] at positions[i] (ascending, no
// duplicates, at least one) and the siblings, of which there are exactly
// missingSiblings, bottom-up and left to right.
func checkMerkle(root proof.Hash, height int, positions []int, rows [][]m31.Element, siblings []proof.Hash) error {
	type node struct {
		at   int
		hash proof.Hash
	}
	level := make([]node, len(positions))
	for i, pos := range positions {
		level[i] = node{pos, hashLeaf(rows[i])}
	}
	for range height {
		parents := make([]node, 0, len(level))
		for i := 0; i < len(level); i++ {
			n := level[i]
			var left, right proof.Hash
			switch {
			case i+1 < len(level) && n.at^1 == level[i+1].at:
				left, right = n.hash, level[i+1].hash
				i++
			case n.at&1 == 0:
				left, right, siblings = n.hash, siblings[0], siblings[1:]
			default:
				left, right, siblings = siblings[0], n.hash, siblings[1:]
			}
			parents = append(parents, node{n.at >> 1, hashNode(left, right)})
		}
		level = parents
	}
	if got := level[0].hash; got != root {
		return fmt.Errorf("%w: recomputed root %x, committed %x", ErrMerkle, got, root)
	}
	return nil
}
