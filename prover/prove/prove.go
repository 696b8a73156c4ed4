package prove

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/channel"
	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/fri"
	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/lde"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/merkle"
	"github.com/sage-network/sage-node/prover/pcs"
	"github.com/sage-network/sage-node/prover/proof"
)

// ErrRoot says that a tree's root is not the one that the instance demands: the
// columns are not those that were committed to.
var ErrRoot = errors.New("the columns do not have the demanded root")

// ErrConstraints says that the trace does not satisfy the AIR's constraints: the
// claim is false or the columns are wrong. No proof exists.
var ErrConstraints = errors.New("the trace does not satisfy the constraints")

// ErrLayer says that a layer that was given beforehand is not that of the tree.
var ErrLayer = errors.New("the layer known beforehand is not the tree's")

// Witness gives the columns of one of the AIR's trees as values on the trace
// domain, row r at circle.RowPosition(r, log size); see air.Store. Trees are asked
// for in order, but for those that the AIR itself determines: the preprocessed
// tree, and the interaction tree of lookups. Challenges are those drawn so far.
// [Prove] takes the slices over and changes them.
type Witness func(ctx context.Context, tree int, challenges []m31.QM31) ([][]m31.Element, error)

// Trace is the witness of an AIR whose only other tree is the trace.
func Trace(columns ...[]m31.Element) Witness {
	return func(_ context.Context, tree int, _ []m31.QM31) ([][]m31.Element, error) {
		if tree != air.TreeTrace {
			return nil, fmt.Errorf("no columns for tree %d", tree)
		}
		return columns, nil
	}
}

// Instance is what is to be proved and with which parameters.
type Instance struct {
	// AIR is the AIR in the claimed sizes, at least four rows each.
	AIR *air.AIR
	// Config is the commitment scheme's configuration.
	Config proof.Config
	// Channel is the transcript with the statement and the configuration already
	// mixed in, see [proof.Config.Transcript]. It is not changed.
	Channel channel.Channel
	// Witness gives the trace.
	Witness Witness
	// Roots maps trees to the roots that their columns must have, so that a
	// wrong input is noticed before the rest of the work. It may be nil.
	Roots map[int]proof.Hash
	// Layers maps trees whose columns never change to a layer of theirs, the nodes from
	// left to right, so that only what is opened is hashed, see [lde.Restore]. Such a
	// tree needs a root, which the layer must lead to: [ErrLayer] otherwise. It may be
	// nil.
	Layers map[int][]proof.Hash
	// InteractionPowBits is the number of zero bits of the proof of work before the
	// challenges are drawn, if the AIR draws any; 0 stands for none at all.
	InteractionPowBits uint32
}

// Mode weighs time against memory.
type Mode int

const (
	// Speed keeps the columns' values on the evaluation domain where reading them
	// again is faster than computing them again: all up to blowup 4, above it those
	// that the constraints read.
	Speed Mode = iota
	// Memory keeps coefficients only, and computes values in waves of bounded size.
	// The constraints still read values on twice the trace domain.
	Memory
)

// Bounds of the modes.
const (
	keepLogBlowup = 2
	waveBytes     = 64 << 20
)

// Options bound a proof's resources and watch its progress.
type Options struct {
	// Workers bounds the number of goroutines; 0 stands for all processors.
	Workers int
	// Mode is Speed or Memory.
	Mode Mode
	// Workspace is what the proof shares with others; nil stands for one of its
	// own.
	Workspace *Workspace
	// Progress, if set, is called at the start of each phase with its name (see
	// [PhaseTrace] and the constants) and the estimated fraction of the work that is
	// done, from 0 to 1, and at the end with [PhaseDone] and 1. Calls come one after
	// another from the goroutine that called Prove.
	Progress func(phase string, done float64)
}

// lde returns the options of commitments at a blowup.
func (o Options) lde(logBlowup uint32) lde.Options {
	out := lde.Options{Workers: parallel.Workers(o.Workers), Arena: o.Workspace.arena}
	if o.Mode == Memory {
		out.WaveBytes = waveBytes
	} else {
		out.Keep = lde.KeepFront
		if logBlowup <= keepLogBlowup {
			out.Keep = lde.KeepAll
		}
	}
	return out
}

// own gives the options a workspace if they have none, which keeps nothing that
// one proof does not need itself.
func (o Options) own() Options {
	if o.Workspace == nil {
		o.Workspace = NewWorkspace(math.MaxInt64, math.MaxInt64)
	}
	return o
}

// prover carries a proof through its steps.
type prover struct {
	air     *air.AIR
	in      Instance
	cfg     proof.Config
	ch      channel.Channel
	workers parallel.Workers
	ws      *Workspace
	options lde.Options
	report  *progress

	logSize     int
	lde         *circle.Twiddles // of the evaluation domain
	trees       []*lde.Commitment
	challenges  []m31.QM31
	interaction proof.Interaction

	kept               [][][]m31.Element // values of columns that lookups read
	interactionColumns [][]m31.Element
	halves             [][]m31.Element // the buffers that hold the composition's halves
}

// Prove returns a proof of the instance, for an AIR without lookups. It stops
// within about 100 ms after ctx is done and returns ctx's error then. It returns
// an error wrapping [ErrRoot] or [ErrConstraints] if the columns are not the
// demanded ones or do not satisfy the AIR.
func Prove(ctx context.Context, in Instance, opts Options) (*proof.StarkProof, error) {
	if in.AIR.Sums() > 0 {
		return nil, errors.New("prove: an AIR with lookups needs ProveWithLookups")
	}
	p, _, err := ProveWithLookups(ctx, in, opts)
	return p, err
}

// ProveWithLookups is Prove for any AIR. The interaction is part of what the
// verifier needs. See air.ComposePadded for AIRs whose preprocessed tree is smaller
// than the others.
func ProveWithLookups(ctx context.Context, in Instance, opts Options) (*proof.StarkProof, proof.Interaction, error) {
	shape, err := in.AIR.Shape(in.Config)
	if err != nil {
		return nil, proof.Interaction{}, err
	}
	for _, c := range in.AIR.Components {
		if c.LogSize < 2 {
			return nil, proof.Interaction{}, fmt.Errorf("prove: component %s has 2^%d rows, at least 4 are needed", c.Name, c.LogSize)
		}
	}
	if in.InteractionPowBits > 0 && len(in.AIR.Challenges) == 0 {
		return nil, proof.Interaction{}, errors.New("prove: a proof of work before the challenges of an AIR that draws none")
	}
	for tree := range in.Layers {
		if _, ok := in.Roots[tree]; !ok {
			return nil, proof.Interaction{}, fmt.Errorf("prove: a layer of tree %d without its root", tree)
		}
	}
	opts = opts.own()
	p := &prover{
		air:     in.AIR,
		in:      in,
		cfg:     in.Config,
		ch:      in.Channel,
		workers: parallel.Workers(opts.Workers),
		ws:      opts.Workspace,
		options: opts.lde(in.Config.LogBlowup),
		report:  newProgress(opts.Progress, shape),
		logSize: int(in.AIR.LogSize()),
	}
	defer p.release()
	p.ws.arena.Expect(p.expected(shape))
	out, err := p.prove(ctx, shape)
	if err != nil {
		return nil, proof.Interaction{}, err
	}
	return out, p.interaction, nil
}

// expected returns the bytes of the values that are kept: a lower bound of the buffers
// that the proof works on at a time.
func (p *prover) expected(shape proof.Shape) int64 {
	n := int64(0)
	for _, columns := range shape.Columns {
		for _, c := range columns {
			n += 4 << c.LogSize
		}
	}
	switch p.options.Keep {
	case lde.KeepFront:
		n *= 2
	case lde.KeepAll:
		n <<= p.cfg.LogBlowup
	}
	return n
}

// own reports whether a tree's commitment is this proof's alone: the preprocessed one
// is the workspace's, but for lookups.
func (p *prover) own(tree int) bool { return tree != air.TreePreprocessed || p.air.Sums() > 0 }

// release gives the memory of the trees that are this proof's own back.
func (p *prover) release() {
	for t, tree := range p.trees {
		if p.own(t) {
			tree.Release()
		}
	}
	p.trees = nil
	p.ws.arena.Release(p.halves...)
	p.halves = nil
	p.dropKept()
}

func (p *prover) prove(ctx context.Context, shape proof.Shape) (*proof.StarkProof, error) {
	var err error
	p.report.phase(PhaseTwiddles, p.report.twiddles())
	p.lde, err = p.ws.twiddles(ctx, p.workers, int(shape.LogDomain()), false)
	if err != nil {
		return nil, err
	}
	out := &proof.StarkProof{Config: p.cfg}

	// 1. The AIR's trees.
	for tree := range p.air.Trees() {
		if err := p.commitTree(ctx, tree); err != nil {
			return nil, err
		}
		if tree == p.air.DrawAfter {
			if err := p.draw(ctx); err != nil {
				return nil, err
			}
		}
	}

	// 2. The composition polynomial.
	p.report.phase(PhaseComposition, p.report.composition())
	coeff := p.ch.DrawFelt()
	halves, err := p.composition(ctx, coeff)
	if err != nil {
		return nil, err
	}
	options := p.options
	if options.Keep == lde.KeepFront { // nothing reads the front from here on
		options.Keep = lde.KeepNothing
		for t, tree := range p.trees {
			if p.own(t) {
				tree.DropFront()
			}
		}
	}
	p.report.phase(PhaseCommitComposition, p.report.tree(p.air.Trees()))
	tree, err := lde.Commit(ctx, options, halves, p.lde, int(p.cfg.LogBlowup))
	if err != nil {
		return nil, err
	}
	p.mix(tree)
	for _, t := range p.trees {
		out.Commitments = append(out.Commitments, t.Root().Bytes())
	}

	// 3. The samples out of the domain.
	p.report.phase(PhaseSamples, p.report.samples())
	oods := circle.SecurePointFrom(p.ch.DrawFelt())
	columns, err := p.sample(ctx, oods)
	if err != nil {
		return nil, err
	}
	var flat []m31.QM31
	next := 0
	for _, tree := range shape.Columns {
		values := make([][]m31.QM31, len(tree))
		for i := range tree {
			for _, s := range columns[next].Samples {
				values[i] = append(values[i], s.Value)
			}
			flat = append(flat, values[i]...)
			next++
		}
		out.SampledValues = append(out.SampledValues, values)
	}
	p.ch.MixFelts(flat)
	if err := p.checkConstraints(oods, coeff, out.SampledValues); err != nil {
		return nil, err
	}

	// 4. Quotients and FRI.
	p.report.phase(PhaseQuotients, p.report.quotients())
	quotients, err := pcs.Quotients(ctx, p.workers, p.ws.arena, columns, p.ch.DrawFelt(), p.lde, p.logSize)
	if err != nil {
		return nil, err
	}
	p.report.phase(PhaseFRI, p.report.fri())
	friProver, err := fri.Commit(ctx, options, &p.ch, p.cfg, quotients, p.lde)
	if err != nil {
		return nil, err
	}
	defer friProver.Release()

	// 5. Proof of work and queries.
	p.report.phase(PhaseProofOfWork, p.report.grind())
	if out.ProofOfWork, err = pcs.Grind(ctx, p.workers, &p.ch, p.cfg.PowBits); err != nil {
		return nil, err
	}
	p.ch.MixU64(out.ProofOfWork)
	queries := p.ch.DrawQueries(shape.LogDomain(), int(p.cfg.Queries))

	// 6. Openings.
	p.report.phase(PhaseOpenings, p.report.openings())
	for t, tree := range p.trees {
		opening, err := p.open(ctx, tree, queries, int(shape.LogDomain()), int(shape.Height(t)))
		if err != nil {
			return nil, err
		}
		out.QueriedValues = append(out.QueriedValues, opening.Values)
		out.Decommitments = append(out.Decommitments, merkle.Bytes(opening.Siblings))
	}
	if out.Fri, err = friProver.Open(ctx, queries); err != nil {
		return nil, err
	}
	p.report.finish()
	return out, nil
}
