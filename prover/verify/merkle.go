package verify

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"golang.org/x/crypto/blake2s"

	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
)

// treePositions maps positions of a domain of 2^from points to those of the
// leaves, in a tree of height to, that hold the points' doublings. Neighbours may
// change places, and several queries may meet one leaf.
func treePositions(queries []int, from, to int) []int {
	out := make([]int, len(queries))
	for i, q := range queries {
		out[i] = circle.LiftedPosition(q, from, to)
	}
	return out
}

// distinct returns the positions ascending and without repetitions.
func distinct(positions []int) []int {
	out := slices.Clone(positions)
	slices.Sort(out)
	return slices.Compact(out)
}

// checkTrees compares the queried values with the trees' roots.
func checkTrees(s proof.Shape, p *proof.StarkProof, queries []int) error {
	for t, columns := range s.Columns {
		if len(columns) == 0 {
			continue
		}
		if err := checkTree(s, t, p, queries); err != nil {
			return fmt.Errorf("tree %d: %w", t, err)
		}
	}
	return nil
}

// checkTree compares one tree's queried values with its root. A leaf holds the
// columns by ascending size. In the preprocessed tree, where it is smaller than
// the domain, the values of queries that meet one leaf must agree.
//
// There, queries may also meet a right leaf before its left neighbour. The crate's
// verifier then hashes the two in that order and finds another root, whatever the
// values are; this one refuses as well, so that both always give one verdict.
func checkTree(s proof.Shape, t int, p *proof.StarkProof, queries []int) error {
	order := make([]int, len(s.Columns[t]))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Compare(s.Columns[t][i].LogSize, s.Columns[t][j].LogSize)
	})
	height := int(s.Height(t))
	positions := treePositions(queries, int(s.LogDomain()), height)
	leaves := distinct(positions)
	rows := make([][]m31.Element, len(leaves))
	for q, pos := range positions {
		row := make([]m31.Element, len(order))
		for i, column := range order {
			row[i] = p.QueriedValues[t][column][q]
		}
		leaf, _ := slices.BinarySearch(leaves, pos)
		if pos&1 == 0 && rows[leaf] == nil && leaf+1 < len(leaves) && leaves[leaf+1] == pos+1 && rows[leaf+1] != nil {
			return fmt.Errorf("%w: queries meet position %d before %d", ErrMerkle, pos+1, pos)
		}
		if rows[leaf] != nil && !slices.Equal(rows[leaf], row) {
			return fmt.Errorf("%w: two values at position %d", ErrMerkle, pos)
		}
		rows[leaf] = row
	}
	return checkMerkle(p.Commitments[t], height, leaves, rows, p.Decommitments[t])
}

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
