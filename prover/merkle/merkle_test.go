package merkle

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	xblake2s "golang.org/x/crypto/blake2s"
	"pgregory.net/rapid"

	"github.com/sage-network/sage-node/prover/blake2s"
	"github.com/sage-network/sage-node/prover/m31"
)

func randomColumns(r *rand.Rand, n, length int) [][]m31.Element {
	columns := make([][]m31.Element, n)
	for c := range columns {
		columns[c] = make([]m31.Element, length)
		for i := range columns[c] {
			columns[c][i] = m31.Element(r.Uint32N(m31.P))
		}
	}
	return columns
}

// referenceLeaf hashes leaf i with the library, straight from the definition.
func referenceLeaf(columns [][]m31.Element, i, logPack int) Hash {
	var buf []byte
	for j := range 1 << logPack {
		for _, column := range columns {
			buf = binary.LittleEndian.AppendUint32(buf, uint32(column[i<<logPack+j]))
		}
	}
	return blake2s.FromBytes(xblake2s.Sum256(buf))
}

func TestHashLeaves(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, logPack := range []int{0, 2} {
		for _, n := range []int{1, 2, 4, 8, 15, 16, 17, 20, 32, 33, 100} {
			columns := randomColumns(r, n, 8)
			dst := make([]Hash, 8>>logPack)
			HashLeaves(dst, columns, logPack)
			for i := range dst {
				if dst[i] != referenceLeaf(columns, i, logPack) {
					t.Fatalf("%d columns, 2^%d positions a leaf: leaf %d differs", n, logPack, i)
				}
			}
		}
	}
}

func TestEmpty(t *testing.T) {
	if got, want := Empty().Root().Bytes(), xblake2s.Sum256(nil); got != want {
		t.Fatalf("root %x, want %x", got, want)
	}
	siblings, err := Empty().Open(nil, nil)
	if err != nil || len(siblings) != 0 {
		t.Fatalf("opening nothing gives %d siblings, %v", len(siblings), err)
	}
}

// fold recomputes the root from leaves at positions and siblings.
func fold(logLeaves int, positions []int, leaves []Hash, siblings []Hash) (Hash, int) {
	for range logLeaves {
		var up []int
		var nodes []Hash
		for i := 0; i < len(positions); i++ {
			left, p := leaves[i], positions[i]
			var right Hash
			if i+1 < len(positions) && p^1 == positions[i+1] {
				right = leaves[i+1]
				i++
			} else {
				right, siblings = siblings[0], siblings[1:]
				if p&1 == 1 {
					left, right = right, left
				}
			}
			var n Hash
			blake2s.Node(&n, &left, &right)
			up, nodes = append(up, p>>1), append(nodes, n)
		}
		positions, leaves = up, nodes
	}
	return leaves[0], len(siblings)
}

func TestOpenLeadsToTheRoot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		logLeaves := rapid.IntRange(0, 9).Draw(t, "log leaves")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		leaves := make([]Hash, 1<<logLeaves)
		HashLeaves(leaves, randomColumns(r, 3, len(leaves)), 0)
		tree := New(logLeaves)
		run := 1 << tree.LogRun()
		for i := 0; i < len(leaves); i += run {
			tree.Absorb(i, slices.Clone(leaves[i:i+run]))
		}
		if err := tree.Finish(context.Background(), 2); err != nil {
			t.Fatal(err)
		}
		positions := rapid.SliceOfN(rapid.IntRange(0, len(leaves)-1), 1, 12).Draw(t, "positions")
		slices.Sort(positions)
		positions = slices.Compact(positions)
		var opened []Hash
		for _, p := range positions {
			opened = append(opened, leaves[p])
		}
		var runs [][]Hash
		for _, i := range tree.Runs(positions) {
			runs = append(runs, slices.Clone(leaves[i*run:(i+1)*run]))
		}
		siblings, err := tree.Open(positions, runs)
		if err != nil {
			t.Fatal(err)
		}
		root, left := fold(logLeaves, positions, opened, siblings)
		if root != tree.Root() || left != 0 {
			t.Fatalf("root %x with %d siblings left over, want %x", root, left, tree.Root())
		}
	})
}

func TestOpenRefusesOtherLeaves(t *testing.T) {
	tree := New(6)
	leaves := make([]Hash, 64)
	tree.Absorb(0, slices.Clone(leaves))
	if err := tree.Finish(context.Background(), 1); err != nil {
		t.Fatal(err)
	}
	other := make([]Hash, 1<<tree.LogRun())
	other[3][0] = 1
	if _, err := tree.Open([]int{5}, [][]Hash{other}); err == nil {
		t.Error("opened with leaves that were not committed")
	}
	if _, err := tree.Open([]int{5}, nil); err == nil {
		t.Error("opened without leaves")
	}
}

func BenchmarkHashLeaves(b *testing.B) {
	columns := randomColumns(rand.New(rand.NewPCG(1, 2)), 20, 1024)
	dst := make([]Hash, 1024)
	b.SetBytes(20 * 4 * 1024)
	for b.Loop() {
		HashLeaves(dst, columns, 0)
	}
}
