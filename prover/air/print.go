package air

import (
	"fmt"
	"strings"
)

// The strengths with which operators bind, for parentheses.
const (
	bindSum = iota
	bindProduct
	bindAtom
)

// longName is the length up to which a subexpression that is used several times
// is written out each time.
const longName = 24

// printer writes expressions. Long subexpressions that are used several times
// become definitions.
type printer struct {
	c           *Component
	uses        []int
	names       map[int]string
	definitions []string
}

func newPrinter(c *Component) *printer {
	p := &printer{c: c, uses: make([]int, len(c.Nodes)), names: map[int]string{}}
	for i := range c.Nodes {
		for _, arg := range c.Nodes[i].operands() {
			p.uses[arg]++
		}
	}
	return p
}

// expr returns the text of a node and how strongly it binds.
func (p *printer) expr(node int) (string, int) {
	if name, ok := p.names[node]; ok {
		return name, bindAtom
	}
	n := &p.c.Nodes[node]
	text, binds := "", bindAtom
	switch n.Kind {
	case KindColumn:
		return p.c.cellName(n), bindAtom
	case KindConst:
		return fmt.Sprint(n.Const), bindAtom
	case KindChallenge:
		return p.c.scalarName(int(n.Column)), bindAtom
	case KindCombine:
		return strings.Replace(p.c.cellName(&p.c.Nodes[n.Args[0]]), ".0", "", 1), bindAtom
	case KindMul:
		text, binds = p.in(int(n.Args[0]), bindProduct)+"·"+p.in(int(n.Args[1]), bindAtom), bindProduct
	case KindAdd:
		text, binds = p.in(int(n.Args[0]), bindSum)+" + "+p.in(int(n.Args[1]), bindSum), bindSum
	case KindSub:
		text, binds = p.in(int(n.Args[0]), bindSum)+" − "+p.in(int(n.Args[1]), bindProduct), bindSum
	}
	if p.uses[node] > 1 && len(text) > longName {
		name := fmt.Sprintf("t%d", len(p.definitions)+1)
		p.names[node] = name
		p.definitions = append(p.definitions, name+" = "+text)
		return name, bindAtom
	}
	return text, binds
}

// in returns a node's text as an operand of an operator.
func (p *printer) in(node, binds int) string {
	text, own := p.expr(node)
	if own < binds {
		return "(" + text + ")"
	}
	return text
}

// cellName is a column's name with the offset at which a node reads it.
func (c *Component) cellName(n *Node) string {
	name := c.Trees[n.Tree][n.Column].Name
	switch {
	case n.Offset < 0:
		return fmt.Sprintf("%s[−%d]", name, -n.Offset)
	case n.Offset > 0:
		return fmt.Sprintf("%s[+%d]", name, n.Offset)
	}
	return name
}

func (c *Component) scalarName(i int) string {
	if i == len(c.Challenges) {
		return "(claimed sum / rows)"
	}
	return c.Challenges[i]
}

// Format writes a node as an expression of columns and challenges: a column's
// cells beside the current row are name[−1] and name[+1]. Long subexpressions that
// occur more than once are defined after it.
func (c *Component) Format(node int) string {
	p := newPrinter(c)
	text, _ := p.expr(node)
	if len(p.definitions) > 0 {
		text += " where " + strings.Join(p.definitions, ", ")
	}
	return text
}

// String writes the component's columns, constraints and lookups.
func (c *Component) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "component %s, 2^%d rows\n", c.Name, c.LogSize)
	for t, columns := range c.Trees {
		if len(columns) == 0 {
			continue
		}
		names := make([]string, len(columns))
		for i, column := range columns {
			names[i] = column.Name
			if len(column.Mask) > 1 || column.Mask[0] != 0 {
				names[i] += strings.ReplaceAll(fmt.Sprint(column.Mask), "-", "−")
			}
		}
		fmt.Fprintf(&s, "  tree %d: %s\n", t, strings.Join(names, ", "))
	}
	p := newPrinter(c)
	defined := 0
	for _, constraint := range c.Constraints {
		text, _ := p.expr(constraint.Node)
		for ; defined < len(p.definitions); defined++ {
			fmt.Fprintf(&s, "  %s\n", p.definitions[defined])
		}
		fmt.Fprintf(&s, "  %s: %s = 0\n", constraint.Name, text)
	}
	for _, l := range c.Lookups {
		values := make([]string, len(l.Values))
		for i, v := range l.Values {
			values[i], _ = p.expr(v)
		}
		times, _ := p.expr(l.Multiplicity)
		fmt.Fprintf(&s, "  lookup %s(%s) times %s\n", l.Relation, strings.Join(values, ", "), times)
	}
	return strings.TrimSuffix(s.String(), "\n")
}

// String writes the AIR's components.
func (a *AIR) String() string {
	parts := make([]string, len(a.Components))
	for i, c := range a.Components {
		parts[i] = c.String()
	}
	return strings.Join(parts, "\n")
}
