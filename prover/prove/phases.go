package prove

import (
	"fmt"
	"time"

	"github.com/sage-network/sage-node/prover/proof"
)

// The phases of a proof, in order, as [Options.Progress] names them. There is a
// trace and a commitment for each of the AIR's trees; a preprocessed tree that the
// workspace has needs neither.
const (
	PhaseTwiddles          = "twiddles"
	PhaseComposition       = "composition"
	PhaseCommitComposition = "commit composition"
	PhaseSamples           = "samples"
	PhaseQuotients         = "quotients"
	PhaseFRI               = "FRI"
	PhaseProofOfWork       = "proof of work"
	PhaseOpenings          = "openings"
	PhaseDone              = "done"
)

// PhaseTrace is the phase in which the columns of one of the AIR's trees are
// computed or taken from the witness.
func PhaseTrace(tree int) string { return fmt.Sprintf("trace of tree %d", tree) }

// PhaseCommit is the phase in which they are extended and committed to.
func PhaseCommit(tree int) string { return fmt.Sprintf("commit tree %d", tree) }

// A Stopwatch measures the phases of proofs, given a clock: this package has none
// of its own. Its Progress is to be the options' or to be called by it.
type Stopwatch struct {
	now     func() time.Duration
	phase   string
	started time.Duration
	order   []string
	took    map[string]time.Duration
}

// NewStopwatch returns a stopwatch for a clock that never goes back.
func NewStopwatch(now func() time.Duration) *Stopwatch {
	return &Stopwatch{now: now, took: map[string]time.Duration{}}
}

// Progress takes a proof's calls; see [Options].
func (s *Stopwatch) Progress(phase string, _ float64) {
	now := s.now()
	if s.phase != "" && s.phase != PhaseDone {
		if _, ok := s.took[s.phase]; !ok {
			s.order = append(s.order, s.phase)
		}
		s.took[s.phase] += now - s.started
	}
	s.phase, s.started = phase, now
}

// PhaseTime is what a phase took, over all proofs.
type PhaseTime struct {
	Phase string
	Took  time.Duration
}

// Phases returns the measured phases in the order in which they first ended.
func (s *Stopwatch) Phases() []PhaseTime {
	out := make([]PhaseTime, len(s.order))
	for i, phase := range s.order {
		out[i] = PhaseTime{phase, s.took[phase]}
	}
	return out
}

// Work is what a phase has to do at least, as this package does it: a bound for
// its time on a machine of known speed.
type Work struct {
	Phase string
	// Compressions of the hash function.
	Compressions float64
	// Bytes that are read from and written to memory where nothing larger than a
	// column's coefficients stays in cache.
	Bytes float64
	// Nonces to try, on average.
	Nonces float64
}

// Bounds returns the work of each phase of a proof of the given shape that computes
// its values again rather than keep them. Phases without a bound are left out.
func Bounds(s proof.Shape) []Work {
	var out []Work
	last := len(s.Columns) - 1
	coefficients := 0.0
	for t, columns := range s.Columns {
		if len(columns) == 0 {
			continue
		}
		w := Work{Phase: PhaseCommit(t)}
		if t == last {
			w.Phase = PhaseCommitComposition
		}
		leaves := float64(uint64(1) << s.Height(t))
		w.Compressions = leaves*float64((len(columns)+15)/16) + leaves - 1
		for _, c := range columns {
			n := float64(uint64(1) << c.LogSize)
			coefficients += n
			// Coefficients are read once for each run, values written and read.
			w.Bytes += 3 * 4 * n * float64(uint64(1)<<s.Config.LogBlowup)
		}
		if t == last {
			// The composition reads the columns' values on twice the trace domain and
			// writes the sum's coordinates.
			out = append(out, Work{Phase: PhaseComposition, Bytes: 4 * (3*2*(coefficients-8*float64(uint64(1)<<s.LogSize)) + 3*8*float64(uint64(1)<<s.LogSize))})
		}
		out = append(out, w)
	}
	out = append(out,
		Work{Phase: PhaseSamples, Bytes: 4 * coefficients},
		Work{Phase: PhaseQuotients, Bytes: 4 * coefficients},
	)
	fri := Work{Phase: PhaseFRI}
	logSize := s.LogSize
	for _, step := range s.FoldSteps {
		logDomain := logSize + s.Config.LogBlowup
		pack := proof.PackedLeaf(logDomain, step)
		leaves := float64(uint64(1) << (logDomain - pack))
		fri.Compressions += 2*leaves - 1
		fri.Bytes += 3 * 4 * 4 * float64(uint64(1)<<logDomain)
		logSize -= step
	}
	return append(out, fri,
		Work{Phase: PhaseProofOfWork, Nonces: float64(uint64(1) << s.Config.PowBits)},
		Work{Phase: PhaseOpenings, Bytes: 4 * coefficients},
	)
}
