package executor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/journal"
	"github.com/sage-network/sage-node/worker/policy"
)

// horizon allows what is open until at most a time; fails says how often it cannot say.
type horizon struct {
	until uint64
	fails int
	asked []uint64
}

func (h *horizon) Allows(_ context.Context, until uint64) error {
	if h.fails > 0 {
		h.fails--
		return errors.New("no answer")
	}
	h.asked = append(h.asked, until)
	if until > h.until {
		return fmt.Errorf("%w: open until %d", policy.ErrRefused, until)
	}
	return nil
}

// TestUpgradeAhead: an attempt that could be open when the contracts change is declined, one that ends before is taken. A
// chain that does not answer is asked again.
func TestUpgradeAhead(t *testing.T) {
	for name, spare := range map[string]int64{"ends in time": 0, "may last a second too long": -1} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				windows := w.view.Terms.Windows
				// The last second at which the attempt can end: accepted, submitted and judged as late as can be.
				end := w.view.Deadline + windows.Submit + windows.Decide + 2*windows.Appeal + max(windows.Challenge, windows.Appeal)
				h := &horizon{until: uint64(int64(end) + spare), fails: 1}
				e := begin(t, w, 0, func(c *Config) { c.Horizon = h })
				defer e.stop()
				e.Offer(offer(t, spec()))
				r := until(t, w)
				if spare == 0 {
					if r.Step != journal.Paid {
						t.Errorf("%+v", r)
					}
					return
				}
				d, ok := last[wire.Declined](w)
				if r.Step != journal.Dropped || !ok || !strings.Contains(d.Reason, "open until") || w.count("accept") != 0 {
					t.Errorf("%+v, told %+v, accepted %d times", r, d, w.count("accept"))
				}
				if len(h.asked) != 1 || h.asked[0] != end {
					t.Errorf("asked for %v, want %d", h.asked, end)
				}
			})
		})
	}
}
