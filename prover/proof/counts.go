package proof

import "fmt"

// counts holds the sizes of a proof that its shape leaves open: they depend on
// the queried positions.
type counts struct {
	queries       int
	siblings      []int // of each tree
	layerWitness  []int // of each FRI layer
	layerSiblings []int
}

func (s Shape) samples() int {
	n := 0
	for _, columns := range s.Columns {
		for _, c := range columns {
			n += c.Samples
		}
	}
	return n
}

func malformed(name string, got, lo, hi int) error {
	if lo == hi {
		return fmt.Errorf("%w: %s: found %d, want %d", ErrMalformed, name, got, lo)
	}
	return fmt.Errorf("%w: %s: found %d, want %d to %d", ErrMalformed, name, got, lo, hi)
}

// check compares the counts with the shape's bounds.
func (n counts) check(s Shape) error {
	if hi := int(s.Config.Queries); n.queries < 1 || n.queries > hi {
		return malformed("queried positions", n.queries, 1, hi)
	}
	logDomain := int(s.LogDomain())
	for t := range s.Columns {
		hi := n.queries * int(s.Height(t))
		if n.siblings[t] > hi {
			return malformed(fmt.Sprintf("siblings of tree %d", t), n.siblings[t], 0, hi)
		}
	}
	for i, step := range s.FoldSteps {
		if hi := n.queries * (1<<step - 1); n.layerWitness[i] > hi {
			return malformed(fmt.Sprintf("witness of FRI layer %d", i), n.layerWitness[i], 0, hi)
		}
		if hi := n.queries * logDomain; n.layerSiblings[i] > hi {
			return malformed(fmt.Sprintf("siblings of FRI layer %d", i), n.layerSiblings[i], 0, hi)
		}
		logDomain -= int(step)
	}
	return nil
}

// readCounts reads the counts from the head of a packed proof.
func readCounts(s Shape, header []uint32) (counts, error) {
	const huge = 1 << 30 // beyond every bound, and an int everywhere
	next := func() int {
		v := header[0]
		header = header[1:]
		return int(min(v, huge))
	}
	n := counts{queries: next()}
	for range s.Columns {
		n.siblings = append(n.siblings, next())
	}
	for range s.FoldSteps {
		n.layerWitness = append(n.layerWitness, next())
		n.layerSiblings = append(n.layerSiblings, next())
	}
	return n, n.check(s)
}

// words returns the counts in the order of the packed encoding.
func (n counts) words() []uint32 {
	words := []uint32{uint32(n.queries)}
	for _, c := range n.siblings {
		words = append(words, uint32(c))
	}
	for i := range n.layerWitness {
		words = append(words, uint32(n.layerWitness[i]), uint32(n.layerSiblings[i]))
	}
	return words
}

// felts returns the size of the packed proof.
func (n counts) felts(s Shape) int {
	trees, layers := len(s.Columns), len(s.FoldSteps)
	words := func(k int) int { return feltsFor(k, wordsPerFelt) }
	elements := func(k int) int { return feltsFor(k, elementsPerFelt) }
	total := words(1+trees+2*layers+2) +
		words(wordsPerHash*(trees+layers)) +
		elements(elementsPerQM31*s.samples()) +
		elements(elementsPerQM31*s.LastLayer())
	for t, columns := range s.Columns {
		total += elements(n.queries*len(columns)) + words(wordsPerHash*n.siblings[t])
	}
	for i := range s.FoldSteps {
		total += elements(elementsPerQM31*n.layerWitness[i]) + words(wordsPerHash*n.layerSiblings[i])
	}
	return total
}

// countsOf takes the counts from a proof and checks every other count against
// the shape.
func countsOf(s Shape, p *StarkProof) (counts, error) {
	var n counts
	if p.Config != s.Config {
		return n, fmt.Errorf("%w: configuration is %+v, want exactly %+v", ErrMalformed, p.Config, s.Config)
	}
	trees := len(s.Columns)
	for _, c := range []struct {
		name      string
		got, want int
	}{
		{"commitments", len(p.Commitments), trees},
		{"trees with sampled values", len(p.SampledValues), trees},
		{"trees with queried values", len(p.QueriedValues), trees},
		{"trees with decommitments", len(p.Decommitments), trees},
		{"FRI layers", 1 + len(p.Fri.InnerLayers), len(s.FoldSteps)},
		{"coefficients of the last FRI layer", len(p.Fri.LastLayer), s.LastLayer()},
	} {
		if c.got != c.want {
			return n, malformed(c.name, c.got, c.want, c.want)
		}
	}
	n.queries = -1
	for t, columns := range s.Columns {
		if got := len(p.SampledValues[t]); got != len(columns) {
			return n, malformed(fmt.Sprintf("sampled columns of tree %d", t), got, len(columns), len(columns))
		}
		if got := len(p.QueriedValues[t]); got != len(columns) {
			return n, malformed(fmt.Sprintf("queried columns of tree %d", t), got, len(columns), len(columns))
		}
		for i, c := range columns {
			if got := len(p.SampledValues[t][i]); got != c.Samples {
				return n, malformed(fmt.Sprintf("samples of tree %d, column %d", t, i), got, c.Samples, c.Samples)
			}
			got := len(p.QueriedValues[t][i])
			if n.queries < 0 {
				n.queries = got
			}
			if got != n.queries {
				return n, malformed(fmt.Sprintf("queried values of tree %d, column %d", t, i), got, n.queries, n.queries)
			}
		}
		n.siblings = append(n.siblings, len(p.Decommitments[t]))
	}
	for _, layer := range p.Fri.Layers() {
		n.layerWitness = append(n.layerWitness, len(layer.Witness))
		n.layerSiblings = append(n.layerSiblings, len(layer.Decommitment))
	}
	return n, n.check(s)
}
