package verify

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sage-network/sage-node/prover/channel"
	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
)

func randomFelt(r *rand.Rand) m31.QM31 {
	var c [4]m31.Element
	for i := range c {
		c[i] = m31.Element(r.Uint32N(m31.P))
	}
	return m31.FromCoords(c)
}

// A committer is a FRI prover that commits to whatever function it is given and
// folds it honestly: what a cheat can do at best, for the folds are public.
type committer struct {
	shape  proof.Shape
	layers [][]m31.QM31 // values in bit-reversed order
	leaves [][][]m31.Element
}

func (c *committer) logDomain(layer int) uint32 {
	log := c.shape.LogDomain()
	for _, step := range c.shape.FoldSteps[:layer] {
		log -= step
	}
	return log
}

// commit commits to f on the domain and sets the last layer to the first of the
// values that remain.
func (c *committer) commit(f []m31.QM31) *proof.FriProof {
	var ch channel.Channel
	p := &proof.FriProof{InnerLayers: make([]proof.FriLayer, len(c.shape.FoldSteps)-1)}
	for i, layer := range p.Layers() {
		log, step := c.logDomain(i), c.shape.FoldSteps[i]
		cosets := slices.Collect(slices.Chunk(f, 1<<step))
		leaves := leafRows(cosets, proof.PackedLeaf(log, step))
		c.layers, c.leaves = append(c.layers, f), append(c.leaves, leaves)
		layer.Commitment = merkleLevels(leaves)[0][0]
		ch.MixRoot(layer.Commitment)
		alpha := ch.DrawFelt()
		f = make([]m31.QM31, len(cosets))
		for j, coset := range cosets {
			start := circle.BitReverseIndex(j<<step, int(log))
			if i == 0 {
				f[j] = foldCircle(coset, circle.CanonicDomain(int(log)).IndexAt(start), int(step), alpha)
			} else {
				f[j] = foldLine(coset, circle.NewCoset(circle.HalfOdds(int(log)).IndexAt(start), int(step)), alpha)
			}
		}
	}
	p.LastLayer = f[:1]
	return p
}

// open fills in the witnesses for the queried positions.
func (c *committer) open(p *proof.FriProof, queries []int) {
	for i, layer := range p.Layers() {
		log, step := c.logDomain(i), c.shape.FoldSteps[i]
		folded := fold(queries, step)
		layer.Witness = nil
		for _, coset := range folded {
			for at := coset << step; at < (coset+1)<<step; at++ {
				if !slices.Contains(queries, at) {
					layer.Witness = append(layer.Witness, c.layers[i][at])
				}
			}
		}
		levels := merkleLevels(c.leaves[i])
		positions := cosetLeaves(folded, step, proof.PackedLeaf(log, step))
		layer.Decommitment = nil
		for depth := len(levels) - 1; depth > 0; depth-- {
			for _, at := range positions {
				if !slices.Contains(positions, at^1) {
					layer.Decommitment = append(layer.Decommitment, levels[depth][at^1])
				}
			}
			positions = fold(positions, 1)
		}
		queries = folded
	}
}

// merkleLevels returns all hashes of a tree, the root's level first.
func merkleLevels(leaves [][]m31.Element) [][]proof.Hash {
	level := make([]proof.Hash, len(leaves))
	for i, leaf := range leaves {
		level[i] = hashLeaf(leaf)
	}
	levels := [][]proof.Hash{level}
	for len(level) > 1 {
		parents := make([]proof.Hash, len(level)/2)
		for i := range parents {
			parents[i] = hashNode(level[2*i], level[2*i+1])
		}
		level = parents
		levels = append([][]proof.Hash{level}, levels...)
	}
	return levels
}

func TestFriRefusesFunctionsOfHighDegree(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct{ logSize, blowup, step uint32 }{{4, 2, 2}, {5, 1, 1}, {7, 3, 3}, {6, 4, 5}} {
		cfg := proof.Config{LogBlowup: c.blowup, Queries: 12, FoldStep: c.step}
		shape, err := proof.NewShape(cfg, [][]proof.Column{{{LogSize: c.logSize, Samples: 1}}})
		if err != nil {
			t.Fatal(err)
		}
		domain := circle.CanonicDomain(int(shape.LogDomain()))
		evaluate := func(size int) []m31.QM31 {
			even, odd := make([]m31.QM31, size/2), make([]m31.QM31, size/2)
			for i := range even {
				even[i], odd[i] = randomFelt(r), randomFelt(r)
			}
			f := make([]m31.QM31, domain.Size())
			for at := range f {
				p := domain.At(circle.BitReverseIndex(at, int(shape.LogDomain())))
				for i := len(even) - 1; i >= 0; i-- { // Σ xⁱ·(evenᵢ + y·oddᵢ)
					f[at] = f[at].MulM31(p.X).Add(even[i]).Add(odd[i].MulM31(p.Y))
				}
			}
			return f
		}
		check := func(f []m31.QM31, queries []int, change func(p *proof.FriProof, evals []m31.QM31)) error {
			prover := &committer{shape: shape}
			p := prover.commit(f)
			prover.open(p, queries)
			evals := make([]m31.QM31, len(queries))
			for i, q := range queries {
				evals[i] = f[q]
			}
			var ch channel.Channel
			v := newFriVerifier(&ch, shape, p)
			change(p, evals)
			return v.check(queries, evals)
		}
		nothing := func(*proof.FriProof, []m31.QM31) {}

		var ch channel.Channel
		ch.MixU64(5)
		queries := ch.DrawQueries(shape.LogDomain(), 12)
		low := evaluate(1 << c.logSize)
		if err := check(low, queries, nothing); err != nil {
			t.Errorf("%+v: a function of low degree: %v", c, err)
		}
		if err := check(evaluate(1<<c.logSize+2), queries, nothing); !errors.Is(err, ErrFri) {
			t.Errorf("%+v: a function of too high a degree: %v, want %v", c, err, ErrFri)
		}
		random := make([]m31.QM31, domain.Size())
		for i := range random {
			random[i] = randomFelt(r)
		}
		if err := check(random, queries, nothing); !errors.Is(err, ErrFri) {
			t.Errorf("%+v: a random function: %v, want %v", c, err, ErrFri)
		}
		near := slices.Clone(low)
		near[queries[3]] = randomFelt(r)
		if err := check(near, queries, nothing); !errors.Is(err, ErrFri) {
			t.Errorf("%+v: one queried value changed: %v, want %v", c, err, ErrFri)
		}
		if err := check(low, queries, func(_ *proof.FriProof, evals []m31.QM31) { evals[2] = randomFelt(r) }); !errors.Is(err, ErrMerkle) {
			t.Errorf("%+v: a value other than the committed one: %v, want %v", c, err, ErrMerkle)
		}
		if err := check(low, queries, func(p *proof.FriProof, _ []m31.QM31) { p.LastLayer = []m31.QM31{randomFelt(r)} }); !errors.Is(err, ErrFri) {
			t.Errorf("%+v: another last layer: %v, want %v", c, err, ErrFri)
		}
	}
}

func TestEvalLine(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	x := m31.Element(r.Uint32N(m31.P))
	basis := []m31.Element{1, x, circle.DoubleX(x), m31.Mul(x, circle.DoubleX(x))}
	coeffs := make([]m31.QM31, 4) // in bit-reversed order
	var want m31.QM31
	for i := range coeffs {
		coeffs[i] = randomFelt(r)
		want = want.Add(coeffs[i].MulM31(basis[circle.BitReverseIndex(i, 2)]))
	}
	if got := evalLine(coeffs, x); got != want {
		t.Errorf("%v, want %v", got, want)
	}
	if got := evalLine(coeffs[:1], x); got != coeffs[0] {
		t.Errorf("constant: %v, want %v", got, coeffs[0])
	}
}

func TestMissingSiblings(t *testing.T) {
	for _, c := range []struct {
		positions []int
		height    int
		want      int
	}{
		{[]int{0}, 0, 0},
		{[]int{5}, 3, 3},
		{[]int{4, 5}, 3, 2},
		{[]int{0, 7}, 3, 4},
		{[]int{0, 1, 2, 3, 4, 5, 6, 7}, 3, 0},
		{[]int{1, 2}, 2, 2},
	} {
		if got := missingSiblings(c.positions, c.height); got != c.want {
			t.Errorf("%v at height %d: %d, want %d", c.positions, c.height, got, c.want)
		}
	}
}
