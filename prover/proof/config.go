package proof

import (
	"fmt"

	"github.com/sage-network/sage-node/prover/m31"
)

// Config holds the parameters of the polynomial commitment scheme, which is
// FRI over the circle. The field names follow the Rust crate's PcsConfig.
type Config struct {
	// PowBits is the number of trailing zero bits that the proof of work
	// before the queries must show.
	PowBits uint32
	// LogBlowup is log₂ of the ratio between evaluation domain and trace.
	LogBlowup uint32
	// LogLastLayerDegree is log₂ of the number of coefficients of the last FRI
	// layer's polynomial.
	LogLastLayerDegree uint32
	// Queries is the number of query positions drawn, before duplicates are
	// removed.
	Queries uint32
	// FoldStep is the number of halvings between two committed FRI layers.
	FoldStep uint32
	// LiftingLogSize is the size to which all trees are lifted; 0 stands for
	// the crate's None. Only None is supported here.
	LiftingLogSize uint32
}

// Limits on a configuration, wide enough for every proof that this package
// handles; they bound what a hostile proof can make a decoder allocate.
const (
	MaxPowBits            = 64
	MaxLogBlowup          = 8
	MaxLogLastLayerDegree = 10
	MaxQueries            = 256
	MaxFoldStep           = 8
	MaxLogDomain          = 30
)

// Validate reports whether the configuration lies within the package's limits.
// It judges shape, not security: which configuration is acceptable for an AIR
// is its version's own constant.
func (c Config) Validate() error {
	check := func(name string, v, lo, hi uint32) error {
		if v < lo || v > hi {
			return fmt.Errorf("%w: config: %s is %d, want %d to %d", ErrMalformed, name, v, lo, hi)
		}
		return nil
	}
	for _, f := range []struct {
		name      string
		v, lo, hi uint32
	}{
		{"pow_bits", c.PowBits, 0, MaxPowBits},
		{"log_blowup_factor", c.LogBlowup, 1, MaxLogBlowup},
		{"log_last_layer_degree_bound", c.LogLastLayerDegree, 0, MaxLogLastLayerDegree},
		{"n_queries", c.Queries, 1, MaxQueries},
		{"fold_step", c.FoldStep, 1, MaxFoldStep},
		{"lifting_log_size", c.LiftingLogSize, 0, 0},
	} {
		if err := check(f.name, f.v, f.lo, f.hi); err != nil {
			return err
		}
	}
	return nil
}

// Bits is the number by which configurations are compared, the crate's
// security_bits: bits of proof of work plus one for each halving of the rate and
// query. It would be the security in bits if proximity gaps held up to capacity,
// which was refuted in 2025; docs/security.md says what is proven.
func (c Config) Bits() uint64 {
	return uint64(c.PowBits) + uint64(c.LogBlowup)*uint64(c.Queries)
}

// Felts returns the configuration as the two secure field elements that are
// mixed into the transcript.
func (c Config) Felts() []m31.QM31 {
	return []m31.QM31{
		m31.FromCoords([4]m31.Element{
			m31.Element(c.PowBits), m31.Element(c.LogBlowup),
			m31.Element(c.Queries), m31.Element(c.LogLastLayerDegree),
		}),
		m31.FromCoords([4]m31.Element{
			m31.Element(c.FoldStep), m31.Element(c.LiftingLogSize), 0, 0,
		}),
	}
}

// FoldSteps returns the number of halvings at each committed FRI layer, first
// layer first, for a polynomial of 2^logDegree coefficients. Every layer folds
// by FoldStep but the last one, which folds what remains. The first layer
// always folds by the full step, so logDegree must be at least FoldStep +
// LogLastLayerDegree.
func (c Config) FoldSteps(logDegree uint32) ([]uint32, error) {
	if c.FoldStep == 0 || logDegree < c.FoldStep+c.LogLastLayerDegree {
		return nil, fmt.Errorf("%w: degree 2^%d is too small to fold by 2^%d to a last layer of 2^%d",
			ErrMalformed, logDegree, c.FoldStep, c.LogLastLayerDegree)
	}
	steps := []uint32{c.FoldStep}
	for rest := logDegree - c.FoldStep - c.LogLastLayerDegree; rest > 0; {
		step := min(rest, c.FoldStep)
		steps = append(steps, step)
		rest -= step
	}
	return steps, nil
}

// LogPackedLeaf is log₂ of the number of secure field elements in one leaf of
// a FRI layer's tree where leaves are packed.
const LogPackedLeaf = 2

// PackedLeaf returns log₂ of the number of secure field elements in a leaf of
// a FRI layer with 2^logDomain points that folds by step: layers that skip
// halvings hash four neighbours together.
func PackedLeaf(logDomain, step uint32) uint32 {
	if step > 1 && logDomain >= LogPackedLeaf {
		return LogPackedLeaf
	}
	return 0
}
