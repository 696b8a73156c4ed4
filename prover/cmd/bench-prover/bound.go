package main

import (
	"strings"

	"github.com/sage-network/sage-node/prover/interop"
	"github.com/sage-network/sage-node/prover/pcs"
	"github.com/sage-network/sage-node/prover/prove"
)

// bounds returns the least work of our proof's phases, by name, with the nonces
// that were really tried.
func bounds(c interop.Case, nonce uint64) (map[string]prove.Work, error) {
	a, err := c.Constraints()
	if err != nil {
		return nil, err
	}
	shape, err := a.Shape(c.Config)
	if err != nil {
		return nil, err
	}
	out := map[string]prove.Work{}
	for _, w := range prove.Bounds(shape) {
		if w.Phase == prove.PhaseProofOfWork {
			w.Nonces = float64(pcs.Tries(nonce))
		}
		out[w.Phase] = w
	}
	_, layers, err := c.Tree0()
	for tree := range layers {
		delete(out, prove.PhaseCommit(tree))
	}
	return out, err
}

// seconds returns what the work takes at least on a machine, and why. A nonce is
// one compression.
func (m machine) seconds(w prove.Work) (float64, string) {
	memory, hashing := w.Bytes/m.bandwidth, (w.Compressions+w.Nonces)/m.hashes
	switch {
	case memory == 0 && hashing == 0:
		return 0, ""
	case memory > hashing:
		return memory, "memory"
	default:
		return hashing, "hashing"
	}
}

// isGeneration says whether a phase generates an AIR's own columns, which is no
// part of proving.
func isGeneration(c interop.Case, name string) bool {
	if !strings.HasPrefix(name, "trace of tree ") || name == prove.PhaseTrace(0) {
		return false
	}
	lookups := c.AIR != interop.Matmul && name == prove.PhaseTrace(2)
	return !lookups
}
