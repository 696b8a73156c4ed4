package verify

import (
	"fmt"

	"github.com/sage-network/sage-node/prover/channel"
	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
)

// friVerifier holds a FRI proof between its commitments and its queries.
type friVerifier struct {
	shape  proof.Shape
	proof  *proof.FriProof
	alphas []m31.QM31 // one for each committed layer
}

// newFriVerifier replays the commitments: each layer's root, its folding
// challenge, and the last layer's coefficients.
func newFriVerifier(ch *channel.Channel, s proof.Shape, p *proof.FriProof) *friVerifier {
	f := &friVerifier{shape: s, proof: p}
	for _, layer := range p.Layers() {
		ch.MixRoot(layer.Commitment)
		f.alphas = append(f.alphas, ch.DrawFelt())
	}
	ch.MixFelts(p.LastLayer)
	return f
}

// check folds the quotients' values at the queried positions layer by layer,
// each layer completed by its witness and compared with its commitment, down to
// the last layer's polynomial. Counts were checked by checkQueryCounts.
func (f *friVerifier) check(queries []int, evals []m31.QM31) error {
	logDomain := f.shape.LogDomain()
	for i, layer := range f.proof.Layers() {
		step := f.shape.FoldSteps[i]
		folded := fold(queries, step)
		cosets := complete(queries, folded, step, evals, layer.Witness)
		packed := proof.PackedLeaf(logDomain, step)
		err := checkMerkle(layer.Commitment, int(logDomain-packed),
			cosetLeaves(folded, step, packed), leafRows(cosets, packed), layer.Decommitment)
		if err != nil {
			return fmt.Errorf("FRI layer %d: %w", i, err)
		}
		evals = make([]m31.QM31, len(folded))
		for j, coset := range cosets {
			start := circle.BitReverseIndex(folded[j]<<step, int(logDomain))
			if i == 0 {
				initial := circle.CanonicDomain(int(logDomain)).IndexAt(start)
				evals[j] = foldCircle(coset, initial, int(step), f.alphas[i])
			} else {
				initial := circle.HalfOdds(int(logDomain)).IndexAt(start)
				evals[j] = foldLine(coset, circle.NewCoset(initial, int(step)), f.alphas[i])
			}
		}
		queries, logDomain = folded, logDomain-step
	}

	domain := circle.HalfOdds(int(logDomain))
	for i, q := range queries {
		x := domain.At(circle.BitReverseIndex(q, int(logDomain))).X
		if want := evalLine(f.proof.LastLayer, x); evals[i] != want {
			return fmt.Errorf("%w: at position %d the folded value is %v, the polynomial's %v", ErrFri, q, evals[i], want)
		}
	}
	return nil
}

// fold returns the distinct cosets of 2^step neighbours in which the ascending
// positions lie.
func fold(positions []int, step uint32) []int {
	folded := make([]int, 0, len(positions))
	for _, pos := range positions {
		if c := pos >> step; len(folded) == 0 || folded[len(folded)-1] != c {
			folded = append(folded, c)
		}
	}
	return folded
}

// cosetLeaves returns the positions of all leaves, of 2^packed values each, that
// the cosets cover.
func cosetLeaves(cosets []int, step, packed uint32) []int {
	perCoset := 1 << (step - packed)
	leaves := make([]int, 0, len(cosets)*perCoset)
	for _, c := range cosets {
		for i := range perCoset {
			leaves = append(leaves, c*perCoset+i)
		}
	}
	return leaves
}

// complete returns the values of each coset: those at queried positions from
// evals, the others from the witness, both in ascending order.
func complete(queries, cosets []int, step uint32, evals, witness []m31.QM31) [][]m31.QM31 {
	out := make([][]m31.QM31, len(cosets))
	for i, c := range cosets {
		values := make([]m31.QM31, 1<<step)
		for j := range values {
			if len(queries) > 0 && queries[0] == c<<step+j {
				values[j] = evals[0]
				queries, evals = queries[1:], evals[1:]
			} else {
				values[j] = witness[0]
				witness = witness[1:]
			}
		}
		out[i] = values
	}
	return out
}

// leafRows returns the base field words of each leaf of 2^packed values.
func leafRows(cosets [][]m31.QM31, packed uint32) [][]m31.Element {
	var rows [][]m31.Element
	for _, values := range cosets {
		for start := 0; start < len(values); start += 1 << packed {
			row := make([]m31.Element, 0, 4<<packed)
			for _, v := range values[start : start+1<<packed] {
				coords := v.Coords()
				row = append(row, coords[:]...)
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// foldPair returns (v0 + v1) + α·(v0 − v1)/t, twice the fold's textbook value.
func foldPair(v0, v1 m31.QM31, t m31.Element, alpha m31.QM31) m31.QM31 {
	return v0.Add(v1).Add(alpha.Mul(v0.Sub(v1).MulM31(m31.Inverse(t))))
}

// foldCircle folds 2^step values, on the circle domain whose half coset starts
// at initial, to one: first by y to the line, then by x, with α squared from
// level to level.
func foldCircle(values []m31.QM31, initial circle.Index, step int, alpha m31.QM31) m31.QM31 {
	half := circle.NewCoset(initial, step-1)
	domain := circle.Domain{HalfCoset: half}
	line := make([]m31.QM31, len(values)/2)
	for i := range line {
		y := domain.At(circle.BitReverseIndex(2*i, step)).Y
		line[i] = foldPair(values[2*i], values[2*i+1], y, alpha)
	}
	return foldLine(line, half, alpha.Square())
}

// foldLine folds the values on the x-coordinates of a coset, in bit-reversed
// order, to one.
func foldLine(values []m31.QM31, coset circle.Coset, alpha m31.QM31) m31.QM31 {
	for ; len(values) > 1; alpha = alpha.Square() {
		folded := make([]m31.QM31, len(values)/2)
		for i := range folded {
			x := coset.At(circle.BitReverseIndex(2*i, coset.LogSize)).X
			folded[i] = foldPair(values[2*i], values[2*i+1], x, alpha)
		}
		values, coset = folded, coset.Double()
	}
	return values[0]
}

// evalLine evaluates at x the polynomial with the given coefficients, in
// bit-reversed order over the basis of products of x, π(x), π²(x), …
func evalLine(coeffs []m31.QM31, x m31.Element) m31.QM31 {
	var factors []m31.Element
	for n := len(coeffs); n > 1; n /= 2 {
		factors = append(factors, x)
		x = circle.DoubleX(x)
	}
	values := coeffs
	for len(values) > 1 {
		last := factors[len(factors)-1]
		factors = factors[:len(factors)-1]
		folded := make([]m31.QM31, len(values)/2)
		for i := range folded {
			folded[i] = values[2*i].Add(values[2*i+1].MulM31(last))
		}
		values = folded
	}
	return values[0]
}
