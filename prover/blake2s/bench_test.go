package blake2s

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	xblake2s "golang.org/x/crypto/blake2s"

	"github.com/sage-network/sage-node/prover/internal/cpu"
	"github.com/sage-network/sage-node/prover/internal/cpu/cputest"
)

// measure reports the rate of the fastest of b.N calls of f, each of n compressions,
// and, for ops > 0, how many vector operations of 16 lanes (8 in AVX2) a clock cycle
// saw, ops being the number of them for one vector of hashes. The fastest call says
// something on a busy machine too, the mean does not.
func measure(b *testing.B, n int, ops float64, f func()) {
	fastest, cycles := time.Hour, math.Inf(1)
	for b.Loop() {
		start := time.Now()
		f()
		fastest = min(fastest, time.Since(start))
		cycles = min(cycles, multiplications())
	}
	rate := float64(n) / fastest.Seconds()
	b.ReportMetric(rate/1e6, "Mhash/s")
	if lanes := map[cpu.Level]float64{cpu.AVX2: 8, cpu.AVX512: 16}[cpu.Current()]; ops > 0 && lanes > 0 {
		b.ReportMetric(rate/lanes*ops*cycles, "ops/cycle")
	}
}

// chain is what multiplications computes, so that it is computed.
var chain uint64 = 3

// multiplications returns the seconds of one cycle, measured by multiplications that
// wait for each other, three cycles each.
func multiplications() float64 {
	const n = 1000
	x := chain
	start := time.Now()
	for range n / 10 {
		x = x * x * x * x * x * x * x * x * x * x * x
	}
	d := time.Since(start)
	chain = x | 1
	return d.Seconds() / (3 * n)
}

// operations returns the number of vector operations of a compression with the given
// number of message words that are not zero: per quad four additions, four exclusive
// ors and four rotations, two of which take three operations in AVX2; each word once
// a round; the end.
func operations(words int) float64 {
	if cpu.Current() == cpu.AVX2 {
		return 80*16 + 10*float64(words) + 16
	}
	return 80*12 + 10*float64(words) + 8
}

func BenchmarkRows(b *testing.B) {
	for _, n := range []int{2, 4, 8, 16, 20, 100} {
		columns := randomColumns(rand.New(rand.NewPCG(1, 2)), n, 256)
		dst := make([]Batch, 256/Lanes)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			cputest.EachB(b, func(b *testing.B) {
				blocks := (n + 15) / 16
				// The kernel for at most 4 words adds all 4, and so on.
				last := map[int]int{2: 4, 4: 4, 8: 8, 16: 16, 20: 4, 100: 4}[n]
				ops := (operations(16)*float64(blocks-1) + operations(last)) / float64(blocks)
				measure(b, 256*blocks, ops, func() { Rows(dst, columns, 0) })
			})
		})
	}
}

func BenchmarkPackedRows(b *testing.B) {
	for logPack := 1; logPack <= 4; logPack++ {
		columns := randomColumns(rand.New(rand.NewPCG(1, 2)), 4, 256<<logPack)
		dst := make([]Batch, 256/Lanes)
		b.Run(fmt.Sprintf("4x%d", 1<<logPack), func(b *testing.B) {
			cputest.EachB(b, func(b *testing.B) {
				ops := operations(min(4<<logPack, 16))
				measure(b, 256*((4<<logPack+15)/16), ops, func() { PackedRows(dst, columns, 0, logPack) })
			})
		})
	}
}

func BenchmarkParents(b *testing.B) {
	src, dst := randomBatches(rand.New(rand.NewPCG(1, 2)), 32), make([]Batch, 16)
	cputest.EachB(b, func(b *testing.B) {
		measure(b, Lanes*len(dst), operations(16), func() { Parents(dst, src) })
	})
}

func BenchmarkNonceFind(b *testing.B) {
	search := NewNonceSearch(Hash{1, 2, 3}, 4)
	const n = 1 << 12
	cputest.EachB(b, func(b *testing.B) {
		// What is left of ten rounds, and the comparison.
		ops := map[cpu.Level]float64{cpu.AVX2: 1208 + 8, cpu.AVX512: 928 + 3}[cpu.Current()]
		measure(b, n, ops, func() { search.Find(0, n, math.MaxUint32) })
	})
}

// BenchmarkPeer hashes 64 bytes at a time with the library.
func BenchmarkPeer(b *testing.B) {
	var data [BlockSize]byte
	measure(b, 256, 0, func() {
		for range 256 {
			sum := xblake2s.Sum256(data[:])
			data[0] = sum[0]
		}
	})
}
