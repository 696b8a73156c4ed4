package proof

import "fmt"

// Shape says how large every part of a proof is, as far as an AIR and its
// configuration fix it; the rest depends on the positions that are queried.
type Shape struct {
	Config Config
	// LogSize is log₂ of the number of rows of the committed polynomials.
	LogSize uint32
	// Samples[tree][column] is the number of out-of-domain samples, all trees
	// included.
	Samples [][]int
	// FoldSteps has an entry for each committed FRI layer, the first one first.
	FoldSteps []uint32
}

// Limits on what a shape may describe.
const (
	MaxTrees   = 8
	MaxColumns = 1 << 12
	maxSamples = 2
)

// NewShape checks the configuration against its limits and completes a shape.
func NewShape(cfg Config, logSize uint32, samples [][]int) (Shape, error) {
	if err := cfg.Validate(); err != nil {
		return Shape{}, err
	}
	if logSize+cfg.LogBlowup > MaxLogDomain {
		return Shape{}, fmt.Errorf("%w: domain of 2^%d points, at most 2^%d are supported",
			ErrMalformed, logSize+cfg.LogBlowup, MaxLogDomain)
	}
	if len(samples) == 0 || len(samples) > MaxTrees {
		return Shape{}, fmt.Errorf("%w: %d trees, want 1 to %d", ErrMalformed, len(samples), MaxTrees)
	}
	for t, columns := range samples {
		if len(columns) > MaxColumns {
			return Shape{}, fmt.Errorf("%w: tree %d has %d columns, at most %d are supported",
				ErrMalformed, t, len(columns), MaxColumns)
		}
		for _, n := range columns {
			if n < 0 || n > maxSamples {
				return Shape{}, fmt.Errorf("%w: tree %d has a column of %d samples", ErrMalformed, t, n)
			}
		}
	}
	steps, err := cfg.FoldSteps(logSize)
	if err != nil {
		return Shape{}, err
	}
	return Shape{Config: cfg, LogSize: logSize, Samples: samples, FoldSteps: steps}, nil
}

// LogDomain is log₂ of the number of points of the evaluation domain.
func (s Shape) LogDomain() uint32 { return s.LogSize + s.Config.LogBlowup }

// LastLayer is the number of coefficients of the last FRI layer.
func (s Shape) LastLayer() int { return 1 << s.Config.LogLastLayerDegree }

// Check reports whether the proof has the shape: its configuration, every count
// that the shape fixes, bounds on the counts that it leaves open, the same number
// of queried values in every column, and only canonical field words. Nothing is
// hashed.
func (s Shape) Check(p *StarkProof) error {
	if _, err := countsOf(s, p); err != nil {
		return err
	}
	return p.checkWords()
}
