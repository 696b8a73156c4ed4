// Package lde commits to polynomials by the Merkle root of their low-degree
// extension, and opens the extension at positions.
//
// In bit-reversed order the extension falls into consecutive runs as long as the
// longest polynomial, each of which is one transform for each column on a part
// of the domain (so the layers that a zero-padded transform would spend on zeros
// cost nothing). [Commit] goes through the runs in waves: it evaluates the wave's
// runs of all columns, hashes them, and either keeps the values or drops them. A
// commitment that dropped them evaluates the few short runs that an opening
// needs again. What stays in memory then is the coefficients and the tree's upper
// layers, about 1/16 of the extension at blowup 16.
//
// The columns of one tree may have different sizes. A column that is 2ᵏ times
// shorter than the longest one counts as the polynomial Q ↦ f(2ᵏ·Q) on the whole
// domain: position p of the tree holds the column's own value at
// circle.LiftedPosition. A leaf is the hash of the columns' values there, shorter
// columns first, those of one size in the caller's order.
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

// Commitment is a set of polynomials with a Merkle tree over their values on a
// domain.
type Commitment struct {
	coeffs  [][]m31.Element
	columns []column // in the order of coeffs
	leaf    []int    // columns in the order of their words in a leaf
	logSize int      // of the domain
	logPack int
	tree    *merkle.Tree
}

// Commit commits to the values of polynomials, given by their coefficients, on
// the domain that is 2^logBlowup times as large as the longest one. tw are the
// twiddles of that domain or of one which becomes it by doubling its points. All
// lengths are powers of two; different ones are at least two. The commitment
// keeps the coefficient slices: the caller must not change them.
func Commit(ctx context.Context, w parallel.Workers, coeffs [][]m31.Element, tw *circle.Twiddles, logBlowup int) (*Commitment, error) {
	if len(coeffs) == 0 {
		return &Commitment{tree: merkle.Empty()}, nil
	}
	logMax, err := checkLengths(coeffs)
	if err != nil {
		return nil, err
	}
	logSize := logMax + logBlowup
	if logBlowup < 0 || logSize < 1 || logSize > tw.LogSize() {
		return nil, fmt.Errorf("lde: 2^%d coefficients at blowup 2^%d on 2^%d points", logMax, logBlowup, tw.LogSize())
	}
	transforms := map[int]circle.Transform{}
	columns := make([]column, len(coeffs))
	for i, c := range coeffs {
		log := bits.TrailingZeros(uint(len(c))) + logBlowup
		if _, ok := transforms[log]; !ok {
			transforms[log] = tw.Double(tw.LogSize() - log).Circle()
		}
		columns[i] = column{c, transforms[log], logSize - log}
	}
	return commit(ctx, w, &Commitment{coeffs: coeffs, columns: columns, logSize: logSize}, logMax)
}

// CommitLayer commits to polynomials of one size by their values at all points of
// the transform, 2^logPack positions a leaf. The commitment keeps the
// coefficient slices: the caller must not change them.
func CommitLayer(ctx context.Context, w parallel.Workers, coeffs [][]m31.Element, transform circle.Transform, logPack int) (*Commitment, error) {
	if len(coeffs) == 0 {
		return nil, fmt.Errorf("lde: a layer without polynomials")
	}
	logMax, err := checkLengths(coeffs)
	if err != nil {
		return nil, err
	}
	if logMax > transform.LogSize() || logPack > transform.LogSize() {
		return nil, fmt.Errorf("lde: 2^%d coefficients, packed by 2^%d, on 2^%d points", logMax, logPack, transform.LogSize())
	}
	columns := make([]column, len(coeffs))
	for i, c := range coeffs {
		if len(c) != 1<<logMax {
			return nil, fmt.Errorf("lde: polynomial %d of a layer has %d coefficients, another one 2^%d", i, len(c), logMax)
		}
		columns[i] = column{c, transform, 0}
	}
	return commit(ctx, w, &Commitment{coeffs: coeffs, columns: columns, logSize: transform.LogSize(), logPack: logPack}, logMax)
}

// checkLengths returns log₂ of the largest number of coefficients.
func checkLengths(coeffs [][]m31.Element) (logMax int, err error) {
	shortest, longest := len(coeffs[0]), len(coeffs[0])
	for i, c := range coeffs {
		if bits.OnesCount(uint(len(c))) != 1 {
			return 0, fmt.Errorf("lde: polynomial %d has %d coefficients, want a power of two", i, len(c))
		}
		shortest, longest = min(shortest, len(c)), max(longest, len(c))
	}
	if shortest < 2 && shortest < longest {
		return 0, fmt.Errorf("lde: a constant among polynomials of %d coefficients", longest)
	}
	return bits.TrailingZeros(uint(longest)), nil
}

// commit fills the tree of a commitment whose longest polynomial has 2^logMax
// coefficients.
func commit(ctx context.Context, w parallel.Workers, c *Commitment, logMax int) (*Commitment, error) {
	c.leaf = make([]int, len(c.columns))
	for i := range c.leaf {
		c.leaf[i] = i
	}
	slices.SortStableFunc(c.leaf, func(a, b int) int { return len(c.columns[a].coeffs) - len(c.columns[b].coeffs) })
	c.tree = merkle.New(c.logSize - c.logPack)

	logRun := max(logMax, c.tree.LogRun()+c.logPack)
	wave := newWave(c, w, logRun)
	for run := 0; run < 1<<(c.logSize-logRun); run += wave.runs {
		if err := wave.evaluate(ctx, run); err != nil {
			return nil, err
		}
		if err := wave.hash(ctx, run); err != nil {
			return nil, err
		}
	}
	if err := c.tree.Finish(ctx, w); err != nil {
		return nil, err
	}
	return c, nil
}

// Root returns the tree's root.
func (c *Commitment) Root() merkle.Hash { return c.tree.Root() }

// LogSize returns log₂ of the number of positions, 0 without columns.
func (c *Commitment) LogSize() int { return c.logSize }

// Coeffs returns the committed polynomials' coefficients in the order in which
// they were given, not to be changed.
func (c *Commitment) Coeffs() [][]m31.Element { return c.coeffs }
