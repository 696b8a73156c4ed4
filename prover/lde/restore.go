package lde

import (
	"context"

	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/merkle"
)

// Restore is [Commit] for polynomials that are committed to again and again, given the
// nodes of a layer of their tree from left to right. Nothing but that layer's parents
// is hashed before positions are opened. [Commitment.Open] evaluates and hashes the
// subtrees with these positions, and fails where one is not under the layer's node. The
// caller compares the root with the one that it knows: a layer with this root is the
// tree's.
//
// Of the values, KeepAll keeps only those of the front.
func Restore(ctx context.Context, o Options, coeffs [][]m31.Element, tw *circle.Twiddles, logBlowup int, layer []merkle.Hash) (*Commitment, error) {
	if len(coeffs) == 0 {
		return Commit(ctx, o, coeffs, tw, logBlowup)
	}
	c, logMax, err := place(coeffs, tw, logBlowup)
	if err != nil {
		return nil, err
	}
	if c.tree, err = merkle.Restore(o.Arena, c.logSize, layer); err != nil {
		return nil, err
	}
	c.arena = o.Arena
	if o.Prepare != nil {
		if err := parallel.For(ctx, o.Workers, len(coeffs), func(_, i int) error { return o.Prepare(i) }); err != nil {
			return nil, err
		}
	}
	if o.Keep == KeepNothing {
		return c, nil
	}
	sizes := make([]int, len(coeffs))
	for i := range sizes {
		sizes[i] = min(logMax+1, c.logSize) - c.columns[i].lift
	}
	front, err := c.Front(ctx, o.Workers, sizes)
	if err != nil {
		return nil, err
	}
	c.values = front.Values
	return c, nil
}

// Layer returns the nodes of the layer that lies so many layers above the leaves, for
// [Restore].
func (c *Commitment) Layer(above int) ([]merkle.Hash, error) {
	return c.tree.Layer(c.tree.LogLeaves() - above)
}
