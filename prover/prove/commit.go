package prove

import (
	"context"
	"fmt"
	"math/bits"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/blake2s"
	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/lde"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/merkle"
	"github.com/sage-network/sage-node/prover/pcs"
	"github.com/sage-network/sage-node/prover/proof"
)

// commitTree computes one of the AIR's trees and commits to it.
func (p *prover) commitTree(ctx context.Context, tree int) error {
	c, err := p.tree(ctx, tree)
	if err != nil {
		return err
	}
	p.mix(c)
	if want, ok := p.in.Roots[tree]; ok && c.Root().Bytes() != want {
		return fmt.Errorf("%w: tree %d has %x, want %x", ErrRoot, tree, c.Root().Bytes(), want)
	}
	return nil
}

// tree returns the commitment to one of the AIR's trees. That to the preprocessed
// columns is computed once in a workspace, unless lookups want the values.
func (p *prover) tree(ctx context.Context, tree int) (*lde.Commitment, error) {
	computed := false
	commit := func() (*lde.Commitment, error) {
		computed = true
		p.report.phase(PhaseTrace(tree), p.report.trace(tree))
		columns, err := p.columns(ctx, tree)
		if err != nil {
			return nil, fmt.Errorf("prove: columns of tree %d: %w", tree, err)
		}
		if err := checkSizes(p.air, tree, columns); err != nil {
			return nil, err
		}
		kept := p.keep(tree, columns)
		layer, known := p.in.Layers[tree]
		if known {
			p.report.phase(PhaseCommit(tree), 0)
			p.report.skip(p.report.tree(tree))
		} else {
			p.report.phase(PhaseCommit(tree), p.report.tree(tree))
		}
		interpolate, err := p.ws.interpolation(ctx, p.workers, columns)
		if err != nil {
			return nil, err
		}
		options := p.options
		options.Prepare = func(i int) error {
			if err := checkColumn(p.air, tree, i, columns[i]); err != nil {
				return err
			}
			if kept != nil {
				copy(kept[i], columns[i])
			}
			interpolate(i)
			return nil
		}
		if known {
			return p.restore(ctx, options, tree, columns, layer)
		}
		return lde.Commit(ctx, options, columns, p.lde, int(p.cfg.LogBlowup))
	}
	if !p.own(tree) {
		c, err := p.ws.preprocessed(p.air, int(p.cfg.LogBlowup), p.options.Keep, commit)
		if !computed {
			p.report.skip(p.report.trace(tree) + p.report.tree(tree))
		}
		return c, err
	}
	return commit()
}

// restore returns the commitment to columns of whose tree a layer is known.
func (p *prover) restore(ctx context.Context, o lde.Options, tree int, columns [][]m31.Element, layer []proof.Hash) (*lde.Commitment, error) {
	nodes := make([]merkle.Hash, len(layer))
	for i, h := range layer {
		nodes[i] = blake2s.FromBytes(h)
	}
	c, err := lde.Restore(ctx, o, columns, p.lde, int(p.cfg.LogBlowup), nodes)
	if err != nil {
		return nil, err
	}
	if got, want := c.Root().Bytes(), p.in.Roots[tree]; got != want {
		c.Release()
		return nil, fmt.Errorf("%w: tree %d would have the root %x, want %x", ErrLayer, tree, got, want)
	}
	return c, nil
}

// columns returns the values of a tree's columns.
func (p *prover) columns(ctx context.Context, tree int) ([][]m31.Element, error) {
	switch {
	case tree == air.TreePreprocessed:
		return p.air.PreprocessedColumns(), nil
	case tree == air.TreeInteraction && p.air.Sums() > 0:
		columns := p.interactionColumns
		p.interactionColumns = nil
		return columns, nil
	default:
		return p.in.Witness(ctx, tree, p.challenges)
	}
}

// keep returns buffers for the values that the interaction will be computed from, or nil
// if there is none. They are copied where the columns become coefficients.
func (p *prover) keep(tree int, columns [][]m31.Element) [][]m31.Element {
	if p.air.Sums() == 0 || tree >= air.TreeInteraction {
		return nil
	}
	kept := make([][]m31.Element, len(columns))
	for i, read := range p.air.LookupColumns(tree) {
		if read {
			kept[i] = p.ws.arena.Elements(len(columns[i]))
		}
	}
	p.kept = append(p.kept, kept)
	return kept
}

// dropKept gives these buffers back.
func (p *prover) dropKept() {
	for _, kept := range p.kept {
		p.ws.arena.Release(kept...)
	}
	p.kept = nil
}

// draw draws the challenges, after the interaction's proof of work. The lookups'
// sums follow from them and are mixed at once.
func (p *prover) draw(ctx context.Context) (err error) {
	if p.in.InteractionPowBits > 0 {
		if p.interaction.ProofOfWork, err = pcs.Grind(ctx, p.workers, &p.ch, p.in.InteractionPowBits); err != nil {
			return err
		}
		p.ch.MixU64(p.interaction.ProofOfWork)
	}
	p.challenges = p.ch.DrawFelts(len(p.air.Challenges))
	if p.air.Sums() == 0 {
		return nil
	}
	p.interactionColumns, p.interaction.ClaimedSums, err = p.air.Interaction(ctx, int(p.workers), p.kept, p.challenges)
	p.dropKept()
	if err != nil {
		return err
	}
	p.ch.MixFelts(p.interaction.ClaimedSums)
	return nil
}

// mix adds a tree and mixes its root.
func (p *prover) mix(c *lde.Commitment) {
	p.trees = append(p.trees, c)
	p.ch.MixRoot(c.Root().Bytes())
}

// CommitTree returns the root that [Prove] would commit to for a tree of the
// given columns, of which there is at least one (see [Witness]; they are changed).
func CommitTree(ctx context.Context, cfg proof.Config, columns [][]m31.Element, opts Options) (proof.Hash, error) {
	c, err := commitColumns(ctx, cfg, columns, opts)
	if err != nil {
		return proof.Hash{}, err
	}
	defer c.Release()
	return c.Root().Bytes(), nil
}

// PreprocessedRoot returns the root of an AIR's tree 0, which a verifier needs if
// there are preprocessed columns.
func PreprocessedRoot(ctx context.Context, a *air.AIR, cfg proof.Config, opts Options) (proof.Hash, error) {
	return CommitTree(ctx, cfg, a.PreprocessedColumns(), opts)
}

// PreprocessedLayer returns the root of an AIR's tree 0 and the layer above subtrees of
// 2^above leaves, at least 64, for [Instance].
func PreprocessedLayer(ctx context.Context, a *air.AIR, cfg proof.Config, above int, opts Options) (proof.Hash, []proof.Hash, error) {
	c, err := commitColumns(ctx, cfg, a.PreprocessedColumns(), opts)
	if err != nil {
		return proof.Hash{}, nil, err
	}
	defer c.Release()
	layer, err := c.Layer(above)
	return c.Root().Bytes(), merkle.Bytes(layer), err
}

// commitColumns returns the commitment of [CommitTree].
func commitColumns(ctx context.Context, cfg proof.Config, columns [][]m31.Element, opts Options) (*lde.Commitment, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	logSize := 0
	for i, c := range columns {
		if len(c) < 2 || bits.OnesCount(uint(len(c))) != 1 {
			return nil, fmt.Errorf("prove: column %d has %d rows, want a power of two", i, len(c))
		}
		logSize = max(logSize, bits.TrailingZeros(uint(len(c))))
	}
	if logSize < 1 || logSize+int(cfg.LogBlowup) > proof.MaxLogDomain {
		return nil, fmt.Errorf("prove: %d columns of up to 2^%d rows are not supported", len(columns), logSize)
	}
	opts = opts.own()
	w := parallel.Workers(opts.Workers)
	interpolate, err := opts.Workspace.interpolation(ctx, w, columns)
	if err != nil {
		return nil, err
	}
	tw, err := opts.Workspace.twiddles(ctx, w, logSize+int(cfg.LogBlowup), false)
	if err != nil {
		return nil, err
	}
	options := opts.lde(cfg.LogBlowup)
	options.Keep = lde.KeepNothing
	options.Prepare = func(i int) error { interpolate(i); return nil }
	return lde.Commit(ctx, options, columns, tw, int(cfg.LogBlowup))
}

// checkSizes compares a tree's columns with the AIR.
func checkSizes(a *air.AIR, tree int, columns [][]m31.Element) error {
	placed := a.Columns(tree)
	if len(columns) != len(placed) {
		return fmt.Errorf("prove: tree %d has %d columns, want %d", tree, len(columns), len(placed))
	}
	for i, column := range columns {
		if want := placed[i].LogSize; len(column) != 1<<want {
			return fmt.Errorf("prove: tree %d column %s has %d rows, want 2^%d", tree, placed[i].Name, len(column), want)
		}
	}
	return nil
}

// checkColumn refuses values that are not field elements.
func checkColumn(a *air.AIR, tree, i int, column []m31.Element) error {
	if r := m31.NotCanonical(column); r >= 0 {
		return fmt.Errorf("prove: tree %d column %s holds %d at position %d, which is not below 2^31 − 1",
			tree, a.Columns(tree)[i].Name, column[r], r)
	}
	return nil
}

// interpolation returns what turns column i of values, whose lengths may differ, into
// coefficients, in place.
func (ws *Workspace) interpolation(ctx context.Context, w parallel.Workers, columns [][]m31.Element) (func(i int), error) {
	twiddles := map[int]*circle.Twiddles{}
	for _, c := range columns {
		if twiddles[len(c)] != nil {
			continue
		}
		tw, err := ws.twiddles(ctx, w, bits.TrailingZeros(uint(len(c))), true)
		if err != nil {
			return nil, err
		}
		twiddles[len(c)] = tw
	}
	return func(i int) { twiddles[len(columns[i])].Interpolate(columns[i]) }, nil
}
