// Package cputest runs tests and benchmarks at every level of vector instructions
// that the machine has.
package cputest

import (
	"testing"

	"github.com/sage-network/sage-node/prover/internal/cpu"
)

// Each runs f as a subtest at each supported level. The level is the program's:
// such tests do not run in parallel.
func Each(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	defer cpu.Set(cpu.Current())
	for l := cpu.Generic; l <= cpu.Supported(); l++ {
		cpu.Set(l)
		t.Run(l.String(), f)
	}
}

// EachB is [Each] for benchmarks.
func EachB(b *testing.B, f func(b *testing.B)) {
	b.Helper()
	defer cpu.Set(cpu.Current())
	for l := cpu.Generic; l <= cpu.Supported(); l++ {
		cpu.Set(l)
		b.Run(l.String(), f)
	}
}
