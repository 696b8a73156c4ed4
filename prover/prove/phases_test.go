package prove_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/prove"
)

// TestPhases proves with a clock that ticks once a call: every phase but the last
// call's takes one tick, and progress never goes back.
func TestPhases(t *testing.T) {
	const k = matmul.MinK
	a, b, c := product(1, k)
	in := instance(t, k, witness(k, a, b, c, nil))
	ws := prove.NewWorkspace(1<<30, 1<<30)
	for proofs, want := range [][]string{
		{
			prove.PhaseTwiddles, prove.PhaseTrace(0), prove.PhaseCommit(0), prove.PhaseTrace(1), prove.PhaseCommit(1),
			prove.PhaseTrace(2), prove.PhaseCommit(2), prove.PhaseTrace(3), prove.PhaseCommit(3),
			prove.PhaseComposition, prove.PhaseCommitComposition, prove.PhaseSamples, prove.PhaseQuotients,
			prove.PhaseFRI, prove.PhaseProofOfWork, prove.PhaseOpenings,
		},
		{ // the workspace has the preprocessed tree
			prove.PhaseTwiddles, prove.PhaseTrace(1), prove.PhaseCommit(1),
			prove.PhaseTrace(2), prove.PhaseCommit(2), prove.PhaseTrace(3), prove.PhaseCommit(3),
			prove.PhaseComposition, prove.PhaseCommitComposition, prove.PhaseSamples, prove.PhaseQuotients,
			prove.PhaseFRI, prove.PhaseProofOfWork, prove.PhaseOpenings,
		},
	} {
		var ticks time.Duration
		watch := prove.NewStopwatch(func() time.Duration { ticks++; return ticks })
		done, last := 0.0, ""
		_, err := prove.Prove(context.Background(), in, prove.Options{Workspace: ws, Progress: func(phase string, fraction float64) {
			if fraction < done || fraction > 1 {
				t.Errorf("%s: progress from %v to %v", phase, done, fraction)
			}
			done, last = fraction, phase
			watch.Progress(phase, fraction)
		}})
		if err != nil {
			t.Fatal(err)
		}
		if done != 1 || last != prove.PhaseDone {
			t.Errorf("the last call is %q, %v", last, done)
		}
		var got []string
		for _, p := range watch.Phases() {
			got = append(got, p.Phase)
			if p.Took != 1 {
				t.Errorf("%s took %d ticks, want 1", p.Phase, p.Took)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("proof %d has the phases %q, want %q", proofs, got, want)
		}
	}
}

// TestBounds counts the work of a proof by hand.
func TestBounds(t *testing.T) {
	a, err := matmul.New(10)
	if err != nil {
		t.Fatal(err)
	}
	shape, err := a.Shape(matmul.Config())
	if err != nil {
		t.Fatal(err)
	}
	work := map[string]prove.Work{}
	for _, w := range prove.Bounds(shape) {
		work[w.Phase] = w
	}
	const leaves = 1 << 24
	if got := work[prove.PhaseCommit(3)].Compressions; got != 3*leaves-1 {
		t.Errorf("20 columns take %v compressions, want 2 a leaf and 1 a node: %v", got, 3*leaves-1)
	}
	if got := work[prove.PhaseCommit(2)]; got.Compressions != 2*leaves-1 || got.Bytes != 12*leaves {
		t.Errorf("one column: %+v", got)
	}
	// Layers of 2^24, 2^21, … 2^6 points, all packed by four.
	layers := 0.0
	for log := 24; log > 4; log -= 3 {
		layers += 2*float64(int(1)<<(log-2)) - 1
	}
	if got := work[prove.PhaseFRI].Compressions; got != layers {
		t.Errorf("FRI takes %v compressions, want %v", got, layers)
	}
	if got := work[prove.PhaseProofOfWork].Nonces; got != 1<<26 {
		t.Errorf("%v nonces, want 2^26", got)
	}
}
