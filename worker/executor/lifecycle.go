package executor

import (
	"log/slog"
	"sync"
)

// Status is what a worker is doing, as its operator sees it.
type Status string

const (
	// Ready: connected, waiting for dispatch.
	Ready Status = "READY"
	// Executing: at work on an attempt.
	Executing Status = "EXECUTING"
	// Idle: no work, and none can come: no session with the coordinator, or the circuit breaker is
	// open.
	Idle Status = "IDLE"
	// Unstaking: the stake is on its way out; no new dispatches.
	Unstaking Status = "UNSTAKING"
)

// lifecycle derives the status from what is known and logs each change as a state.transition event.
type lifecycle struct {
	log *slog.Logger

	mu                          sync.Mutex
	current                     Status
	connected, leaving, tripped bool
	working                     int
}

func newLifecycle(log *slog.Logger) *lifecycle { return &lifecycle{log: log, current: Idle} }

func (l *lifecycle) status() Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.current
}

func (l *lifecycle) connection(up bool)   { l.change("connection", func() { l.connected = up }) }
func (l *lifecycle) unstaking(is bool)    { l.change("stake", func() { l.leaving = is }) }
func (l *lifecycle) breakerOpen(is bool)  { l.change("circuit breaker", func() { l.tripped = is }) }
func (l *lifecycle) begin(k Key)          { l.change("began "+k.String(), func() { l.working++ }) }
func (l *lifecycle) end(k Key, as string) { l.change(as+" "+k.String(), func() { l.working-- }) }

func (l *lifecycle) change(cause string, f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
	next := Idle
	switch {
	case l.working > 0:
		next = Executing
	case l.leaving:
		next = Unstaking
	case l.connected && !l.tripped:
		next = Ready
	}
	if next != l.current {
		l.log.Info("state.transition", "from", l.current, "to", next, "cause", cause)
		l.current = next
	}
}
