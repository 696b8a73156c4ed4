package sim

import (
	"math/rand/v2"
	"time"
)

// Partitioned cuts the network into sides that change every Shift; what crosses is lost. Adversaries
// in Bridges reach everybody.
type Partitioned struct {
	Sides   int
	Shift   time.Duration
	Seed    uint64
	Bridges map[int]bool
}

func (p Partitioned) Deliver(r *rand.Rand, now time.Duration, from, to int) []time.Duration {
	era := uint64(now / p.Shift)
	if !p.Bridges[from] && !p.Bridges[to] && p.side(era, from) != p.side(era, to) {
		return nil
	}
	return []time.Duration{time.Duration(r.Int64N(int64(time.Second)))}
}

func (p Partitioned) side(era uint64, i int) int {
	return rand.New(rand.NewPCG(p.Seed^era, uint64(i))).IntN(p.Sides)
}
