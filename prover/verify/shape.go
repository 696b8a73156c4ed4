package verify

import (
	"fmt"

	"golang.org/x/crypto/blake2s"

	"github.com/sage-network/sage-node/prover/m31"
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
// replayed: the configuration, every count that does not depend on the queried
// positions, and that every field word is canonical.
func checkShape(s proof.Shape, p *proof.StarkProof) error {
	if p.Config != s.Config {
		return fmt.Errorf("%w: configuration is %+v, want exactly %+v", ErrMalformed, p.Config, s.Config)
	}
	trees := len(s.Samples)
	for _, c := range []struct {
		name string
		got  int
	}{
		{"commitments", len(p.Commitments)},
		{"trees with sampled values", len(p.SampledValues)},
		{"trees with queried values", len(p.QueriedValues)},
		{"trees with decommitments", len(p.Decommitments)},
	} {
		if err := count(c.got, trees, "%s", c.name); err != nil {
			return err
		}
	}
	for t, columns := range s.Samples {
		if err := checkTree(t, columns, p); err != nil {
			return err
		}
	}
	return checkFriShape(s, &p.Fri)
}

func checkTree(t int, columns []int, p *proof.StarkProof) error {
	if err := count(len(p.SampledValues[t]), len(columns), "sampled columns of tree %d", t); err != nil {
		return err
	}
	if err := count(len(p.QueriedValues[t]), len(columns), "queried columns of tree %d", t); err != nil {
		return err
	}
	if len(columns) == 0 {
		if err := count(len(p.Decommitments[t]), 0, "siblings of empty tree %d", t); err != nil {
			return err
		}
		if empty := blake2s.Sum256(nil); p.Commitments[t] != empty {
			return fmt.Errorf("%w: empty tree %d is committed as %x, want %x", ErrMalformed, t, p.Commitments[t], empty)
		}
	}
	for i, n := range columns {
		if err := count(len(p.SampledValues[t][i]), n, "samples of tree %d, column %d", t, i); err != nil {
			return err
		}
		if err := canonicalFelts(p.SampledValues[t][i], "sample of tree %d, column %d", t, i); err != nil {
			return err
		}
		for _, v := range p.QueriedValues[t][i] {
			if !m31.Canonical(uint32(v)) {
				return fmt.Errorf("%w: queried value of tree %d, column %d is %d, want less than 2³¹ − 1",
					ErrMalformed, t, i, v)
			}
		}
	}
	return nil
}

func checkFriShape(s proof.Shape, f *proof.FriProof) error {
	if err := count(1+len(f.InnerLayers), len(s.FoldSteps), "FRI layers"); err != nil {
		return err
	}
	if err := count(len(f.LastLayer), s.LastLayer(), "coefficients of the last FRI layer"); err != nil {
		return err
	}
	if err := canonicalFelts(f.LastLayer, "coefficient of the last FRI layer"); err != nil {
		return err
	}
	for i, layer := range f.Layers() {
		if err := canonicalFelts(layer.Witness, "witness of FRI layer %d", i); err != nil {
			return err
		}
	}
	return nil
}

func canonicalFelts(felts []m31.QM31, format string, args ...any) error {
	for _, f := range felts {
		if !f.Canonical() {
			return fmt.Errorf("%w: %s is %v, want words less than 2³¹ − 1", ErrMalformed, fmt.Sprintf(format, args...), f)
		}
	}
	return nil
}

// checkQueryCounts checks the counts that follow from the queried positions.
func checkQueryCounts(s proof.Shape, p *proof.StarkProof, queries []int) error {
	for t, columns := range s.Samples {
		if len(columns) == 0 {
			continue
		}
		for i := range columns {
			if err := count(len(p.QueriedValues[t][i]), len(queries), "queried values of tree %d, column %d", t, i); err != nil {
				return err
			}
		}
		if err := count(len(p.Decommitments[t]), missingSiblings(queries, int(s.LogDomain())), "siblings of tree %d", t); err != nil {
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
