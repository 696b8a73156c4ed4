package prove

import (
	"context"
	"errors"
	"fmt"

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

// Witness gives the columns of one of the AIR's trees as values on the trace
// domain, row r at circle.RowPosition(r, log size). Trees are asked for in order;
// challenges are those drawn so far. [Prove] takes the slices over and changes
// them.
type Witness func(ctx context.Context, tree int, challenges []m31.QM31) ([][]m31.Element, error)

// Instance is what is to be proved and with which parameters.
type Instance struct {
	// Component is the AIR in the claimed size, at least four rows.
	Component *air.Component
	// Config is the commitment scheme's configuration.
	Config proof.Config
	// Channel is the transcript with the statement and the configuration already
	// mixed in. It is not changed.
	Channel channel.Channel
	// Witness gives the trace.
	Witness Witness
	// Roots maps trees to the roots that their columns must have, so that a
	// wrong input is noticed before the rest of the work. It may be nil.
	Roots map[int]proof.Hash
}

// Options bound a proof's resources and watch its progress.
type Options struct {
	// Workers bounds the number of goroutines; 0 stands for all processors.
	Workers int
	// Progress, if set, is called at the start of each phase with its name and the
	// estimated fraction of the work that is done, from 0 to 1, and once at the end
	// with 1. Calls come one after another from the goroutine that called Prove.
	Progress func(phase string, done float64)
}

// prover carries a proof through its steps.
type prover struct {
	component *air.Component
	cfg       proof.Config
	ch        channel.Channel
	workers   parallel.Workers
	report    *progress

	logSize    int
	lde        *circle.Twiddles // of the evaluation domain
	trees      []*lde.Commitment
	challenges []m31.QM31
}

// Prove returns a proof of the instance. It stops within about 100 ms after ctx
// is done and returns ctx's error then. It returns an error wrapping [ErrRoot]
// or [ErrConstraints] if the columns are not the demanded ones or do not satisfy
// the AIR.
func Prove(ctx context.Context, in Instance, opts Options) (*proof.StarkProof, error) {
	shape, err := in.Component.Shape(in.Config)
	if err != nil {
		return nil, err
	}
	if in.Component.LogSize < 2 {
		return nil, fmt.Errorf("prove: a trace of 2^%d rows, at least 4 rows are needed", in.Component.LogSize)
	}
	p := &prover{
		component: in.Component,
		cfg:       in.Config,
		ch:        in.Channel,
		workers:   parallel.Workers(opts.Workers),
		report:    newProgress(opts.Progress, shape),
		logSize:   int(in.Component.LogSize),
	}
	p.lde, err = circle.ComputeTwiddles(ctx, p.workers, circle.CanonicDomain(int(shape.LogDomain())), false)
	if err != nil {
		return nil, err
	}
	out := &proof.StarkProof{Config: in.Config}

	// 1. The AIR's trees.
	trace, err := circle.ComputeTwiddles(ctx, p.workers, circle.CanonicDomain(p.logSize), true)
	if err != nil {
		return nil, err
	}
	for tree := range in.Component.Trees {
		p.report.phase(fmt.Sprintf("commit tree %d", tree), p.report.tree(tree))
		columns, err := in.Witness(ctx, tree, p.challenges)
		if err != nil {
			return nil, fmt.Errorf("prove: columns of tree %d: %w", tree, err)
		}
		if err := checkColumns(in.Component, tree, columns); err != nil {
			return nil, err
		}
		if err := interpolate(ctx, p.workers, columns, trace); err != nil {
			return nil, err
		}
		if err := p.commit(ctx, columns); err != nil {
			return nil, err
		}
		if want, ok := in.Roots[tree]; ok && p.trees[tree].Root().Bytes() != want {
			return nil, fmt.Errorf("%w: tree %d has %x, want %x", ErrRoot, tree, p.trees[tree].Root().Bytes(), want)
		}
		if tree == in.Component.DrawAfter && in.Component.Challenges > 0 {
			p.challenges = p.ch.DrawFelts(in.Component.Challenges)
		}
	}

	// 2. The composition polynomial.
	p.report.phase("composition", p.report.composition())
	coeff := p.ch.DrawFelt()
	halves, err := p.composition(ctx, coeff)
	if err != nil {
		return nil, err
	}
	p.report.phase("commit composition", p.report.tree(len(in.Component.Trees)))
	if err := p.commit(ctx, halves); err != nil {
		return nil, err
	}
	for _, t := range p.trees {
		out.Commitments = append(out.Commitments, t.Root().Bytes())
	}

	// 3. The samples out of the domain.
	p.report.phase("samples", p.report.samples())
	oods := circle.SecurePointFrom(p.ch.DrawFelt())
	columns, err := p.sample(ctx, oods)
	if err != nil {
		return nil, err
	}
	var flat []m31.QM31
	next := 0
	for _, tree := range shape.Samples {
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
	p.report.phase("quotients", p.report.quotients())
	quotients, err := pcs.Quotients(ctx, p.workers, columns, p.ch.DrawFelt(), p.lde, p.logSize)
	if err != nil {
		return nil, err
	}
	p.report.phase("FRI", p.report.fri())
	friProver, err := fri.Commit(ctx, p.workers, &p.ch, p.cfg, quotients, p.lde)
	if err != nil {
		return nil, err
	}

	// 5. Proof of work and queries.
	p.report.phase("proof of work", p.report.grind())
	if out.ProofOfWork, err = pcs.Grind(ctx, p.workers, &p.ch, p.cfg.PowBits); err != nil {
		return nil, err
	}
	p.ch.MixU64(out.ProofOfWork)
	queries := p.ch.DrawQueries(shape.LogDomain(), int(p.cfg.Queries))

	// 6. Openings.
	p.report.phase("openings", p.report.openings())
	for _, t := range p.trees {
		opening, err := t.Open(ctx, p.workers, queries)
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

// CommitTree returns the root that [Prove] would commit to for a tree of the
// given columns (see [Witness]; they are changed), of 2^logSize rows each.
func CommitTree(ctx context.Context, cfg proof.Config, logSize int, columns [][]m31.Element, opts Options) (proof.Hash, error) {
	if err := cfg.Validate(); err != nil {
		return proof.Hash{}, err
	}
	if logSize < 1 || logSize+int(cfg.LogBlowup) > proof.MaxLogDomain {
		return proof.Hash{}, fmt.Errorf("prove: 2^%d rows are not supported", logSize)
	}
	for i, c := range columns {
		if len(c) != 1<<logSize {
			return proof.Hash{}, fmt.Errorf("prove: column %d has %d rows, want 2^%d", i, len(c), logSize)
		}
	}
	w := parallel.Workers(opts.Workers)
	trace, err := circle.ComputeTwiddles(ctx, w, circle.CanonicDomain(logSize), true)
	if err != nil {
		return proof.Hash{}, err
	}
	if err := interpolate(ctx, w, columns, trace); err != nil {
		return proof.Hash{}, err
	}
	tw, err := circle.ComputeTwiddles(ctx, w, circle.CanonicDomain(logSize+int(cfg.LogBlowup)), false)
	if err != nil {
		return proof.Hash{}, err
	}
	c, err := lde.Commit(ctx, lde.Options{Workers: w}, columns, tw, int(cfg.LogBlowup))
	if err != nil {
		return proof.Hash{}, err
	}
	return c.Root().Bytes(), nil
}

// checkColumns compares a witness's columns with the AIR.
func checkColumns(c *air.Component, tree int, columns [][]m31.Element) error {
	if len(columns) != len(c.Trees[tree]) {
		return fmt.Errorf("prove: tree %d has %d columns, want %d", tree, len(columns), len(c.Trees[tree]))
	}
	for i, column := range columns {
		if len(column) != 1<<c.LogSize {
			return fmt.Errorf("prove: tree %d column %d has %d rows, want 2^%d", tree, i, len(column), c.LogSize)
		}
		for r, v := range column {
			if !m31.Canonical(uint32(v)) {
				return fmt.Errorf("prove: tree %d column %d row %d holds %d, which is not below 2^31 − 1", tree, i, r, v)
			}
		}
	}
	return nil
}

// interpolate turns columns of values into coefficients, in place.
func interpolate(ctx context.Context, w parallel.Workers, columns [][]m31.Element, trace *circle.Twiddles) error {
	return parallel.For(ctx, w, len(columns), func(_, i int) error {
		trace.Interpolate(columns[i])
		return nil
	})
}

// commit commits to polynomials and mixes the root.
func (p *prover) commit(ctx context.Context, coeffs [][]m31.Element) error {
	c, err := lde.Commit(ctx, lde.Options{Workers: p.workers}, coeffs, p.lde, int(p.cfg.LogBlowup))
	if err != nil {
		return err
	}
	p.trees = append(p.trees, c)
	p.ch.MixRoot(c.Root().Bytes())
	return nil
}

// sample evaluates every column at the points of its mask around oods and
// returns the columns of all trees in order.
func (p *prover) sample(ctx context.Context, oods circle.SecurePoint) ([]pcs.Column, error) {
	step := circle.CanonicCoset(p.logSize).Step
	points := map[int]circle.SecurePoint{}
	var columns []pcs.Column
	for t, tree := range p.trees {
		for i, coeffs := range tree.Coeffs() {
			mask := []int{0}
			if t < len(p.component.Trees) {
				mask = p.component.Trees[t][i].Mask
			}
			column := pcs.Column{Coeffs: coeffs, Samples: make([]pcs.Sample, len(mask))}
			for j, offset := range mask {
				point, ok := points[offset]
				if !ok {
					point = oods.Add(step.Mul(offset).Point().Secure())
					points[offset] = point
				}
				column.Samples[j].Point = point
			}
			columns = append(columns, column)
		}
	}
	return columns, pcs.SampleColumns(ctx, p.workers, columns, p.logSize)
}

// checkConstraints makes sure that the composition's value at oods is what the
// columns' values there give; if the trace violates a constraint, the
// interpolated composition is another polynomial and they differ.
func (p *prover) checkConstraints(oods circle.SecurePoint, coeff m31.QM31, samples [][][]m31.QM31) error {
	values, err := p.component.EvalAtPoint(samples, p.challenges)
	if err != nil {
		return err
	}
	var want m31.QM31
	for _, v := range values {
		want = want.Mul(coeff).Add(v)
	}
	want = want.Mul(circle.CosetVanishing(circle.CanonicCoset(p.logSize), oods).Inverse())

	// composition = left + π^(logSize−1)(x)·right.
	composition := samples[len(samples)-1]
	var left, right [4]m31.QM31
	for i := range left {
		left[i], right[i] = composition[i][0], composition[4+i][0]
	}
	x := oods.X
	for range p.logSize - 1 {
		x = circle.SecureDoubleX(x)
	}
	if m31.FromPartialEvals(left).Add(x.Mul(m31.FromPartialEvals(right))) != want {
		return ErrConstraints
	}
	return nil
}
