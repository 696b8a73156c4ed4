// Package lde commits to polynomials by the Merkle root of their low-degree
// extension, and opens the extension at positions.
//
// The extension is never held as a whole: in bit-reversed order it falls into
// consecutive runs as long as the coefficients, each of which is one transform
// on a part of the domain (so the layers that a zero-padded transform would spend
// on zeros cost nothing). A run is evaluated, hashed and dropped; openings
// evaluate the few short runs they need again. What stays in memory is the
// coefficients and the tree's upper layers, about 1/16 of the extension at
// blowup 16.
package lde

import (
	"context"
	"fmt"
	"math/bits"
	"slices"

	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/merkle"
)

// leafChunk is the number of leaves hashed between two looks at the context.
const leafChunk = 1 << 12

// Commitment is a set of polynomials of one size with a Merkle tree over their
// values on a domain.
type Commitment struct {
	coeffs    [][]m31.Element
	transform circle.Transform
	logPack   int
	tree      *merkle.Tree
}

// Commit evaluates the polynomials, given by their coefficients, with the
// transform and commits to the values, 2^logPack positions a leaf. The
// commitment keeps the coefficient slices: the caller must not change them.
func Commit(ctx context.Context, w parallel.Workers, coeffs [][]m31.Element, transform circle.Transform, logPack int) (*Commitment, error) {
	if len(coeffs) == 0 {
		return &Commitment{tree: merkle.Empty()}, nil
	}
	size := len(coeffs[0])
	for i, c := range coeffs {
		if len(c) != size || bits.OnesCount(uint(size)) != 1 {
			return nil, fmt.Errorf("lde: polynomial %d has %d coefficients, the first one %d; want equal powers of two", i, len(c), size)
		}
	}
	logCoeffs := bits.TrailingZeros(uint(size))
	if logCoeffs > transform.LogSize() || logPack > transform.LogSize() {
		return nil, fmt.Errorf("lde: 2^%d coefficients, packed by 2^%d, on 2^%d points", logCoeffs, logPack, transform.LogSize())
	}
	c := &Commitment{slices.Clone(coeffs), transform, logPack, merkle.New(transform.LogSize() - logPack)}

	logRun := max(logCoeffs, c.tree.LogRun()+logPack)
	scratch := make([]runScratch, w.Count())
	err := parallel.For(ctx, w, 1<<(transform.LogSize()-logRun), func(worker, run int) error {
		return c.absorbRun(ctx, &scratch[worker], run, logRun)
	})
	if err != nil {
		return nil, err
	}
	if err := c.tree.Finish(ctx, w); err != nil {
		return nil, err
	}
	return c, nil
}

// runScratch is what a worker keeps from run to run.
type runScratch struct {
	values [][]m31.Element
	chunk  [][]m31.Element
	leaves []merkle.Hash
}

// absorbRun evaluates one run of all columns and adds its leaves to the tree.
func (c *Commitment) absorbRun(ctx context.Context, s *runScratch, run, logRun int) error {
	leaves := 1 << (logRun - c.logPack)
	if s.values == nil {
		s.values = make([][]m31.Element, len(c.coeffs))
		for i := range s.values {
			s.values[i] = make([]m31.Element, 1<<logRun)
		}
		s.chunk = make([][]m31.Element, len(c.coeffs))
		s.leaves = make([]merkle.Hash, min(leaves, leafChunk))
	}
	for i, coeffs := range c.coeffs {
		if err := ctx.Err(); err != nil {
			return err
		}
		c.transform.EvaluateRun(s.values[i], coeffs, run, nil)
	}
	for lo := 0; lo < leaves; lo += len(s.leaves) {
		if err := ctx.Err(); err != nil {
			return err
		}
		for i, v := range s.values {
			s.chunk[i] = v[lo<<c.logPack : (lo+len(s.leaves))<<c.logPack]
		}
		merkle.HashLeaves(s.leaves, s.chunk, c.logPack)
		c.tree.Absorb(run*leaves+lo, s.leaves)
	}
	return nil
}

// Root returns the tree's root.
func (c *Commitment) Root() merkle.Hash { return c.tree.Root() }

// Coeffs returns the committed polynomials' coefficients, not to be changed.
func (c *Commitment) Coeffs() [][]m31.Element { return c.coeffs }

// Transform returns the transform that the commitment was made with.
func (c *Commitment) Transform() circle.Transform { return c.transform }

// Opening is what a commitment reveals at some positions.
type Opening struct {
	// Values[column][i] is the column's value at the i-th position.
	Values [][]m31.Element
	// Siblings authenticate the leaves of all positions, see merkle.Tree.Open.
	Siblings []merkle.Hash
}

// Open opens the ascending, distinct positions.
func (c *Commitment) Open(ctx context.Context, w parallel.Workers, positions []int) (*Opening, error) {
	o := &Opening{Values: make([][]m31.Element, len(c.coeffs))}
	if len(c.coeffs) == 0 {
		return o, nil
	}
	leafPositions := make([]int, 0, len(positions))
	for _, p := range positions {
		if l := p >> c.logPack; len(leafPositions) == 0 || leafPositions[len(leafPositions)-1] != l {
			leafPositions = append(leafPositions, l)
		}
	}
	runs := c.tree.Runs(leafPositions)
	logRun := c.tree.LogRun() + c.logPack

	values := make([][][]m31.Element, len(runs))
	for i := range values {
		values[i] = make([][]m31.Element, len(c.coeffs))
	}
	scratch := make([][]m31.Element, w.Count())
	err := parallel.For(ctx, w, len(runs)*len(c.coeffs), func(worker, i int) error {
		if scratch[worker] == nil {
			scratch[worker] = make([]m31.Element, (len(c.coeffs[0])+1)/2)
		}
		run, column := i/len(c.coeffs), i%len(c.coeffs)
		v := make([]m31.Element, 1<<logRun)
		c.transform.EvaluateRun(v, c.coeffs[column], runs[run], scratch[worker])
		values[run][column] = v
		return nil
	})
	if err != nil {
		return nil, err
	}

	leaves := make([][]merkle.Hash, len(runs))
	for i := range leaves {
		leaves[i] = make([]merkle.Hash, 1<<c.tree.LogRun())
		merkle.HashLeaves(leaves[i], values[i], c.logPack)
	}
	if o.Siblings, err = c.tree.Open(leafPositions, leaves); err != nil {
		return nil, err
	}
	for column := range o.Values {
		o.Values[column] = make([]m31.Element, len(positions))
		run := 0
		for i, p := range positions {
			for runs[run] != p>>logRun {
				run++
			}
			o.Values[column][i] = values[run][column][p&(1<<logRun-1)]
		}
	}
	return o, nil
}
