package verify

import (
	"fmt"

	"golang.org/x/crypto/blake2s"

	"github.com/sage-network/sage-node/prover/proof"
)

// count complains unless got equals want.
func count(got, want int, format string, args ...any) error {
	if got != want {
		return fmt.Errorf("%w: %s: found %d, want %d", ErrMalformed, fmt.Sprintf(format, args...), got, want)
	}
	return nil
}

// checkShape checks everything that can be checked before the transcript is
// replayed.
func checkShape(s proof.Shape, p *proof.StarkProof) error {
	if err := s.Check(p); err != nil {
		return err
	}
	// Nothing is opened in an empty tree, so its root is compared instead.
	empty := blake2s.Sum256(nil)
	for t, columns := range s.Columns {
		if len(columns) == 0 && p.Commitments[t] != empty {
			return fmt.Errorf("%w: empty tree %d is committed as %x, want %x", ErrMalformed, t, p.Commitments[t], empty)
		}
	}
	return nil
}

// checkQueryCounts checks the counts that follow from the queried positions.
func checkQueryCounts(s proof.Shape, p *proof.StarkProof, queries []int) error {
	for t, columns := range s.Columns {
		if len(columns) == 0 {
			continue
		}
		for i := range columns {
			if err := count(len(p.QueriedValues[t][i]), len(queries), "queried values of tree %d, column %d", t, i); err != nil {
				return err
			}
		}
		height := int(s.Height(t))
		leaves := distinct(treePositions(queries, int(s.LogDomain()), height))
		if err := count(len(p.Decommitments[t]), missingSiblings(leaves, height), "siblings of tree %d", t); err != nil {
			return err
		}
	}
	logDomain := s.LogDomain()
	for i, layer := range p.Fri.Layers() {
		step := s.FoldSteps[i]
		folded := fold(queries, step)
		if err := count(len(layer.Witness), len(folded)<<step-len(queries), "witness of FRI layer %d", i); err != nil {
			return err
		}
		packed := proof.PackedLeaf(logDomain, step)
		leaves := cosetLeaves(folded, step, packed)
		if err := count(len(layer.Decommitment), missingSiblings(leaves, int(logDomain-packed)), "siblings of FRI layer %d", i); err != nil {
			return err
		}
		queries, logDomain = folded, logDomain-step
	}
	return nil
}
