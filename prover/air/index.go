package air

import "math/bits"

// nodeIndex finds the nodes of a growing graph by what they compute. It is a table of
// numbers, with linear probing, that compares with the graph itself.
type nodeIndex struct {
	slots []int32 // a node's number plus one; 0 is free
	count int
}

// minSlots is the size of the first table.
const minSlots = 256

// find returns the number of a node that is equal to n.
func (x *nodeIndex) find(nodes []Node, n *Node) (id int32, ok bool) {
	if len(x.slots) == 0 {
		return 0, false
	}
	mask := uint64(len(x.slots) - 1)
	for at := n.hash() & mask; x.slots[at] != 0; at = (at + 1) & mask {
		if id := x.slots[at] - 1; nodes[id] == *n {
			return id, true
		}
	}
	return 0, false
}

// insert adds the last of the nodes, which must not be there yet, and returns its number.
// At most half of the slots are taken.
func (x *nodeIndex) insert(nodes []Node) int32 {
	if 2*(x.count+1) > len(x.slots) {
		x.slots = make([]int32, max(4*len(x.slots), minSlots))
		for id := range nodes[:len(nodes)-1] {
			x.put(nodes, int32(id))
		}
	}
	id := int32(len(nodes) - 1)
	x.put(nodes, id)
	x.count++
	return id
}

func (x *nodeIndex) put(nodes []Node, id int32) {
	mask := uint64(len(x.slots) - 1)
	at := nodes[id].hash() & mask
	for x.slots[at] != 0 {
		at = (at + 1) & mask
	}
	x.slots[at] = id + 1
}

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
