package air

import (
	"testing"

	"github.com/sage-network/sage-node/prover/m31"
	"pgregory.net/rapid"
)

// TestIndexAgreesWithMap adds nodes, many of them again, and compares their numbers with
// those of a map.
func TestIndexAgreesWithMap(t *testing.T) {
	small := rapid.Int32Range(0, 9)
	node := rapid.Custom(func(t *rapid.T) Node {
		n := Node{
			Kind: Kind(rapid.IntRange(0, int(KindMul)).Draw(t, "kind")), Secure: rapid.Bool().Draw(t, "secure"),
			Tree: int8(small.Draw(t, "tree")), Offset: int8(small.Draw(t, "offset") - 1), Column: small.Draw(t, "column"),
			Const: m31.Element(small.Draw(t, "constant")),
		}
		for i := range n.Args {
			n.Args[i] = small.Draw(t, "operand")
		}
		return n
	})
	rapid.Check(t, func(t *rapid.T) {
		var index nodeIndex
		var nodes []Node
		want := map[Node]int32{}
		for _, n := range rapid.SliceOfN(node, 1, 2*minSlots).Draw(t, "nodes") {
			id, ok := index.find(nodes, &n)
			at, known := want[n]
			if !known {
				at = int32(len(nodes))
				nodes = append(nodes, n)
				want[n] = at
			}
			if ok != known || id != at {
				t.Fatalf("node %+v: number %d, %t, want %d, %t", n, id, ok, at, known)
			}
		}
		for n, at := range want {
			if id, ok := index.find(nodes, &n); !ok || id != at || nodes[id] != n {
				t.Fatalf("node %+v: number %d, %t, want %d", n, id, ok, at)
			}
		}
	})
}

// TestHashTellsNodesApart: each field changes the low bits, by which nodes are found.
func TestHashTellsNodesApart(t *testing.T) {
	taken := map[uint64]int{}
	for i := range int32(1 << 12) {
		for _, n := range []Node{
			{Kind: KindColumn, Tree: 1, Column: i}, {Kind: KindConst, Const: m31.Element(i)},
			{Kind: KindAdd, Args: [4]int32{i, 7}}, {Kind: KindMul, Args: [4]int32{7, i}},
			{Kind: KindCombine, Args: [4]int32{1, 2, i, 4}}, {Kind: KindCombine, Args: [4]int32{1, 2, 3, i}},
		} {
			taken[n.hash()&(1<<16-1)]++
		}
	}
	for slot, n := range taken {
		if n > 8 { // 3/8 on average
			t.Errorf("%d nodes meet in slot %d of 2^16", n, slot)
		}
	}
}
