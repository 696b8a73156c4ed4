package merkle

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	xblake2s "golang.org/x/crypto/blake2s"
	"pgregory.net/rapid"

	"github.com/sage-network/sage-node/prover/blake2s"
	"github.com/sage-network/sage-node/prover/internal/cpu/cputest"
	"github.com/sage-network/sage-node/prover/m31"
)

// blockWords is the number of words in a block of the hash function.
const blockWords = blake2s.BlockSize / 4

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
	cputest.Each(t, func(t *testing.T) {
		for _, logPack := range []int{0, 2} {
			for _, n := range []int{1, 2, 4, 8, 15, 16, 17, 20, 32, 33, 100} {
				for _, leaves := range []int{2, 16, 21, groupLeaves + 16} {
					columns := randomColumns(r, n, leaves<<logPack)
					dst := make([]Hash, leaves)
					HashLeaves(dst, columns, logPack)
					for i := range dst {
						if dst[i] != referenceLeaf(columns, i, logPack) {
							t.Fatalf("%d columns, 2^%d positions a leaf: leaf %d of %d differs", n, logPack, i, leaves)
						}
					}
				}
			}
		}
	})
}

// referenceRoot hashes the leaves to a root with the library.
func referenceRoot(leaves []Hash) Hash {
	for len(leaves) > 1 {
		up := make([]Hash, len(leaves)/2)
		for i := range up {
			l, r := leaves[2*i].Bytes(), leaves[2*i+1].Bytes()
			up[i] = blake2s.FromBytes(xblake2s.Sum256(append(l[:], r[:]...)))
		}
		leaves = up
	}
	return leaves[0]
}

// Columns absorbed in pieces of any number of runs, in any order, give the root of
// the definition.
func TestAbsorbColumns(t *testing.T) {
	cputest.Each(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
			logLeaves := rapid.IntRange(0, 12).Draw(t, "log leaves")
			logPack := rapid.IntRange(0, 2).Draw(t, "log pack")
			columns := randomColumns(r, rapid.IntRange(1, 5).Draw(t, "columns"), 1<<(logLeaves+logPack))
			leaves := make([]Hash, 1<<logLeaves)
			for i := range leaves {
				leaves[i] = referenceLeaf(columns, i, logPack)
			}
			dropped := rapid.SampledFrom([]int{logDropped, mostLogDropped}).Draw(t, "dropped")
			tree := newTree(nil, logLeaves, max(logLeaves-dropped, 0))
			type piece struct{ lo, hi int }
			var pieces []piece
			for lo := 0; lo < len(leaves); {
				runs := rapid.IntRange(1, (len(leaves)-lo)>>tree.LogRun()).Draw(t, "runs")
				pieces = append(pieces, piece{lo, lo + runs<<tree.LogRun()})
				lo = pieces[len(pieces)-1].hi
			}
			r.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
			part := make([][]m31.Element, len(columns))
			for _, p := range pieces {
				for c := range part {
					part[c] = columns[c][p.lo<<logPack : p.hi<<logPack]
				}
				tree.AbsorbColumns(p.lo, part, logPack)
			}
			if err := tree.Finish(context.Background(), 2); err != nil {
				t.Fatal(err)
			}
			if tree.Root() != referenceRoot(leaves) {
				t.Fatal("another root")
			}
		})
	})
}

func TestAbsorbRefusesParts(t *testing.T) {
	for _, c := range []struct{ start, leaves int }{{8, 16}, {0, 8}, {-16, 16}, {48, 32}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%d leaves from %d on are absorbed by a tree of 64", c.leaves, c.start)
				}
			}()
			New(6).Absorb(c.start, make([]Hash, c.leaves))
		}()
	}
}

func TestAbsorbAllocatesNothing(t *testing.T) {
	tree := New(12)
	columns := randomColumns(rand.New(rand.NewPCG(1, 2)), 20, 1<<12)
	if n := testing.AllocsPerRun(5, func() { tree.AbsorbColumns(0, columns, 0) }); n != 0 {
		t.Errorf("%v allocations", n)
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

// subtree returns the nodes over leaves.
func subtree(leaves []Hash) []Hash {
	nodes := append(make([]Hash, len(leaves)), leaves...)
	Subtree(nodes)
	return nodes
}

func TestOpenLeadsToTheRoot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		logLeaves := rapid.IntRange(0, 9).Draw(t, "log leaves")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		leaves := make([]Hash, 1<<logLeaves)
		HashLeaves(leaves, randomColumns(r, 3, len(leaves)), 0)
		dropped := rapid.SampledFrom([]int{logDropped, mostLogDropped}).Draw(t, "dropped")
		tree := newTree(nil, logLeaves, max(logLeaves-dropped, 0))
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
			runs = append(runs, subtree(leaves[i*run:(i+1)*run]))
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
	if _, err := tree.Open([]int{5}, [][]Hash{subtree(other)}); err == nil {
		t.Error("opened with leaves that were not committed")
	}
	if _, err := tree.Open([]int{5}, nil); err == nil {
		t.Error("opened without nodes")
	}
	if _, err := tree.Open([]int{5}, [][]Hash{make([]Hash, 1<<tree.LogRun())}); err == nil {
		t.Error("opened with half of the nodes")
	}
}

func BenchmarkAbsorbColumns(b *testing.B) {
	const leaves = 1 << 12
	for _, n := range []int{2, 20} {
		columns := randomColumns(rand.New(rand.NewPCG(1, 2)), n, leaves)
		tree := New(12)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			cputest.EachB(b, func(b *testing.B) {
				for b.Loop() {
					tree.AbsorbColumns(0, columns, 0)
				}
				hashes := float64(leaves*((n+blockWords-1)/blockWords) + leaves - leaves>>tree.LogRun())
				b.ReportMetric(hashes*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mcompressions/s")
			})
		})
	}
}
