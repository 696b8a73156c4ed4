package interop

import (
	"bytes"
	"fmt"
)

// Difference names the first part in which two proofs differ, in the order in
// which they were made, or returns "" if they are equal in every byte.
func Difference(got, want Sealed) (string, error) {
	g, w := got.Proof, want.Proof
	sums, wantSums := got.Interaction.ClaimedSums, want.Interaction.ClaimedSums
	if len(sums) != len(wantSums) {
		return fmt.Sprintf("%d claimed sums, want %d", len(sums), len(wantSums)), nil
	}
	if len(g.Commitments) != len(w.Commitments) {
		return fmt.Sprintf("%d commitments, want %d", len(g.Commitments), len(w.Commitments)), nil
	}
	for i := range w.Commitments {
		if i == len(w.Commitments)-2 { // what precedes the tree before the composition's
			if a, b := got.Interaction.ProofOfWork, want.Interaction.ProofOfWork; a != b {
				return fmt.Sprintf("nonce of the interaction %d, want %d", a, b), nil
			}
			if a, b := fmt.Sprint(sums), fmt.Sprint(wantSums); a != b {
				return fmt.Sprintf("claimed sums %s, want %s", a, b), nil
			}
		}
		if g.Commitments[i] != w.Commitments[i] {
			return fmt.Sprintf("commitment %d: %x, want %x", i, g.Commitments[i], w.Commitments[i]), nil
		}
	}
	for t, columns := range w.SampledValues {
		if a, b := fmt.Sprint(g.SampledValues[t]), fmt.Sprint(columns); a != b {
			return fmt.Sprintf("samples of tree %d: %.400s, want %.400s", t, a, b), nil
		}
	}
	if a, b := len(g.Fri.InnerLayers), len(w.Fri.InnerLayers); a != b {
		return fmt.Sprintf("%d inner FRI layers, want %d", a, b), nil
	}
	for i, l := range w.Fri.Layers() {
		if c := g.Fri.Layers()[i].Commitment; c != l.Commitment {
			return fmt.Sprintf("FRI layer %d: root %x, want %x", i, c, l.Commitment), nil
		}
	}
	if a, b := fmt.Sprint(g.Fri.LastLayer), fmt.Sprint(w.Fri.LastLayer); a != b {
		return fmt.Sprintf("last FRI layer: %s, want %s", a, b), nil
	}
	if g.ProofOfWork != w.ProofOfWork {
		return fmt.Sprintf("nonce %d, want %d", g.ProofOfWork, w.ProofOfWork), nil
	}
	a, err := got.Encode()
	if err != nil {
		return "", err
	}
	b, err := want.Encode()
	if err != nil {
		return "", err
	}
	if !bytes.Equal(a, b) {
		return "openings differ", nil
	}
	return "", nil
}
