package upgrades

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// ErrUnknownClass says that what is to be begun could be open under a class that this program does not know.
var ErrUnknownClass = errors.New("a contract may get a class that this program does not know")

// fresh is how long notices are used without asking the chain again. An announcement comes longer before its upgrade
// than anything is open.
const fresh = time.Minute

// Watch keeps notices, and answers by them whether something may be begun. It is safe for concurrent use.
type Watch struct {
	chain     Chain
	contracts []Contract
	enforce   bool
	log       *slog.Logger
	now       func() time.Time

	mu      sync.Mutex
	notices []Notice
	looked  time.Time
}

// NewWatch makes a watch over contracts. Unless enforce is set it warns, and forbids nothing.
func NewWatch(c Chain, contracts []Contract, enforce bool, log *slog.Logger) *Watch {
	return &Watch{chain: c, contracts: contracts, enforce: enforce, log: log, now: time.Now}
}

// Notices returns what there is to know, at most a minute old. Each notice is logged when it appears.
func (w *Watch) Notices(ctx context.Context) ([]Notice, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.looked.IsZero() && w.now().Sub(w.looked) < fresh {
		return w.notices, nil
	}
	notices, err := Look(ctx, w.chain, w.contracts)
	if err != nil {
		return nil, err
	}
	for _, n := range notices {
		if !slices.Contains(w.notices, n) {
			w.log.Warn("contract upgrade", "notice", n.String(), "advice", Advice([]Notice{n}))
		}
	}
	for _, n := range w.notices {
		if !slices.Contains(notices, n) {
			w.log.Info("contract upgrade: no longer so", "notice", n.String())
		}
	}
	w.notices, w.looked = notices, w.now()
	return notices, nil
}

// Told returns in words what was seen at the last look; it asks nobody.
func (w *Watch) Told() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	told := make([]string, len(w.notices))
	for i, n := range w.notices {
		told[i] = n.String()
	}
	return told
}

// Allows returns nil where whatever ends by this block time ends under known classes, and an ErrUnknownClass where it may
// not. Another error says that the chain could not be asked.
func (w *Watch) Allows(ctx context.Context, end time.Time) error {
	notices, err := w.Notices(ctx)
	if err != nil || !w.enforce {
		return err
	}
	for _, n := range notices {
		if !n.Known && !end.Before(n.From) {
			return fmt.Errorf("%w: open until %s; %s", ErrUnknownClass, end.UTC().Format(time.RFC3339), n)
		}
	}
	return nil
}

// Run looks every minute until ctx ends, so that the log tells of a notice though nothing is begun.
func (w *Watch) Run(ctx context.Context) {
	tick := time.NewTicker(fresh)
	defer tick.Stop()
	for {
		if _, err := w.Notices(ctx); err != nil && ctx.Err() == nil {
			w.log.Warn("contract upgrades cannot be looked for", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
