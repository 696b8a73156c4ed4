// Package jsontree reads JSON documents as trees that keep what decoders throw away,
// the order and repetition of keys and the spelling of numbers, and changes them at
// random: what a hostile sender might write. It serves tests of decoders.
package jsontree

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// Node is a value: an object, an array, or a scalar by its text.
type Node struct {
	kind   kind
	text   string   // a scalar's
	keys   []string // an object's, as they are written, one for each child
	childs []*Node  // an object's or an array's
}

type kind uint8

const (
	scalar kind = iota
	number
	array
	object
)

// Parse reads one document.
func Parse(data []byte) (*Node, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	n, err := parse(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("jsontree: something after the document (%v)", err)
	}
	return n, nil
}

func parse(d *json.Decoder) (*Node, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch v := token.(type) {
	case json.Number:
		return &Node{kind: number, text: v.String()}, nil
	case json.Delim:
		n := &Node{kind: array}
		if v == '{' {
			n.kind = object
		}
		for d.More() {
			if n.kind == object {
				key, err := d.Token()
				if err != nil {
					return nil, err
				}
				n.keys = append(n.keys, quote(key))
			}
			child, err := parse(d)
			if err != nil {
				return nil, err
			}
			n.childs = append(n.childs, child)
		}
		_, err := d.Token()
		return n, err
	default:
		return &Node{kind: scalar, text: quote(v)}, nil
	}
}

// quote writes a string, a truth value or null.
func quote(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // of these values none fails
	}
	return string(text)
}

// Append appends the document without white space.
func (n *Node) Append(out []byte) []byte {
	switch n.kind {
	case array, object:
		out = append(out, "[{"[n.kind-array])
		for i, child := range n.childs {
			if i > 0 {
				out = append(out, ',')
			}
			if n.kind == object {
				out = append(append(out, n.keys[i]...), ':')
			}
			out = child.Append(out)
		}
		return append(out, "]}"[n.kind-array])
	default:
		return append(out, n.text...)
	}
}

// Clone copies the tree.
func (n *Node) Clone() *Node {
	c := *n
	c.keys = append([]string(nil), n.keys...)
	c.childs = make([]*Node, len(n.childs))
	for i, child := range n.childs {
		c.childs[i] = child.Clone()
	}
	return &c
}

// all lists the node and all below it, parents first.
func (n *Node) all(list []*Node) []*Node {
	list = append(list, n)
	for _, child := range n.childs {
		list = child.all(list)
	}
	return list
}
