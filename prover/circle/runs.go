package circle

import (
	"context"

	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/m31/vector"
)

// runsBlockLog is log₂ of the number of coefficients that [Runs] folds the
// polynomial to before it transforms: four sums of so many elements and the
// coefficients that enter them lie in the first-level cache.
const runsBlockLog = 9

// runsGroup is the number of runs that are summed up at a time.
const runsGroup = 4

// runsStripLog is log₂ of the number of coefficients that enter the sums of all runs
// before the next ones are read: they and the sums stay in cache.
const runsStripLog = 14

// Runs evaluates many polynomials of one size on the same few short runs of
// points, each as a weighted sum of the coefficients' blocks. Evaluation goes once
// through the coefficients.
type Runs struct {
	transform Transform
	numbers   []int
	logRun    int
	logBlock  int
	// weights[g][h] are block h's factors for the runs 4g to 4g+3.
	weights [][]m31.QM31
}

// Runs prepares the evaluation of polynomials of 2^logCoeffs coefficients on the
// given runs of 2^logRun points.
func (t Transform) Runs(numbers []int, logRun, logCoeffs int) *Runs {
	r := &Runs{transform: t, numbers: numbers, logRun: logRun, logBlock: min(logCoeffs, max(logRun, runsBlockLog))}
	blocks := 1 << (logCoeffs - r.logBlock)
	for g := 0; g < len(numbers); g += runsGroup {
		var coords [runsGroup][]m31.Element
		for i := range coords {
			coords[i] = make([]m31.Element, 1, blocks)
			coords[i][0] = 1
			number := numbers[min(g+i, len(numbers)-1)] // past the end: a sum that is not used
			for l := r.logBlock; l < logCoeffs; l++ {
				f := t.factor(l, number<<logRun)
				for _, w := range coords[i] {
					coords[i] = append(coords[i], m31.Mul(w, f))
				}
			}
		}
		weights := make([]m31.QM31, blocks)
		for h := range weights {
			weights[h] = m31.FromCoords([4]m31.Element{coords[0][h], coords[1][h], coords[2][h], coords[3][h]})
		}
		r.weights = append(r.weights, weights)
	}
	return r
}

// factor returns what the upper half of a block of layer l is multiplied by where
// the point at the given position is concerned.
func (t Transform) factor(l, position int) m31.Element {
	f := t.layers[l][position>>(l+1)]
	if position>>l&1 == 1 {
		f = m31.Neg(f)
	}
	return f
}

// RunsScratch is what a goroutine keeps between two evaluations.
type RunsScratch struct {
	sums   []vector.Secure // by group
	blocks [][]m31.Element
	narrow []m31.Element
}

// Evaluate writes the values of the polynomial on the i-th of the runs to dst[i].
// Only the context's end is an error.
func (r *Runs) Evaluate(ctx context.Context, dst [][]m31.Element, coeffs []m31.Element, s *RunsScratch) error {
	n := 1 << r.logBlock
	if len(s.narrow) != n || len(s.sums) != len(r.weights) {
		s.narrow = make([]m31.Element, n)
		s.sums = make([]vector.Secure, len(r.weights))
		for g := range s.sums {
			s.sums[g] = vector.MakeSecure(n)
		}
	}
	for _, sums := range s.sums {
		for j := range sums {
			clear(sums[j])
		}
	}
	s.blocks = s.blocks[:0]
	for lo := 0; lo < len(coeffs); lo += n {
		s.blocks = append(s.blocks, coeffs[lo:lo+n])
	}
	strip := max(1<<runsStripLog>>r.logBlock, 1)
	for lo := 0; lo < len(s.blocks); lo += strip {
		if err := ctx.Err(); err != nil {
			return err
		}
		hi := min(lo+strip, len(s.blocks))
		for g, weights := range r.weights {
			vector.AddCombination(s.sums[g], s.blocks[lo:hi], weights[lo:hi])
		}
	}
	for i, number := range r.numbers {
		r.transform.EvaluateRun(dst[i], s.sums[i/runsGroup][i%runsGroup], number, s.narrow)
	}
	return nil
}
