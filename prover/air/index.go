package air

import "math/bits"

// nodeIndex finds the nodes of a growing graph by what they compute. It is a table of
// numbers, with linear probing, that compares with the graph itself.
type nodeIndex struct {
	slots []int32 // a node's number plus one; 0 is free
}

// minSlots is the size of the first table.
const minSlots = 256

// find returns the number of the node that is equal to n. If there is none, it returns
// the next number and expects n to be appended under it.
func (x *nodeIndex) find(nodes []Node, n *Node) (id int32, ok bool) {
	if 2*(len(nodes)+1) > len(x.slots) { // at most half are taken
		x.slots = make([]int32, max(4*len(x.slots), minSlots))
		for id := range nodes {
			at := x.first(&nodes[id])
			for x.slots[at] != 0 {
				at = x.after(at)
			}
			x.slots[at] = int32(id) + 1
		}
	}
	at := x.first(n)
	for ; x.slots[at] != 0; at = x.after(at) {
		if id := x.slots[at] - 1; nodes[id] == *n {
			return id, true
		}
	}
	x.slots[at] = int32(len(nodes)) + 1
	return int32(len(nodes)), false
}

func (x *nodeIndex) first(n *Node) uint64 { return n.hash() & uint64(len(x.slots)-1) }

func (x *nodeIndex) after(at uint64) uint64 { return (at + 1) & uint64(len(x.slots)-1) }

// hash mixes all of a node's fields.
func (n *Node) hash() uint64 {
	secure := uint64(0)
	if n.Secure {
		secure = 1
	}
	h := fold(uint64(n.Kind)|secure<<8|uint64(uint8(n.Tree))<<16|uint64(uint8(n.Offset))<<24|uint64(uint32(n.Column))<<32, uint64(n.Const))
	h = fold(h^uint64(uint32(n.Args[0]))^uint64(uint32(n.Args[1]))<<32, h)
	return fold(h^uint64(uint32(n.Args[2]))^uint64(uint32(n.Args[3]))<<32, h)
}

// fold multiplies by odd constants and adds the halves of the product, so that the low
// bits depend on all.
func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^0x9e3779b97f4a7c15, b^0xd1b54a32d192ed03)
	return hi ^ lo
}
