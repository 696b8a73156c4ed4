package merkle

import (
	"context"
	"fmt"

	"github.com/sage-network/sage-node/prover/blake2s"
	"github.com/sage-network/sage-node/prover/internal/parallel"
)

// logDropped is log₂ of the number of leaves under the lowest stored node: the
// layers below are a handful of hashes to recompute for an opening, and would be
// 15/16 of the tree's memory.
const logDropped = 4

// Tree is a Merkle tree over 2^LogLeaves leaves without its lowest layers. Fill
// it with [Tree.Absorb], complete it with [Tree.Finish], then open it.
type Tree struct {
	logLeaves int
	layers    [][]Hash // layers[d] has 2^d nodes
}

// New returns a tree to be filled.
func New(logLeaves int) *Tree {
	stored := max(logLeaves-logDropped, 0)
	layers := make([][]Hash, stored+1)
	for d := range layers {
		layers[d] = make([]Hash, 1<<d)
	}
	return &Tree{logLeaves, layers}
}

// Empty returns the tree of no columns: its only node is the hash of nothing.
func Empty() *Tree {
	return &Tree{0, [][]Hash{{blake2s.SumWords(nil)}}}
}

// LogLeaves returns log₂ of the number of leaves.
func (t *Tree) LogLeaves() int { return t.logLeaves }

// LogRun returns log₂ of the number of leaves that [Tree.Absorb] takes at least
// and [Tree.Open] asks for at once.
func (t *Tree) LogRun() int { return t.logLeaves - (len(t.layers) - 1) }

// Absorb takes the leaves from number start on; their count and start are
// multiples of 2^LogRun. It overwrites the slice. Disjoint leaves may be absorbed
// concurrently.
func (t *Tree) Absorb(start int, leaves []Hash) {
	run := t.LogRun()
	if (start|len(leaves))&(1<<run-1) != 0 {
		panic("merkle: Absorb takes whole runs of leaves")
	}
	for range run {
		blake2s.Nodes(leaves[:len(leaves)/2], leaves)
		leaves = leaves[:len(leaves)/2]
	}
	copy(t.layers[len(t.layers)-1][start>>run:], leaves)
}

// Finish computes the layers above the absorbed ones.
func (t *Tree) Finish(ctx context.Context, w parallel.Workers) error {
	for d := len(t.layers) - 2; d >= 0; d-- {
		dst, src := t.layers[d], t.layers[d+1]
		err := parallel.Chunks(ctx, w, len(dst), 1<<13, func(_, lo, hi int) error {
			blake2s.Nodes(dst[lo:hi], src[2*lo:2*hi])
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Root returns the root of a finished tree.
func (t *Tree) Root() Hash { return t.layers[0][0] }

// Runs returns the runs in which the ascending leaf positions lie.
func (t *Tree) Runs(positions []int) []int {
	var runs []int
	for _, p := range positions {
		if r := p >> t.LogRun(); len(runs) == 0 || runs[len(runs)-1] != r {
			runs = append(runs, r)
		}
	}
	return runs
}

// Open returns the siblings that lead from the leaves at the given ascending,
// distinct positions to the root, bottom-up and left to right, leaving out what
// the leaves determine. leaves[i] are the 2^LogRun leaves of run Runs(positions)[i];
// they are overwritten.
func (t *Tree) Open(positions []int, leaves [][]Hash) ([]Hash, error) {
	runs := t.Runs(positions)
	if len(leaves) != len(runs) {
		return nil, fmt.Errorf("merkle: leaves of %d runs, want %d", len(leaves), len(runs))
	}
	local := make(map[int][]Hash, len(runs))
	for i, r := range runs {
		if len(leaves[i]) != 1<<t.LogRun() {
			return nil, fmt.Errorf("merkle: run of %d leaves, want %d", len(leaves[i]), 1<<t.LogRun())
		}
		local[r] = leaves[i]
	}
	var siblings []Hash
	level := positions
	for depth := t.logLeaves; depth > 0; depth-- {
		below := depth - (len(t.layers) - 1) // > 0 under the stored layers
		node := func(i int) Hash {
			if below <= 0 {
				return t.layers[depth][i]
			}
			return local[i>>below][i&(1<<below-1)]
		}
		parents := make([]int, 0, len(level))
		for i := 0; i < len(level); i++ {
			if i+1 < len(level) && level[i]^1 == level[i+1] {
				i++
			} else {
				siblings = append(siblings, node(level[i]^1))
			}
			parents = append(parents, level[i]>>1)
		}
		level = parents
		if below > 0 {
			for r, nodes := range local {
				blake2s.Nodes(nodes[:len(nodes)/2], nodes)
				local[r] = nodes[:len(nodes)/2]
			}
		}
	}
	// What was recomputed must be what was committed to.
	for r, nodes := range local {
		if stored := t.layers[len(t.layers)-1][r]; nodes[0] != stored {
			return nil, fmt.Errorf("merkle: run %d of 2^%d leaves differs from the committed one", r, t.LogRun())
		}
	}
	return siblings, nil
}
