package merkle

import (
	"context"
	"fmt"
	"math/bits"
	"slices"
	"unsafe"

	"github.com/sage-network/sage-node/prover/blake2s"
	"github.com/sage-network/sage-node/prover/internal/arena"
	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/m31"
)

// The lowest layers are not stored: they are a handful of hashes to recompute for an
// opening, and would be most of the tree's memory. logDropped is log₂ of the number of
// leaves under the lowest stored node, mostLogDropped that in a tree of 2^largeLog or
// more leaves of at most smallLeaf words: a stored layer of it is some MiB, and a leaf
// is quickly hashed again.
const (
	logDropped     = 4
	mostLogDropped = 6
	largeLog       = 20
	smallLeaf      = 64
)

// Tree is a Merkle tree over 2^LogLeaves leaves without its lowest layers. Fill
// it with [Tree.AbsorbColumns], complete it with [Tree.Finish], then open it; or
// [Restore] it from a layer that is known, which may be far above the leaves.
type Tree struct {
	logLeaves int
	layers    [][]blake2s.Batch // layers[d] has 2^d nodes; no others count
	arena     *arena.Arena
}

// New returns a tree to be filled.
func New(logLeaves int) *Tree { return NewIn(nil, logLeaves, 1) }

// NewIn is New, for leaves of so many words, in memory that the arena lends until
// [Tree.Release].
func NewIn(a *arena.Arena, logLeaves, words int) *Tree {
	dropped := logDropped
	if logLeaves >= largeLog && words <= smallLeaf {
		dropped = mostLogDropped
	}
	return newTree(a, logLeaves, max(logLeaves-dropped, 0))
}

// Restore returns the finished tree over 2^logLeaves leaves of which the layer of the
// given nodes is known, at least one and at most as many as leaves. What is under a
// node is computed, and compared with it, where the tree is opened; whoever knows the
// root compares it with [Tree.Root] first.
func Restore(a *arena.Arena, logLeaves int, layer []Hash) (*Tree, error) {
	n := len(layer)
	if bits.OnesCount(uint(n)) != 1 || n > 1<<logLeaves {
		return nil, fmt.Errorf("merkle: a layer of %d nodes in a tree of 2^%d leaves", n, logLeaves)
	}
	t := newTree(a, logLeaves, bits.TrailingZeros(uint(n)))
	lowest := t.layers[len(t.layers)-1]
	for i, h := range layer {
		lowest[i/blake2s.Lanes].Set(i%blake2s.Lanes, h)
	}
	return t, t.Finish(context.Background(), 1)
}

// newTree returns a tree that stores the layers of up to 2^stored nodes.
func newTree(a *arena.Arena, logLeaves, stored int) *Tree {
	layers := make([][]blake2s.Batch, stored+1)
	for d := range layers {
		n := max(1<<d/blake2s.Lanes, 1)
		words := a.Elements(n * batchWords)
		layers[d] = unsafe.Slice((*blake2s.Batch)(unsafe.Pointer(unsafe.SliceData(words))), n)
	}
	return &Tree{logLeaves, layers, a}
}

// batchWords is the number of words, of a field element's size, in a batch.
const batchWords = int(unsafe.Sizeof(blake2s.Batch{}) / unsafe.Sizeof(m31.Element(0)))

// Release gives the memory back to the arena. The tree must not be used any more.
func (t *Tree) Release() {
	for _, layer := range t.layers {
		words := unsafe.Slice((*m31.Element)(unsafe.Pointer(unsafe.SliceData(layer))), len(layer)*batchWords)
		t.arena.Release(words)
	}
	t.layers = nil
}

// Empty returns the tree of no columns: its only node is the hash of nothing.
func Empty() *Tree {
	t := New(0)
	t.layers[0][0].Set(0, blake2s.SumWords(nil))
	return t
}

// Bytes returns the memory that the stored layers take.
func (t *Tree) Bytes() int64 {
	n := int64(0)
	for _, layer := range t.layers {
		n += int64(len(layer)) * int64(unsafe.Sizeof(blake2s.Batch{}))
	}
	return n
}

// LogLeaves returns log₂ of the number of leaves.
func (t *Tree) LogLeaves() int { return t.logLeaves }

// LogRun returns log₂ of the number of leaves that [Tree.AbsorbColumns] takes at
// least and [Tree.Open] asks for at once.
func (t *Tree) LogRun() int { return t.logLeaves - (len(t.layers) - 1) }

// AbsorbColumns hashes the leaves over the columns, see [HashLeaves], and takes
// them as those from number start on; their count and start are multiples of
// 2^LogRun. Disjoint leaves may be absorbed concurrently.
func (t *Tree) AbsorbColumns(start int, columns [][]m31.Element, logPack int) {
	leaves := len(columns[0]) >> logPack
	t.checkRuns(start, leaves)
	var group [groupBatches]blake2s.Batch
	for lo := 0; lo < leaves; lo += groupLeaves {
		n := min(groupLeaves, leaves-lo)
		hashGroup(&group, columns, lo, n, logPack)
		t.absorbGroup(start+lo, n, &group)
	}
}

// Absorb takes hashed leaves, as [Tree.AbsorbColumns] does.
func (t *Tree) Absorb(start int, leaves []Hash) {
	t.checkRuns(start, len(leaves))
	var group [groupBatches]blake2s.Batch
	for len(leaves) > 0 {
		n := min(groupLeaves, len(leaves))
		for i, h := range leaves[:n] {
			group[i/blake2s.Lanes].Set(i%blake2s.Lanes, h)
		}
		t.absorbGroup(start, n, &group)
		start, leaves = start+n, leaves[n:]
	}
}

func (t *Tree) checkRuns(start, leaves int) {
	if (start|leaves)&(1<<t.LogRun()-1) != 0 || start < 0 || start+leaves > 1<<t.logLeaves {
		panic(fmt.Sprintf("merkle: leaves %d to %d are not whole runs of a tree of 2^%d", start, start+leaves, t.logLeaves))
	}
}

// absorbGroup reduces n leaves to the nodes that the tree stores.
func (t *Tree) absorbGroup(start, n int, group *[groupBatches]blake2s.Batch) {
	batches := (n + blake2s.Lanes - 1) / blake2s.Lanes
	for range t.LogRun() {
		// Of an odd number of batches, the last one's second half is of no account.
		batches = (batches + 1) / 2
		blake2s.Parents(group[:batches], group[:2*batches])
	}
	stored := t.layers[len(t.layers)-1]
	start, n = start>>t.LogRun(), n>>t.LogRun()
	if n%blake2s.Lanes == 0 && start%blake2s.Lanes == 0 {
		copy(stored[start/blake2s.Lanes:], group[:n/blake2s.Lanes])
		return
	}
	for i := range n {
		stored[(start+i)/blake2s.Lanes].Set((start+i)%blake2s.Lanes, group[i/blake2s.Lanes].At(i%blake2s.Lanes))
	}
}

// finishBatches is the number of batches between two looks at the context.
const finishBatches = 1 << 8

// Finish computes the layers above the absorbed ones.
func (t *Tree) Finish(ctx context.Context, w parallel.Workers) error {
	for d := len(t.layers) - 2; d >= 0; d-- {
		dst, src := t.layers[d], t.layers[d+1]
		if len(src) == 1 {
			blake2s.Parents(dst, []blake2s.Batch{src[0], {}})
			continue
		}
		err := parallel.Chunks(ctx, w, len(dst), finishBatches, func(_, lo, hi int) error {
			blake2s.Parents(dst[lo:hi], src[2*lo:2*hi])
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// node returns node i of the stored layer of 2^depth nodes.
func (t *Tree) node(depth, i int) Hash {
	return t.layers[depth][i/blake2s.Lanes].At(i % blake2s.Lanes)
}

// Root returns the root of a finished tree.
func (t *Tree) Root() Hash { return t.node(0, 0) }

// Layer returns the 2^depth nodes of a layer of a finished tree that stores it.
func (t *Tree) Layer(depth int) ([]Hash, error) {
	if depth < 0 || depth >= len(t.layers) {
		return nil, fmt.Errorf("merkle: the layer of 2^%d nodes is not stored", depth)
	}
	out := make([]Hash, 1<<depth)
	for i := range out {
		out[i] = t.node(depth, i)
	}
	return out, nil
}

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

// Subtree sets the front half of nodes to the inner nodes over the leaves in its second
// half: nodes[i] is the parent of nodes[2i] and nodes[2i+1], and nodes[0] is of no
// account.
func Subtree(nodes []Hash) {
	for n := len(nodes) / 4; n > 0; n /= 2 {
		blake2s.Nodes(nodes[n:2*n], nodes[2*n:4*n])
	}
}

// Open returns the siblings that lead from the leaves at the given ascending,
// distinct positions to the root, bottom-up and left to right, leaving out what
// the leaves determine. nodes[i] are the nodes over the 2^LogRun leaves of run
// Runs(positions)[i], see [Subtree].
func (t *Tree) Open(positions []int, nodes [][]Hash) ([]Hash, error) {
	runs := t.Runs(positions)
	if len(nodes) != len(runs) {
		return nil, fmt.Errorf("merkle: nodes of %d runs, want %d", len(nodes), len(runs))
	}
	// What was recomputed must be what was committed to.
	for i, r := range runs {
		if len(nodes[i]) != 2<<t.LogRun() {
			return nil, fmt.Errorf("merkle: run of %d nodes, want %d", len(nodes[i]), 2<<t.LogRun())
		}
		if nodes[i][1] != t.node(len(t.layers)-1, r) {
			return nil, fmt.Errorf("merkle: run %d of 2^%d leaves differs from the committed one", r, t.LogRun())
		}
	}
	var siblings []Hash
	level := positions
	for depth := t.logLeaves; depth > 0; depth-- {
		below := depth - (len(t.layers) - 1) // > 0 under the stored layers
		node := func(i int) Hash {
			if below <= 0 {
				return t.node(depth, i)
			}
			run, _ := slices.BinarySearch(runs, i>>below)
			return nodes[run][1<<below+i&(1<<below-1)]
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
	}
	return siblings, nil
}
