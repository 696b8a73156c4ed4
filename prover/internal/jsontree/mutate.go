package jsontree

import (
	"bytes"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// Choices turns bytes into decisions. When they are used up, every decision is 0.
type Choices struct{ bytes []byte }

// NewChoices returns the decisions that the bytes stand for.
func NewChoices(data []byte) *Choices { return &Choices{data} }

// Done reports whether all bytes are used up.
func (c *Choices) Done() bool { return len(c.bytes) == 0 }

// Below returns a number from 0 to n − 1, for 0 < n < 2²⁴.
func (c *Choices) Below(n int) int {
	size := 1
	for n > 1<<(8*size) {
		size++
	}
	v := 0
	for i := range size {
		if i < len(c.bytes) {
			v |= int(c.bytes[i]) << (8 * i)
		}
	}
	c.bytes = c.bytes[min(size, len(c.bytes)):]
	return v % n
}

// maxChanges bounds how many changes one document gets.
const maxChanges = 4

// Mutate changes a copy of the document in one to four places, as the choices say,
// and returns it as text, which may be no JSON any more.
func Mutate(n *Node, c *Choices) []byte {
	n = n.Clone()
	for i := 0; i == 0 || i < maxChanges && !c.Done(); i++ {
		all := n.all(nil)
		target := all[c.Below(len(all))]
		if c.Below(4) == 0 { // what is near the root is rare otherwise
			target = all[c.Below(min(len(all), 64))]
		}
		target.change(all, c)
	}
	return frame(n.Append(nil), c)
}

// change applies one change to a node.
func (n *Node) change(all []*Node, c *Choices) {
	if c.Below(8) == 0 {
		n.replace(all, c)
		return
	}
	switch n.kind {
	case number:
		n.text = spell(n.text, c)
	case array:
		n.rearrange(c)
	case object:
		n.rekey(c)
	default:
		n.replace(all, c)
	}
}

// replace puts something else in the node's place.
func (n *Node) replace(all []*Node, c *Choices) {
	was := n.Clone()
	switch c.Below(9) {
	case 0:
		*n = Node{text: "null"}
	case 1:
		*n = Node{text: "true"}
	case 2:
		*n = Node{text: quote(string(was.Append(nil)))}
	case 3:
		*n = Node{kind: array, childs: []*Node{was}}
	case 4:
		*n = Node{kind: object, keys: []string{`"0"`}, childs: []*Node{was}}
	case 5:
		*n = Node{kind: array}
	case 6:
		*n = Node{kind: object}
	case 7: // another part of the document
		*n = *all[c.Below(len(all))].Clone()
	default: // many levels
		levels := 1 + c.Below(20_000)
		*n = Node{text: strings.Repeat("[", levels) + string(was.Append(nil)) + strings.Repeat("]", levels)}
	}
}

const p = int64(1<<31 - 1)

// spell writes another number, or the same in another way.
func spell(text string, c *Choices) string {
	v, ok := new(big.Int).SetString(text, 10)
	if !ok {
		return "0"
	}
	add := func(d int64) string { return v.Add(v, big.NewInt(d)).String() }
	switch c.Below(24) {
	case 0:
		return add(1)
	case 1:
		return add(-1)
	case 2:
		return add(p)
	case 3:
		return add(1 << 32)
	case 4:
		return add(-1 << 32)
	case 5:
		return v.Add(v, new(big.Int).Lsh(big.NewInt(1), 64)).String()
	case 6:
		return "0"
	case 7:
		return "-0"
	case 8:
		return "-1"
	case 9:
		return fmt.Sprint(p)
	case 10:
		return fmt.Sprint(p + 1)
	case 11:
		return fmt.Sprint(p - 1)
	case 12:
		return "1e3"
	case 13:
		return text + "e0"
	case 14:
		return text + ".0"
	case 15:
		return "0" + text
	case 16:
		return "+" + text
	case 17:
		return "1e" + strings.Repeat("9", 1+c.Below(400))
	case 18:
		return strings.Repeat("9", 1+c.Below(4000))
	case 19:
		return "0x10"
	case 20:
		return "-" + text
	case 21:
		return quote(text)
	case 22:
		return "4294967295"
	default:
		return fmt.Sprint(c.Below(1 << 20))
	}
}

// rearrange changes the elements of an array.
func (n *Node) rearrange(c *Choices) {
	if len(n.childs) == 0 {
		n.childs = []*Node{{kind: number, text: "0"}}
		if c.Below(2) == 0 {
			n.childs[0] = &Node{kind: array}
		}
		return
	}
	i, j := c.Below(len(n.childs)), c.Below(len(n.childs))
	switch c.Below(9) {
	case 0:
		n.childs = slices.Delete(n.childs, i, i+1)
	case 1:
		n.childs = slices.Insert(n.childs, i, n.childs[j].Clone())
	case 2:
		n.childs[i], n.childs[j] = n.childs[j], n.childs[i]
	case 3:
		slices.Reverse(n.childs)
	case 4:
		n.childs = n.childs[:i]
	case 5: // an element's elements in its place
		n.childs = slices.Replace(n.childs, i, i+1, n.childs[i].childs...)
	case 6: // some elements one level deeper
		lo, hi := min(i, j), max(i, j)+1
		inner := &Node{kind: array, childs: slices.Clone(n.childs[lo:hi])}
		n.childs = slices.Replace(n.childs, lo, hi, inner)
	case 7:
		n.childs[i] = &Node{text: "null"}
	default: // one element very often
		copies := make([]*Node, 1+c.Below(2000))
		for k := range copies {
			copies[k] = n.childs[i]
		}
		if len(n.childs[i].all(nil)) > 20 {
			copies = copies[:1]
		}
		n.childs = slices.Insert(n.childs, j, copies...)
	}
}

// rekey changes the keys of an object.
func (n *Node) rekey(c *Choices) {
	if len(n.childs) == 0 {
		n.keys, n.childs = []string{`"x"`}, []*Node{{kind: number, text: "1"}}
		return
	}
	i, j := c.Below(len(n.childs)), c.Below(len(n.childs))
	insert := func(at int, key string, child *Node) {
		n.keys = slices.Insert(n.keys, at, key)
		n.childs = slices.Insert(n.childs, at, child)
	}
	switch c.Below(9) {
	case 0:
		n.keys, n.childs = slices.Delete(n.keys, i, i+1), slices.Delete(n.childs, i, i+1)
	case 1: // a key twice, with the same value
		insert(j, n.keys[i], n.childs[i].Clone())
	case 2: // a key twice, with another value
		insert(j, n.keys[i], &Node{text: []string{"null", "0", "[]", "{}"}[c.Below(4)]})
	case 3:
		n.keys[i], n.keys[j] = n.keys[j], n.keys[i]
		n.childs[i], n.childs[j] = n.childs[j], n.childs[i]
	case 4: // values of two keys exchanged
		n.childs[i], n.childs[j] = n.childs[j], n.childs[i]
	case 5:
		n.keys[i] = strings.ToUpper(n.keys[i])
	case 6:
		n.keys[i] = `"` + fmt.Sprintf(`\u%04x`, n.keys[i][1]) + n.keys[i][2:]
	case 7:
		insert(j, `"extra"`, n.childs[i].Clone())
	default: // the values alone
		n.kind, n.keys = array, nil
	}
}

// frame changes what is around the document, mostly nothing.
func frame(data []byte, c *Choices) []byte {
	switch c.Below(24) {
	case 1:
		return append(data, data...)
	case 2:
		return append(data, "{}"...)
	case 3:
		return append(data, 0)
	case 4:
		return append([]byte("\xef\xbb\xbf"), data...)
	case 5:
		return data[:c.Below(max(len(data), 1))]
	case 6:
		return append(data, bytes.Repeat([]byte(" "), c.Below(1<<16))...)
	case 7:
		return bytes.ReplaceAll(data, []byte(","), []byte(" ,\n"))
	case 8:
		return append(data, ',')
	default:
		return data
	}
}
