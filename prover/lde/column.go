package lde

import (
	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/m31"
)

// column is one committed polynomial.
type column struct {
	coeffs []m31.Element
	// transform evaluates it on its own domain, 2^lift times smaller than the
	// tree's.
	transform circle.Transform
	lift      int
}

// runLength returns the number of the column's own values in a run of 2^logRun
// positions of the tree: values of a run that is shorter than the lift come in
// pairs.
func (c *column) runLength(logRun int) int {
	if c.lift == 0 {
		return 1 << logRun
	}
	return 1 << max(logRun-c.lift, 1)
}

// ownRun returns which run of runLength of the column's own values belongs to the
// run-th run of 2^logRun positions of the tree.
func (c *column) ownRun(run, logRun int) int {
	if short := c.lift + 1 - logRun; c.lift > 0 && short > 0 {
		return run >> short
	}
	return run
}

// evaluate writes the column's own values in the run-th run of 2^logRun positions
// of the tree, runLength of them. scratch of half as many elements as there are
// coefficients saves an allocation where these are more.
func (c *column) evaluate(dst []m31.Element, run, logRun int, scratch []m31.Element) {
	c.transform.EvaluateRun(dst, c.coeffs, c.ownRun(run, logRun), scratch)
}

// kept returns the same from all of the column's values.
func (c *column) kept(values []m31.Element, run, logRun int) []m31.Element {
	n := c.runLength(logRun)
	at := n * c.ownRun(run, logRun)
	return values[at : at+n]
}

// lifted returns the values at the positions [lo, hi) of a run whose own values
// are given. It writes to buf, of at least hi − lo elements, if it has to.
func (c *column) lifted(values []m31.Element, lo, hi int, buf []m31.Element) []m31.Element {
	if c.lift == 0 {
		return values[lo:hi]
	}
	buf = buf[:hi-lo]
	for i := range buf {
		p := lo + i
		buf[i] = values[p>>(c.lift+1)<<1+p&1]
	}
	return buf
}
