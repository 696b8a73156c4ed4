package proof

import "fmt"

// Column is what a shape says of one column.
type Column struct {
	// LogSize is log₂ of the number of coefficients of its polynomial.
	LogSize uint32
	// Samples is the number of out-of-domain samples.
	Samples int
}

// Shape says how large every part of a proof is, as far as an AIR and its
// configuration fix it; the rest depends on the positions that are queried.
type Shape struct {
	Config Config
	// LogSize is log₂ of the number of coefficients of the longest committed
	// polynomials, to which the others are lifted.
	LogSize uint32
	// Columns[tree] lists the tree's columns, all trees included.
	Columns [][]Column
	// Sums is the number of claimed sums: 0 for an AIR without lookups.
	Sums int
	// FoldSteps has an entry for each committed FRI layer, the first one first.
	FoldSteps []uint32
}

// Limits on what a shape may describe.
const (
	MaxTrees   = 8
	MaxColumns = 1 << 12
	MaxSums    = 1 << 8
	maxSamples = 3
)

// NewShape checks the configuration against its limits and completes a shape.
// Every tree but the first, which may be smaller or empty, holds a column of the
// largest size.
func NewShape(cfg Config, columns [][]Column) (Shape, error) {
	if err := cfg.Validate(); err != nil {
		return Shape{}, err
	}
	if len(columns) == 0 || len(columns) > MaxTrees {
		return Shape{}, fmt.Errorf("%w: %d trees, want 1 to %d", ErrMalformed, len(columns), MaxTrees)
	}
	s := Shape{Config: cfg, Columns: columns}
	s.LogSize = s.logSize(len(columns) - 1)
	if s.LogDomain() > MaxLogDomain {
		return Shape{}, fmt.Errorf("%w: domain of 2^%d points, at most 2^%d are supported",
			ErrMalformed, s.LogDomain(), MaxLogDomain)
	}
	for t, tree := range columns {
		if len(tree) > MaxColumns {
			return Shape{}, fmt.Errorf("%w: tree %d has %d columns, at most %d are supported",
				ErrMalformed, t, len(tree), MaxColumns)
		}
		if n := s.logSize(t); n > s.LogSize || t > 0 && n < s.LogSize {
			return Shape{}, fmt.Errorf("%w: tree %d has columns of up to 2^%d rows, the last tree of 2^%d",
				ErrMalformed, t, n, s.LogSize)
		}
		for _, c := range tree {
			if c.LogSize < 1 || c.Samples < 0 || c.Samples > maxSamples {
				return Shape{}, fmt.Errorf("%w: tree %d has a column of 2^%d rows and %d samples", ErrMalformed, t, c.LogSize, c.Samples)
			}
		}
	}
	var err error
	s.FoldSteps, err = cfg.FoldSteps(s.LogSize)
	return s, err
}

// WithSums returns the shape of an AIR with so many claimed sums.
func (s Shape) WithSums(n int) (Shape, error) {
	if n < 0 || n > MaxSums {
		return Shape{}, fmt.Errorf("%w: %d claimed sums, at most %d are supported", ErrMalformed, n, MaxSums)
	}
	s.Sums = n
	return s, nil
}

// logSize is log₂ of the length of a tree's longest column, 0 without columns.
func (s Shape) logSize(tree int) uint32 {
	n := uint32(0)
	for _, c := range s.Columns[tree] {
		n = max(n, c.LogSize)
	}
	return n
}

// LogDomain is log₂ of the number of points of the evaluation domain.
func (s Shape) LogDomain() uint32 { return s.LogSize + s.Config.LogBlowup }

// Height is log₂ of the number of leaves of a tree: that of the domain of its
// longest column. A tree without columns has one leaf.
func (s Shape) Height(tree int) uint32 {
	if len(s.Columns[tree]) == 0 {
		return 0
	}
	return s.logSize(tree) + s.Config.LogBlowup
}

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
