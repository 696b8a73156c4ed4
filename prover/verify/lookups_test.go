package verify_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/air/bus"
	"github.com/sage-network/sage-node/prover/interop"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
	"github.com/sage-network/sage-node/prover/prove"
	"github.com/sage-network/sage-node/prover/verify"
)

// The cases of these tests: components of several sizes that look each other up.
func assorted() interop.Case {
	return interop.Case{AIR: interop.Assorted, LogRows: 6, Columns: 3, Bits: 4, InteractionPowBits: 6,
		Config: proof.Config{PowBits: 6, LogBlowup: 2, Queries: 12, FoldStep: 2, LogLastLayerDegree: 1}}
}

func twoSizes() interop.Case {
	return interop.Case{AIR: interop.Bus, LogRows: 6, Bits: 4,
		Config: proof.Config{PowBits: 6, LogBlowup: 2, Queries: 12, FoldStep: 3}}
}

// claim is a proof with what its verifier knows.
type claim struct {
	instance verify.Instance
	proof    *proof.StarkProof
}

func (c claim) verify() error {
	return verify.Verify(c.instance.Config.Transcript(nil), c.instance, c.proof)
}

func proveCase(t testing.TB, c interop.Case) claim {
	t.Helper()
	ctx := context.Background()
	sealed, err := c.Prove(ctx, prove.Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.Constraints()
	if err != nil {
		t.Fatal(err)
	}
	out := claim{verify.Instance{
		AIR: a, Config: c.Config, Interaction: sealed.Interaction, InteractionPowBits: c.InteractionPowBits,
	}, sealed.Proof}
	if c.AIR == interop.Poseidon2 {
		// Inputs and outputs are looked up and never taken.
		out.instance.Sums = func([]m31.QM31, []m31.QM31) error { return nil }
	}
	if len(a.Preprocessed) > 0 {
		root, err := prove.PreprocessedRoot(ctx, a, c.Config, prove.Options{})
		if err != nil {
			t.Fatal(err)
		}
		out.instance.Roots = map[int]proof.Hash{air.TreePreprocessed: root}
	}
	return out
}

// copies returns a function that copies the claim, so that a test may change it.
func (c claim) copies() func() claim {
	return func() claim {
		changed := clone(*c.proof)
		out := c
		out.proof = &changed
		out.instance.Interaction.ClaimedSums = slices.Clone(c.instance.Interaction.ClaimedSums)
		return out
	}
}

func TestRefusesWrongInteractions(t *testing.T) {
	fresh := proveCase(t, assorted()).copies()
	if err := fresh().verify(); err != nil {
		t.Fatal(err)
	}
	sums := func(c *claim) []m31.QM31 { return c.instance.Interaction.ClaimedSums }
	for _, m := range []struct {
		name   string
		want   error
		change func(c *claim)
	}{
		{"a sum changed", verify.ErrSums, func(c *claim) { bumpFelt(&sums(c)[2]) }},
		{"two sums changed, the balance kept", verify.ErrConstraints, func(c *claim) {
			sums(c)[0], sums(c)[1] = sums(c)[0].Add(m31.One()), sums(c)[1].Sub(m31.One())
		}},
		{"sums swapped", verify.ErrConstraints, func(c *claim) { sums(c)[0], sums(c)[1] = sums(c)[1], sums(c)[0] }},
		{"all sums zero", verify.ErrConstraints, func(c *claim) { clear(sums(c)) }},
		{"a sum missing", verify.ErrMalformed, func(c *claim) { c.instance.Interaction.ClaimedSums = sums(c)[1:] }},
		{"a sum too many", verify.ErrMalformed, func(c *claim) {
			c.instance.Interaction.ClaimedSums = append(sums(c), m31.QM31{})
		}},
		{"no sums", verify.ErrMalformed, func(c *claim) { c.instance.Interaction.ClaimedSums = nil }},
		{"a sum not canonical", verify.ErrMalformed, func(c *claim) { sums(c)[0].B.B += m31.P }},
		{"sums judged otherwise", verify.ErrSums, func(c *claim) {
			c.instance.Sums = func(_, _ []m31.QM31) error { return errors.New("no") }
		}},
		{"the interaction's nonce", verify.ErrProofOfWork, func(c *claim) { c.instance.Interaction.ProofOfWork ^= 1 << 40 }},
		{"no interaction proof of work demanded", verify.ErrMalformed, func(c *claim) { c.instance.InteractionPowBits = 0 }},
		{"more interaction proof of work demanded", verify.ErrProofOfWork, func(c *claim) { c.instance.InteractionPowBits = 30 }},
		{"trace and interaction swapped", nil, func(c *claim) {
			c.proof.Commitments[1], c.proof.Commitments[2] = c.proof.Commitments[2], c.proof.Commitments[1]
		}},
		{"another preprocessed root", verify.ErrRoot, func(c *claim) { flip(&c.proof.Commitments[0]) }},
		{"a FRI layer less", verify.ErrMalformed, func(c *claim) {
			c.proof.Fri.InnerLayers = c.proof.Fri.InnerLayers[:len(c.proof.Fri.InnerLayers)-1]
		}},
		{"a last layer of lower degree", verify.ErrMalformed, func(c *claim) { c.proof.Fri.LastLayer = c.proof.Fri.LastLayer[:1] }},
		{"a last layer of higher degree", verify.ErrMalformed, func(c *claim) {
			c.proof.Fri.LastLayer = append(c.proof.Fri.LastLayer, m31.QM31{}, m31.QM31{})
		}},
		{"a value of a short column", verify.ErrMerkle, func(c *claim) { bump(&c.proof.QueriedValues[1][9][3]) }},
		{"a sample of a short column", verify.ErrConstraints, func(c *claim) { bumpFelt(&c.proof.SampledValues[1][9][0]) }},
		{"three samples of a column less one", verify.ErrMalformed, func(c *claim) {
			c.proof.SampledValues[1][0] = c.proof.SampledValues[1][0][1:]
		}},
	} {
		c := fresh()
		m.change(&c)
		if err := c.verify(); !documented(err) || m.want != nil && !errors.Is(err, m.want) && !chanceNonce(m.want, err) {
			t.Errorf("%s: %v, want %v", m.name, err, m.want)
		}
	}
	c := fresh()
	c.instance.Roots = nil
	if c.verify() == nil {
		t.Error("accepted without the preprocessed root")
	}
}

// chanceNonce allows for a changed nonce that fits all the same, of six bits: a
// later check then refuses.
func chanceNonce(want, got error) bool { return want == verify.ErrProofOfWork && documented(got) }

// TestRefusesSwappedSizes: a proof for components of two sizes is none for the same
// components with the sizes swapped, or in another order.
func TestRefusesSwappedSizes(t *testing.T) {
	fresh := proveCase(t, twoSizes()).copies()
	if err := fresh().verify(); err != nil {
		t.Fatal(err)
	}
	for name, components := range map[string][]*air.Component{
		"sizes swapped":           {bus.Send(4), bus.Receive(6)},
		"components swapped":      {bus.Receive(4), bus.Send(6)},
		"both swapped":            {bus.Receive(6), bus.Send(4)},
		"a smaller component":     {bus.Send(6), bus.Receive(3)},
		"a larger component":      {bus.Send(6), bus.Receive(5)},
		"both of the larger size": {bus.Send(6), bus.Receive(6)},
		"all larger":              {bus.Send(7), bus.Receive(5)},
		"one component":           {bus.Send(6)},
	} {
		a, err := air.Compose(components...)
		if err != nil {
			t.Fatal(err)
		}
		c := fresh()
		c.instance.AIR = a
		if err := c.verify(); !documented(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestQueriesThatMeet: in a preprocessed tree of half the size, queries that meet
// one leaf must show one value.
func TestQueriesThatMeet(t *testing.T) {
	c := interop.Case{AIR: interop.RangeCheck, LogRows: 6, Columns: 2, Bits: 4,
		Config: proof.Config{LogBlowup: 1, Queries: 6, FoldStep: 2}}
	for c.Seed = range uint32(40) {
		fresh := proveCase(t, c).copies()
		if fresh().verify() != nil {
			continue // queries that meet out of order, which no verifier takes
		}
		values := fresh().proof.QueriedValues[0][0]
		for q := 1; q < len(values); q++ {
			if values[q] != values[q-1] {
				continue
			}
			changed := fresh()
			bump(&changed.proof.QueriedValues[0][0][q])
			if err := changed.verify(); !errors.Is(err, verify.ErrMerkle) {
				t.Errorf("seed %d: %v, want %v", c.Seed, err, verify.ErrMerkle)
			}
			return
		}
	}
	t.Error("no two queries met")
}

// FuzzVerifyJSON feeds JSON proofs of all AIRs that serve comparison: nothing but the
// seeds themselves is accepted, and nothing makes the verifier panic.
func FuzzVerifyJSON(f *testing.F) {
	cases := []interop.Case{
		{AIR: interop.Masks, LogRows: 4, Config: proof.Config{LogBlowup: 1, Queries: 1, FoldStep: 2}},
		{AIR: interop.RangeCheck, LogRows: 4, Columns: 1, Bits: 5, Config: proof.Config{LogBlowup: 1, Queries: 1, FoldStep: 4}},
	}
	verifiers := make([]*interop.Verifier, len(cases))
	seeds := map[string]bool{}
	for i, c := range cases {
		sealed, err := c.Prove(context.Background(), prove.Options{Workers: 1})
		if err != nil {
			f.Fatal(err)
		}
		data, err := sealed.Encode()
		if err != nil {
			f.Fatal(err)
		}
		if verifiers[i], err = c.Verifier(context.Background()); err != nil {
			f.Fatal(err)
		}
		seeds[string(data)] = true
		f.Add(uint(i), data)
	}
	f.Fuzz(func(t *testing.T, which uint, data []byte) {
		sealed, err := interop.DecodeAny(data)
		if err != nil {
			return
		}
		err = verifiers[which%uint(len(verifiers))].Verify(sealed)
		again, encodeErr := sealed.Encode()
		if encodeErr != nil {
			t.Fatal(encodeErr)
		}
		if err == nil && !seeds[string(again)] {
			t.Fatal("a proof that nobody made was accepted")
		}
		if err != nil && !documented(err) {
			t.Fatal(err)
		}
	})
}
