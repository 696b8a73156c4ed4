package prover

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// BenchmarkProve proves random n×n products and reports the seconds that each
// phase took. Run one size with, say, -bench 'Prove/1024' -benchtime 1x.
func BenchmarkProve(b *testing.B) {
	for _, n := range []int{64, 256, 1024} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, x, y, z := job(b, 1, n, n, n)
			for b.Loop() {
				phase, start := "", time.Now()
				sealed, err := Prove(context.Background(), s, x, y, z, WithProgress(func(next string, done float64) {
					if phase != "" {
						b.Logf("%-20s %6.2fs, estimate %4.1f %%", phase, time.Since(start).Seconds(), 100*done)
					}
					phase, start = next, time.Now()
				}))
				if err != nil {
					b.Fatal(err)
				}
				if _, err := Verify(s, sealed.Blob); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(sealed.Blob)), "bytes/proof")
			}
		})
	}
}

// BenchmarkVerify verifies the proof of an n×n product, from the file on.
func BenchmarkVerify(b *testing.B) {
	for _, n := range []int{64, 256} {
		s, x, y, z := job(b, 1, n, n, n)
		sealed, err := Prove(context.Background(), s, x, y, z)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			fastest := time.Hour
			for b.Loop() {
				start := time.Now()
				if _, err := Verify(s, sealed.Blob); err != nil {
					b.Fatal(err)
				}
				fastest = min(fastest, time.Since(start))
			}
			b.ReportMetric(float64(fastest.Microseconds())/1e3, "ms/fastest")
		})
	}
}

// BenchmarkCommitResult commits to an n×n result.
func BenchmarkCommitResult(b *testing.B) {
	for _, n := range []int{64, 1024} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			_, _, _, c := job(b, 1, n, n, n)
			for b.Loop() {
				if _, err := CommitResult(context.Background(), LogSize(uint32(n), uint32(n), uint32(n)), c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
