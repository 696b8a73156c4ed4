// Package lde commits to polynomials by the Merkle root of their low-degree
// extension, and opens the extension at positions.
//
// In bit-reversed order the extension falls into consecutive runs as long as the
// longest polynomial, each of which is one transform for each column on a part
// of the domain (so the layers that a zero-padded transform would spend on zeros
// cost nothing). [Commit] goes through the runs in waves: it evaluates the wave's
// runs of all columns, hashes them, and either keeps the values or drops them,
// see [Options]. A commitment that dropped them evaluates the few short runs that
// an opening needs again: what stays in memory then is the coefficients and the
// tree's upper layers, about 1/16 of the extension at blowup 16. [Restore] takes this
// further where the polynomials are fixed: an upper layer of the tree is known
// beforehand, and no more than the subtrees under the opened positions is computed.
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
	"github.com/sage-network/sage-node/prover/internal/arena"
	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/merkle"
)

// leafChunk is the number of leaves hashed between two looks at the context, and
// minLeafChunk that below which it is not worth dividing them among workers.
const (
	leafChunk    = 1 << 12
	minLeafChunk = 1 << 8
)

// Keep says which of the columns' values a commitment keeps, four bytes each.
type Keep int

const (
	KeepNothing Keep = iota
	// KeepFront keeps those on the first part of the domain, twice as long as the
	// longest polynomial, on which constraints of degree three are evaluated.
	KeepFront
	// KeepAll keeps all values on the domain: blowup times the coefficients' memory.
	KeepAll
)

// Options say with what a commitment is computed, never what it is.
type Options struct {
	Workers parallel.Workers
	// Arena lends the buffers; it may be nil.
	Arena *arena.Arena
	// Keep says which values are kept for openings and [Commitment.Front], which
	// compute what they miss again.
	Keep Keep
	// WaveBytes bounds the memory for values that are not kept, unless the columns
	// are so many that the shortest sensible runs exceed it. Zero stands for no
	// bound but that of a run as long as the longest polynomial.
	WaveBytes int
	// Prepare, if set, is called once for each polynomial by its number, on the workers,
	// before its coefficients are read: it may compute them in place, while they stay
	// in cache for the evaluation.
	Prepare func(polynomial int) error
}

// Commitment is a set of polynomials with a Merkle tree over their values on a
// domain.
type Commitment struct {
	coeffs  [][]m31.Element
	columns []column // in the order of coeffs
	leaf    []int    // columns in the order of their words in a leaf
	logSize int      // of the domain
	logPack int
	tree    *merkle.Tree
	values  [][]m31.Element // by column, on the front of its own domain; nil if not kept
	all     bool            // values are those on the whole domain
	arena   *arena.Arena
}

// Commit commits to the values of polynomials, given by their coefficients, on
// the domain that is 2^logBlowup times as large as the longest one. tw are the
// twiddles of that domain or of one which becomes it by doubling its points. All
// lengths are powers of two; different ones are at least two. The commitment
// takes the coefficient slices over: the caller must not change them.
func Commit(ctx context.Context, o Options, coeffs [][]m31.Element, tw *circle.Twiddles, logBlowup int) (*Commitment, error) {
	if len(coeffs) == 0 {
		return &Commitment{tree: merkle.Empty()}, nil
	}
	c, logMax, err := place(coeffs, tw, logBlowup)
	if err != nil {
		return nil, err
	}
	return commit(ctx, o, c, logMax)
}

// place returns the commitment to polynomials on a circle domain before it has a
// tree, and log₂ of the longest one's number of coefficients.
func place(coeffs [][]m31.Element, tw *circle.Twiddles, logBlowup int) (*Commitment, int, error) {
	logMax, err := checkLengths(coeffs)
	if err != nil {
		return nil, 0, err
	}
	logSize := logMax + logBlowup
	if logBlowup < 0 || logSize < 1 || logSize > tw.LogSize() {
		return nil, 0, fmt.Errorf("lde: 2^%d coefficients at blowup 2^%d on 2^%d points", logMax, logBlowup, tw.LogSize())
	}
	transforms := map[int]circle.Transform{}
	columns := make([]column, len(coeffs))
	for i, c := range coeffs {
		log := logLength(c) + logBlowup
		if _, ok := transforms[log]; !ok {
			transforms[log] = tw.Double(tw.LogSize() - log).Circle()
		}
		columns[i] = column{c, transforms[log], logSize - log}
	}
	return newCommitment(&Commitment{coeffs: coeffs, columns: columns, logSize: logSize}), logMax, nil
}

// newCommitment orders the columns of a commitment for its leaves.
func newCommitment(c *Commitment) *Commitment {
	c.leaf = make([]int, len(c.columns))
	for i := range c.leaf {
		c.leaf[i] = i
	}
	slices.SortStableFunc(c.leaf, func(a, b int) int { return len(c.columns[a].coeffs) - len(c.columns[b].coeffs) })
	return c
}

// CommitLayer commits to polynomials of one size by their values at all points of
// the transform, 2^logPack positions a leaf. The commitment takes the
// coefficient slices over: the caller must not change them.
func CommitLayer(ctx context.Context, o Options, coeffs [][]m31.Element, transform circle.Transform, logPack int) (*Commitment, error) {
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
	c := newCommitment(&Commitment{coeffs: coeffs, columns: columns, logSize: transform.LogSize(), logPack: logPack})
	return commit(ctx, o, c, logMax)
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

// logLength returns log₂ of a number of coefficients.
func logLength(coeffs []m31.Element) int { return bits.TrailingZeros(uint(len(coeffs))) }

// commit fills the tree of a commitment whose longest polynomial has 2^logMax
// coefficients.
func commit(ctx context.Context, o Options, c *Commitment, logMax int) (*Commitment, error) {
	c.tree = merkle.NewIn(o.Arena, c.logSize-c.logPack, len(c.columns)<<c.logPack)
	c.arena = o.Arena

	v := newWave(c, o, logMax)
	defer v.release()
	if err := v.prepare(ctx); err != nil {
		return nil, err
	}
	for run := 0; run < 1<<(c.logSize-v.logRun); run += v.runs {
		if !v.evaluated {
			if err := v.evaluate(ctx, run); err != nil {
				return nil, err
			}
		}
		if err := v.hash(ctx, run); err != nil {
			return nil, err
		}
	}
	if err := c.tree.Finish(ctx, o.Workers); err != nil {
		return nil, err
	}
	c.values, v.kept = v.kept, nil
	c.all = v.keeps == 1<<(c.logSize-v.logRun)
	return c, nil
}

// Release gives the memory of coefficients, values and tree back to the arena. The
// commitment must not be used any more.
func (c *Commitment) Release() {
	c.tree.Release()
	c.arena.Release(c.coeffs...)
	c.arena.Release(c.values...)
	c.coeffs, c.columns, c.values = nil, nil, nil
}

// DropFront gives kept values back to the arena unless they are all there are.
func (c *Commitment) DropFront() {
	if !c.all {
		c.arena.Release(c.values...)
		c.values = nil
	}
}

// Bytes returns about how much memory the commitment holds.
func (c *Commitment) Bytes() int64 {
	n := int64(0)
	for i := range c.coeffs {
		n += 4 * int64(len(c.coeffs[i]))
	}
	for i := range c.values {
		n += 4 * int64(len(c.values[i]))
	}
	return n + c.tree.Bytes()
}

// Root returns the tree's root.
func (c *Commitment) Root() merkle.Hash { return c.tree.Root() }

// LogSize returns log₂ of the number of positions, 0 without columns.
func (c *Commitment) LogSize() int { return c.logSize }

// Coeffs returns the committed polynomials' coefficients in the order in which
// they were given, not to be changed.
func (c *Commitment) Coeffs() [][]m31.Element { return c.coeffs }
