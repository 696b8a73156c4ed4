package fri

import (
	"context"
	"fmt"
	"math/bits"
	"slices"

	"github.com/sage-network/sage-node/prover/channel"
	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/internal/arena"
	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/lde"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/m31/vector"
	"github.com/sage-network/sage-node/prover/merkle"
	"github.com/sage-network/sage-node/prover/proof"
)

// Coeffs are the coefficients of a polynomial over QM31, by coordinate.
type Coeffs [4][]m31.Element

// Len returns the number of coefficients.
func (c *Coeffs) Len() int { return len(c[0]) }

// At returns coefficient i.
func (c *Coeffs) At(i int) m31.QM31 {
	return m31.FromCoords([4]m31.Element{c[0][i], c[1][i], c[2][i], c[3][i]})
}

// NewCoeffs lends coefficients of any content.
func NewCoeffs(a *arena.Arena, n int) (c Coeffs) {
	for j := range c {
		c[j] = a.Elements(n)
	}
	return c
}

// Prover holds the committed layers until the queries are known.
type Prover struct {
	options lde.Options
	layers  []layer
	last    []m31.QM31
}

// layer is one committed layer; it folds by 2^step to the next one.
type layer struct {
	commitment *lde.Commitment
	step       int
}

// Commit runs the commitment phase for the circle polynomial with the given
// coefficients on the domain of tw, whose size is the coefficients' times the
// blowup: for each layer it mixes the root into ch and draws α; at the end it
// mixes the last layer's coefficients. It takes the coefficients over, and gives
// them back to the arena of o when the prover is released.
func Commit(ctx context.Context, o lde.Options, ch *channel.Channel, cfg proof.Config, coeffs Coeffs, tw *circle.Twiddles) (*Prover, error) {
	logDegree := bits.TrailingZeros(uint(coeffs.Len()))
	if logDegree+int(cfg.LogBlowup) != tw.LogSize() {
		return nil, fmt.Errorf("fri: 2^%d coefficients at blowup 2^%d on a domain of 2^%d points", logDegree, cfg.LogBlowup, tw.LogSize())
	}
	steps, err := cfg.FoldSteps(uint32(logDegree))
	if err != nil {
		return nil, err
	}
	p := &Prover{options: o}
	transform := tw.Circle()
	folded := 0
	for _, step := range steps {
		pack := proof.PackedLeaf(uint32(transform.LogSize()), step)
		commitment, err := lde.CommitLayer(ctx, o, slices.Clone(coeffs[:]), transform, int(pack))
		if err != nil {
			p.Release()
			return nil, err
		}
		p.layers = append(p.layers, layer{commitment, int(step)})
		ch.MixRoot(commitment.Root().Bytes())
		alpha := ch.DrawFelt()
		for i := range step {
			folded, err := fold(ctx, o, coeffs, alpha)
			if i > 0 { // the layer keeps those that it has committed to
				o.Arena.Release(coeffs[:]...)
			}
			if err != nil {
				p.Release()
				return nil, err
			}
			coeffs, alpha = folded, alpha.Square()
		}
		// Halving number n ≥ 1 leads to the line of the half coset doubled n−1
		// times.
		folded += int(step)
		transform = tw.Line(folded - 1)
	}
	p.last = make([]m31.QM31, coeffs.Len())
	for i := range p.last {
		p.last[i] = coeffs.At(i)
	}
	o.Arena.Release(coeffs[:]...)
	circle.BitReverse(p.last)
	ch.MixFelts(p.last)
	return p, nil
}

// fold returns the coefficients 2·(c₂ᵢ + α·c₂ᵢ₊₁).
func fold(ctx context.Context, o lde.Options, c Coeffs, alpha m31.QM31) (Coeffs, error) {
	out := NewCoeffs(o.Arena, c.Len()/2)
	err := parallel.Chunks(ctx, o.Workers, out.Len(), 1<<13, func(_, lo, hi int) error {
		vector.Fold(vector.Secure(out).Slice(lo, hi), vector.Secure(c).Slice(2*lo, 2*hi), alpha)
		return nil
	})
	return out, err
}

// Release gives the layers' memory back to the arena. The prover must not be used
// any more.
func (p *Prover) Release() {
	for _, l := range p.layers {
		l.commitment.Release()
	}
	p.layers = nil
}

// Open returns the proof for the queried positions of the first layer's domain,
// ascending and distinct.
func (p *Prover) Open(ctx context.Context, queries []int) (proof.FriProof, error) {
	out := proof.FriProof{LastLayer: p.last}
	for i, l := range p.layers {
		layer, err := l.open(ctx, p.options.Workers, queries)
		if err != nil {
			return proof.FriProof{}, fmt.Errorf("fri: layer %d: %w", i, err)
		}
		if i == 0 {
			out.FirstLayer = layer
		} else {
			out.InnerLayers = append(out.InnerLayers, layer)
		}
		queries = cosets(queries, l.step)
	}
	return out, nil
}

// cosets returns the distinct cosets of 2^step positions that hold the queries.
func cosets(queries []int, step int) []int {
	var out []int
	for _, q := range queries {
		if c := q >> step; len(out) == 0 || out[len(out)-1] != c {
			out = append(out, c)
		}
	}
	return out
}

// open opens all positions of the cosets that the queries touch; those that are
// not queried themselves become the witness.
func (l *layer) open(ctx context.Context, w parallel.Workers, queries []int) (proof.FriLayer, error) {
	var positions []int
	for _, c := range cosets(queries, l.step) {
		for i := range 1 << l.step {
			positions = append(positions, c<<l.step+i)
		}
	}
	opening, err := l.commitment.Open(ctx, w, positions)
	if err != nil {
		return proof.FriLayer{}, err
	}
	out := proof.FriLayer{
		Commitment:   l.commitment.Root().Bytes(),
		Decommitment: merkle.Bytes(opening.Siblings),
	}
	values := Coeffs(opening.Values)
	for i, p := range positions {
		if len(queries) > 0 && queries[0] == p {
			queries = queries[1:]
			continue
		}
		out.Witness = append(out.Witness, values.At(i))
	}
	return out, nil
}
