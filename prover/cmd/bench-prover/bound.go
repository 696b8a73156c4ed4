package main

import (
	"fmt"
	"strings"

	"github.com/sage-network/sage-node/prover/interop"
)

// cost is what a phase must do at least: bytes through memory, and compressions.
type cost struct{ bytes, compressions float64 }

// seconds returns the larger of the two bounds and its name.
func (c cost) seconds(m machine) (float64, string) {
	memory, hashing := c.bytes/m.bandwidth, c.compressions/m.hashes
	switch {
	case memory == 0 && hashing == 0:
		return 0, ""
	case memory > hashing:
		return memory, "memory"
	default:
		return hashing, "hashing"
	}
}

// A block of Blake2s takes 16 words; a secure felt is four words.
const (
	blockWords  = 16
	secureWords = 4
)

// costs returns the least costs of the phases, by name. They count what cannot be
// avoided however the work is arranged: every column read once, extended values
// hashed while they are in cache, one compression for a block of a leaf and one for
// a node. Field operations are not counted.
func costs(c interop.Case, nonce uint64) (map[string]cost, error) {
	a, err := c.Constraints()
	if err != nil {
		return nil, err
	}
	log := a.LogSize()
	domain := float64(uint64(1) << (log + c.Config.LogBlowup))
	out := map[string]cost{}
	columns, cells := 0, 0.0
	for t := range a.Trees() {
		n, words := len(a.Columns(t)), 0.0
		height := uint32(0)
		for _, column := range a.Columns(t) {
			words += float64(uint64(1) << column.LogSize)
			height = max(height, column.LogSize)
		}
		if n == 0 {
			continue
		}
		leaves := float64(uint64(1) << (height + c.Config.LogBlowup))
		out[fmt.Sprintf("commit tree %d", t)] = commitCost(words, leaves, n)
		columns, cells = columns+n, cells+words
	}
	const composition = 8
	rows := float64(uint64(1) << log)
	out["composition"] = cost{bytes: wordBytes * (cells + composition*rows)}
	out["commit composition"] = commitCost(composition*rows, domain, composition)
	cells += composition * rows
	out["samples"] = cost{bytes: wordBytes * cells}
	out["quotients"] = cost{bytes: wordBytes * (cells + secureWords*domain)}
	out["FRI"] = friCost(c, log)
	out["proof of work"] = cost{compressions: float64(nonce) + 1}
	return out, nil
}

// commitCost reads values, and hashes leaves of n words and their tree.
func commitCost(words, leaves float64, n int) cost {
	blocks := float64((n + blockWords - 1) / blockWords)
	return cost{bytes: wordBytes * words, compressions: leaves*blocks + leaves}
}

// friCost reads and writes each layer once, and hashes its leaves and tree.
func friCost(c interop.Case, log uint32) cost {
	steps, err := c.Config.FoldSteps(log)
	if err != nil {
		return cost{}
	}
	var out cost
	size := log + c.Config.LogBlowup
	for _, step := range steps {
		points := float64(uint64(1) << size)
		leaves := points
		if step > 1 && size >= 2 {
			leaves /= 4
		}
		out.bytes += wordBytes * secureWords * points
		out.compressions += 2 * leaves
		size -= step
	}
	return out
}

// isGeneration says whether a phase generates an AIR's own columns, which is no
// part of proving.
func isGeneration(c interop.Case, name string) bool {
	tree, ok := strings.CutPrefix(name, "trace of tree ")
	if !ok {
		return false
	}
	lookups := c.AIR != interop.Matmul && tree == "2"
	return tree != "0" && !lookups
}
