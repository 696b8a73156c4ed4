package executor

import (
	"sync"
	"time"
)

// breaker stops a worker that keeps failing from taking more jobs: a machine with a bad disk or too
// little memory would otherwise burn its stake in hand-back fees. After limit failures in a row it is
// open for a while; then one attempt may show whether things are better.
type breaker struct {
	limit int
	pause time.Duration

	mu       sync.Mutex
	failures int
	until    time.Time
}

func (b *breaker) failed() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures++
	if b.failures >= b.limit {
		b.until = time.Now().Add(b.pause)
	}
}

func (b *breaker) succeeded() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures, b.until = 0, time.Time{}
}

// open reports whether offers must be declined, and for how long.
func (b *breaker) open() (time.Duration, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	left := time.Until(b.until)
	return left, left > 0
}
