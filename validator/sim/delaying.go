package sim

import (
	"math/rand/v2"
	"time"
)

// Delaying holds messages back for up to Most, out of order, duplicates some and loses some.
type Delaying struct {
	Most time.Duration
	Loss float64
}

func (d Delaying) Deliver(r *rand.Rand, _ time.Duration, _, _ int) []time.Duration {
	if r.Float64() < d.Loss {
		return nil
	}
	delays := []time.Duration{time.Duration(r.Int64N(int64(d.Most)))}
	if r.IntN(4) == 0 {
		delays = append(delays, time.Duration(r.Int64N(int64(d.Most))))
	}
	return delays
}
