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

// runsGroup is the number of runs that are summed up in one go through the
// coefficients.
const runsGroup = 4

// Runs evaluates many polynomials of one size on the same few short runs of
// points. Each goes once through the coefficients for every four runs, as a
// weighted sum of its blocks.
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
	sums   vector.Secure
	blocks [][]m31.Element
	narrow []m31.Element
}

// Evaluate writes the values of the polynomial on the i-th of the runs to dst[i].
// Only the context's end is an error.
func (r *Runs) Evaluate(ctx context.Context, dst [][]m31.Element, coeffs []m31.Element, s *RunsScratch) error {
	n := 1 << r.logBlock
	if len(s.narrow) != n {
		s.sums, s.narrow = vector.MakeSecure(n), make([]m31.Element, n)
	}
	s.blocks = s.blocks[:0]
	for lo := 0; lo < len(coeffs); lo += n {
		s.blocks = append(s.blocks, coeffs[lo:lo+n])
	}
	for g, weights := range r.weights {
		if err := ctx.Err(); err != nil {
			return err
		}
		for j := range s.sums {
			clear(s.sums[j])
		}
		vector.AddCombination(s.sums, s.blocks, weights)
		for j, sum := range s.sums {
			if i := g*runsGroup + j; i < len(r.numbers) {
				r.transform.EvaluateRun(dst[i], sum, r.numbers[i], s.narrow)
			}
		}
	}
	return nil
}
