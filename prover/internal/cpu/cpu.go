// Package cpu says which vector instructions the prover's kernels use.
//
// Every kernel has a pure-Go form, which is its definition; the forms in assembly
// compute the same bytes. The best level that processor and operating system
// support is chosen when the program starts. The environment variable SAGE_SIMD
// (generic, avx2 or avx512) lowers it, to compare or to rule out a kernel; it never
// raises it, and other values have no effect. Built with -tags=purego, or for another
// architecture than amd64, there is only [Generic].
package cpu

import (
	"fmt"
	"os"
	"slices"
	"sync/atomic"
)

// Level is a set of vector instructions; each level includes the ones before it.
type Level int32

const (
	// Generic is portable Go.
	Generic Level = iota
	// AVX2 has 256-bit integer vectors (AVX2, BMI2).
	AVX2
	// AVX512 has 512-bit vectors and masks (AVX-512 F, BW, DQ and VL).
	AVX512
)

var names = []string{"generic", "avx2", "avx512"}

// String returns the level's name, as SAGE_SIMD takes it.
func (l Level) String() string { return names[l] }

// ParseLevel is the inverse of [Level.String].
func ParseLevel(name string) (Level, error) {
	if i := slices.Index(names, name); i >= 0 {
		return Level(i), nil
	}
	return 0, fmt.Errorf("cpu: unknown level %q, want one of %q", name, names)
}

var level atomic.Int32

func init() {
	best := Supported()
	if l, err := ParseLevel(os.Getenv("SAGE_SIMD")); err == nil {
		best = min(best, l)
	}
	level.Store(int32(best))
}

// Current returns the level that kernels use.
func Current() Level { return Level(level.Load()) }

// Set makes kernels use l, or the best supported level below it, and returns the
// level before. It is meant for tests and benchmarks, which run every level that
// the machine has; a kernel that runs at the time ends at its own level.
func Set(l Level) Level { return Level(level.Swap(int32(min(l, Supported())))) }
