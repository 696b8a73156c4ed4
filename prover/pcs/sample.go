package pcs

import (
	"context"
	"fmt"
	"math/bits"

	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/m31"
)

// Sample is a column's value at a point out of the domain.
type Sample struct {
	Point circle.SecurePoint
	Value m31.QM31
}

// Column is a committed polynomial with its samples: none, one, or several of
// which the last is the one at the current row. A polynomial f that is 2ᵏ times
// shorter than the longest ones counts as Q ↦ f(2ᵏ·Q), also where it is sampled.
type Column struct {
	Coeffs  []m31.Element
	Samples []Sample
}

// logSize returns log₂ of the number of coefficients.
func (c *Column) logSize() int { return bits.TrailingZeros(uint(len(c.Coeffs))) }

// checkColumns makes sure that every column that is sampled has a power of two
// coefficients, at least two and at most 2^logDegree.
func checkColumns(columns []Column, logDegree int) error {
	for i := range columns {
		c := &columns[i]
		if n := len(c.Coeffs); len(c.Samples) > 0 && (bits.OnesCount(uint(n)) != 1 || n < 2 || n > 1<<logDegree) {
			return fmt.Errorf("pcs: column %d has %d coefficients, want a power of two up to 2^%d", i, n, logDegree)
		}
	}
	return nil
}

// SampleColumns sets the value of every sample from its point. The longest
// columns have 2^logDegree coefficients.
func SampleColumns(ctx context.Context, w parallel.Workers, columns []Column, logDegree int) error {
	if err := checkColumns(columns, logDegree); err != nil {
		return err
	}
	type key struct {
		point   circle.SecurePoint
		logSize int
	}
	type task struct {
		sample *Sample
		coeffs []m31.Element
		basis  *circle.PointBasis
	}
	bases := map[key]*circle.PointBasis{}
	var tasks []task
	for i := range columns {
		c := &columns[i]
		for j := range c.Samples {
			s := &c.Samples[j]
			k := key{s.Point, c.logSize()}
			if bases[k] == nil {
				point := s.Point
				for range logDegree - k.logSize {
					point = point.Add(point)
				}
				bases[k] = circle.NewPointBasis(point, k.logSize)
			}
			tasks = append(tasks, task{s, c.Coeffs, bases[k]})
		}
	}
	return parallel.For(ctx, w, len(tasks), func(_, i int) error {
		t := &tasks[i]
		t.sample.Value = t.basis.Evaluate(t.coeffs)
		return nil
	})
}
