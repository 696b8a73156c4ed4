package cputest

import (
	"testing"
	"time"
)

// Fastest calls f b.N times and returns the shortest time that a call took, which
// says something on a busy machine too, where the mean does not. f should last a
// microsecond or more.
func Fastest(b *testing.B, f func()) time.Duration {
	fastest := time.Duration(1<<63 - 1)
	for b.Loop() {
		start := time.Now()
		f()
		fastest = min(fastest, time.Since(start))
	}
	return fastest
}
