package verify_test

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
	"github.com/sage-network/sage-node/prover/verify"
)

// sentinels are the documented errors; any refusal must be one of them.
var sentinels = []error{
	verify.ErrMalformed, verify.ErrRoot, verify.ErrConstraints, verify.ErrSums, verify.ErrProofOfWork,
	verify.ErrMerkle, verify.ErrFri, verify.ErrDegenerate,
}

func documented(err error) bool {
	return slices.ContainsFunc(sentinels, func(s error) bool { return errors.Is(err, s) })
}

func flip(h *proof.Hash) { h[17] ^= 0x40 }

func bump(e *m31.Element) { *e = m31.Add(*e, 1) }

func bumpFelt(f *m31.QM31) { bump(&f.B.A) }

func last[T any](s []T) *T { return &s[len(s)-1] }

// inner returns the first inner FRI layer.
func inner(p *proof.StarkProof) *proof.FriLayer { return &p.Fri.InnerLayers[0] }

func TestRefusesMutations(t *testing.T) {
	for _, m := range []struct {
		name   string
		want   error
		mutate func(p *proof.StarkProof)
	}{
		{"trace root", verify.ErrConstraints, func(p *proof.StarkProof) { flip(&p.Commitments[1]) }},
		{"composition root", verify.ErrConstraints, func(p *proof.StarkProof) { flip(last(p.Commitments)) }},
		{"roots swapped", nil, func(p *proof.StarkProof) {
			n := len(p.Commitments)
			p.Commitments[n-1], p.Commitments[n-2] = p.Commitments[n-2], p.Commitments[n-1]
		}},
		{"a root missing", verify.ErrMalformed, func(p *proof.StarkProof) { p.Commitments = p.Commitments[1:] }},
		{"a root too many", verify.ErrMalformed, func(p *proof.StarkProof) { p.Commitments = append(p.Commitments, proof.Hash{}) }},

		{"trace sample", verify.ErrConstraints, func(p *proof.StarkProof) { bumpFelt(&p.SampledValues[1][0][0]) }},
		{"last trace sample", verify.ErrConstraints, func(p *proof.StarkProof) {
			bumpFelt(last(*last(p.SampledValues[len(p.SampledValues)-2])))
		}},
		{"composition sample", verify.ErrConstraints, func(p *proof.StarkProof) { bumpFelt(&(*last(p.SampledValues))[7][0]) }},
		{"sample not canonical", verify.ErrMalformed, func(p *proof.StarkProof) { p.SampledValues[1][0][0].A.A += m31.P }},
		{"a sample missing", verify.ErrMalformed, func(p *proof.StarkProof) { p.SampledValues[1][0] = nil }},
		{"a sample too many", verify.ErrMalformed, func(p *proof.StarkProof) {
			p.SampledValues[1][0] = append(p.SampledValues[1][0], m31.QM31{})
		}},
		{"a sampled column missing", verify.ErrMalformed, func(p *proof.StarkProof) { p.SampledValues[1] = p.SampledValues[1][1:] }},
		{"a sampled tree missing", verify.ErrMalformed, func(p *proof.StarkProof) { p.SampledValues = p.SampledValues[1:] }},
		{"no samples", verify.ErrMalformed, func(p *proof.StarkProof) { p.SampledValues = nil }},

		{"queried value", verify.ErrMerkle, func(p *proof.StarkProof) { bump(last(p.QueriedValues[1][1])) }},
		{"composition's queried value", verify.ErrMerkle, func(p *proof.StarkProof) { bump(&(*last(p.QueriedValues))[3][0]) }},
		{"queried value not canonical", verify.ErrMalformed, func(p *proof.StarkProof) { p.QueriedValues[1][0][0] = m31.P }},
		{"queried columns swapped", verify.ErrMerkle, func(p *proof.StarkProof) {
			c := *last(p.QueriedValues)
			c[0], c[1] = c[1], c[0]
		}},
		{"a queried value missing", verify.ErrMalformed, func(p *proof.StarkProof) {
			p.QueriedValues[1][0] = p.QueriedValues[1][0][1:]
		}},
		{"a query missing everywhere", verify.ErrMalformed, func(p *proof.StarkProof) {
			for _, tree := range p.QueriedValues {
				for i := range tree {
					tree[i] = tree[i][1:]
				}
			}
		}},
		{"no queries", verify.ErrMalformed, func(p *proof.StarkProof) {
			for _, tree := range p.QueriedValues {
				for i := range tree {
					tree[i] = nil
				}
			}
		}},
		{"a queried column missing", verify.ErrMalformed, func(p *proof.StarkProof) { p.QueriedValues[1] = p.QueriedValues[1][1:] }},
		{"a queried tree missing", verify.ErrMalformed, func(p *proof.StarkProof) { p.QueriedValues = p.QueriedValues[1:] }},

		{"sibling", verify.ErrMerkle, func(p *proof.StarkProof) { flip(&p.Decommitments[1][0]) }},
		{"top sibling", verify.ErrMerkle, func(p *proof.StarkProof) { flip(last(*last(p.Decommitments))) }},
		{"siblings swapped", verify.ErrMerkle, func(p *proof.StarkProof) {
			d := p.Decommitments[1]
			d[0], d[1] = d[1], d[0]
		}},
		{"a sibling missing", verify.ErrMalformed, func(p *proof.StarkProof) { p.Decommitments[1] = p.Decommitments[1][1:] }},
		{"a sibling too many", verify.ErrMalformed, func(p *proof.StarkProof) {
			p.Decommitments[1] = append(p.Decommitments[1], proof.Hash{})
		}},
		{"a decommitment missing", verify.ErrMalformed, func(p *proof.StarkProof) { p.Decommitments = p.Decommitments[1:] }},

		{"nonce", verify.ErrProofOfWork, func(p *proof.StarkProof) { p.ProofOfWork++ }},

		{"first FRI root", verify.ErrProofOfWork, func(p *proof.StarkProof) { flip(&p.Fri.FirstLayer.Commitment) }},
		{"inner FRI root", verify.ErrProofOfWork, func(p *proof.StarkProof) { flip(&inner(p).Commitment) }},
		{"first FRI witness", verify.ErrMerkle, func(p *proof.StarkProof) { bumpFelt(&p.Fri.FirstLayer.Witness[0]) }},
		{"inner FRI witness", verify.ErrMerkle, func(p *proof.StarkProof) { bumpFelt(last(inner(p).Witness)) }},
		{"FRI witness not canonical", verify.ErrMalformed, func(p *proof.StarkProof) { inner(p).Witness[0].B.B = m31.P }},
		{"a FRI witness missing", verify.ErrMalformed, func(p *proof.StarkProof) { l := inner(p); l.Witness = l.Witness[1:] }},
		{"a FRI witness too many", verify.ErrMalformed, func(p *proof.StarkProof) {
			l := &p.Fri.FirstLayer
			l.Witness = append(l.Witness, m31.QM31{})
		}},
		{"FRI sibling", verify.ErrMerkle, func(p *proof.StarkProof) { flip(&p.Fri.FirstLayer.Decommitment[0]) }},
		{"a FRI sibling missing", verify.ErrMalformed, func(p *proof.StarkProof) {
			l := &p.Fri.FirstLayer
			l.Decommitment = l.Decommitment[1:]
		}},
		{"a FRI sibling too many", verify.ErrMalformed, func(p *proof.StarkProof) {
			l := inner(p)
			l.Decommitment = append(l.Decommitment, proof.Hash{})
		}},
		{"last FRI layer missing", verify.ErrMalformed, func(p *proof.StarkProof) {
			p.Fri.InnerLayers = p.Fri.InnerLayers[:len(p.Fri.InnerLayers)-1]
		}},
		{"all inner FRI layers missing", verify.ErrMalformed, func(p *proof.StarkProof) { p.Fri.InnerLayers = nil }},
		{"a FRI layer too many", verify.ErrMalformed, func(p *proof.StarkProof) {
			p.Fri.InnerLayers = append(p.Fri.InnerLayers, p.Fri.InnerLayers[0])
		}},
		{"FRI layers swapped", nil, func(p *proof.StarkProof) {
			l := p.Fri.InnerLayers
			l[0], l[1] = l[1], l[0]
		}},
		{"last layer coefficient", verify.ErrProofOfWork, func(p *proof.StarkProof) { bumpFelt(&p.Fri.LastLayer[0]) }},
		{"last layer not canonical", verify.ErrMalformed, func(p *proof.StarkProof) { p.Fri.LastLayer[0].A.B = m31.P }},
		{"last layer of higher degree", verify.ErrMalformed, func(p *proof.StarkProof) {
			p.Fri.LastLayer = append(p.Fri.LastLayer, m31.QM31{})
		}},
		{"last layer empty", verify.ErrMalformed, func(p *proof.StarkProof) { p.Fri.LastLayer = nil }},

		{"less proof of work claimed", verify.ErrMalformed, func(p *proof.StarkProof) { p.Config.PowBits-- }},
		{"smaller blowup claimed", verify.ErrMalformed, func(p *proof.StarkProof) { p.Config.LogBlowup-- }},
		{"fewer queries claimed", verify.ErrMalformed, func(p *proof.StarkProof) { p.Config.Queries-- }},
		{"another fold step claimed", verify.ErrMalformed, func(p *proof.StarkProof) { p.Config.FoldStep++ }},
		{"higher last layer claimed", verify.ErrMalformed, func(p *proof.StarkProof) { p.Config.LogLastLayerDegree++ }},
		{"lifting claimed", verify.ErrMalformed, func(p *proof.StarkProof) { p.Config.LiftingLogSize = 12 }},
	} {
		for _, read := range goldens() {
			g := read(t)
			m.mutate(g.proof)
			err := g.verify()
			if err == nil {
				t.Errorf("%s: %s: accepted", g.name, m.name)
				continue
			}
			if m.want != nil && !chanceProofOfWork(g, m.want, err) && !errors.Is(err, m.want) {
				t.Errorf("%s: %s: %v, want %v", g.name, m.name, err, m.want)
			}
			if !documented(err) {
				t.Errorf("%s: %s: undocumented error %v", g.name, m.name, err)
			}
		}
	}
}

// chanceProofOfWork allows for the proofs with little proof of work, whose nonce
// may fit a changed transcript by chance; the next check then refuses.
func chanceProofOfWork(g golden, want, got error) bool {
	return want == verify.ErrProofOfWork && g.instance.Config.PowBits < 16 && documented(got)
}

func TestRefusesAnyChangedWord(t *testing.T) {
	for _, read := range goldens() {
		g := read(t)
		original := *g.proof
		rapid.Check(t, func(t *rapid.T) {
			changed := clone(original)
			words := fieldWords(&changed)
			i := rapid.IntRange(0, len(words)-1).Draw(t, "word")
			delta := rapid.Uint32Range(1, m31.P-1).Draw(t, "delta")
			*words[i] = m31.Add(*words[i], m31.Element(delta))
			h := hashes(&changed)
			g.proof = &changed
			if err := g.verify(); !documented(err) {
				t.Fatalf("%s: word %d of %d changed: %v", g.name, i, len(words), err)
			}
			*words[i] = m31.Sub(*words[i], m31.Element(delta))
			j, bit := rapid.IntRange(0, len(h)-1).Draw(t, "hash"), rapid.IntRange(0, 255).Draw(t, "bit")
			h[j][bit/8] ^= 1 << (bit % 8)
			if err := g.verify(); !documented(err) {
				t.Fatalf("%s: bit %d of hash %d of %d changed: %v", g.name, bit, j, len(h), err)
			}
		})
	}
}

// clone copies a proof through its JSON.
func clone(p proof.StarkProof) proof.StarkProof {
	data, err := proof.EncodeJSON(&p)
	if err != nil {
		panic(err)
	}
	c, err := proof.DecodeJSON(data)
	if err != nil {
		panic(err)
	}
	return *c
}

// fieldWords returns every base field word of a proof.
func fieldWords(p *proof.StarkProof) []*m31.Element {
	var words []*m31.Element
	secure := func(felts []m31.QM31) {
		for i := range felts {
			f := &felts[i]
			words = append(words, &f.A.A, &f.A.B, &f.B.A, &f.B.B)
		}
	}
	for _, tree := range p.SampledValues {
		for _, column := range tree {
			secure(column)
		}
	}
	for _, tree := range p.QueriedValues {
		for _, column := range tree {
			for i := range column {
				words = append(words, &column[i])
			}
		}
	}
	for _, layer := range p.Fri.Layers() {
		secure(layer.Witness)
	}
	secure(p.Fri.LastLayer)
	return words
}

// hashes returns every hash of a proof.
func hashes(p *proof.StarkProof) []*proof.Hash {
	var all []*proof.Hash
	add := func(list []proof.Hash) {
		for i := range list {
			all = append(all, &list[i])
		}
	}
	add(p.Commitments)
	for _, d := range p.Decommitments {
		add(d)
	}
	for _, layer := range p.Fri.Layers() {
		all = append(all, &layer.Commitment)
		add(layer.Decommitment)
	}
	return all
}

func TestRefusesAnotherInstance(t *testing.T) {
	for _, read := range goldens() {
		for name, change := range map[string]func(g *golden){
			"another transcript":                func(g *golden) { g.channel.MixU64(0) },
			"less proof of work":                func(g *golden) { g.instance.Config.PowBits-- },
			"more proof of work":                func(g *golden) { g.instance.Config.PowBits++ },
			"fewer queries":                     func(g *golden) { g.instance.Config.Queries-- },
			"a configuration beyond the limits": func(g *golden) { g.instance.Config.LogBlowup = 40 },
			"no queries at all":                 func(g *golden) { g.instance.Config.Queries = 0 },
		} {
			g := read(t)
			change(&g)
			if err := g.verify(); !documented(err) {
				t.Errorf("%s: %s: %v", g.name, name, err)
			}
		}
		g := read(t)
		for tree, root := range g.proof.Commitments {
			flip(&root)
			g.instance.Roots = map[int]proof.Hash{tree: root}
			if err := g.verify(); !errors.Is(err, verify.ErrRoot) {
				t.Errorf("%s: another root of tree %d: %v, want %v", g.name, tree, err, verify.ErrRoot)
			}
		}
	}
}

func TestRefusesNothing(t *testing.T) {
	g := matmulK4(t)
	if err := verify.Verify(g.channel, g.instance, nil); !errors.Is(err, verify.ErrMalformed) {
		t.Errorf("no proof: %v", err)
	}
	if err := verify.Verify(g.channel, g.instance, &proof.StarkProof{}); !errors.Is(err, verify.ErrMalformed) {
		t.Errorf("empty proof: %v", err)
	}
	if err := verify.Verify(g.channel, verify.Instance{}, g.proof); err == nil {
		t.Error("an instance without an AIR was accepted")
	}
}

// TestRefusesWorkThatNothingChecks: bits of work before challenges that the AIR does
// not draw are checked nowhere, so whoever demands them is told.
func TestRefusesWorkThatNothingChecks(t *testing.T) {
	g := goldens()[1](t)
	if n := len(g.instance.AIR.Challenges); n > 0 {
		t.Fatalf("the AIR draws %d challenges, want none", n)
	}
	g.instance.InteractionPowBits = 20
	if err := g.verify(); err == nil {
		t.Error("20 bits of work were demanded and not checked")
	}
}

func TestRefusesAnotherRootOfAnEmptyTree(t *testing.T) {
	g := goldens()[1](t)
	flip(&g.proof.Commitments[0])
	if err := g.verify(); !errors.Is(err, verify.ErrMalformed) {
		t.Errorf("%v, want %v", err, verify.ErrMalformed)
	}
}
