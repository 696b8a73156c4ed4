package match

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"pgregory.net/rapid"

	"github.com/sage-network/sage-node/job"
)

func address(n uint64) felt.Felt { return *new(felt.Felt).SetUint64(n) }

func good(n uint64) Worker {
	return Worker{Address: address(n), Active: true, Tier: job.TierWorkstation, Idle: true, Health: 1}
}

func TestPassedOver(t *testing.T) {
	j := Job{MinTier: job.TierWorkstation, Owner: address(9), Tried: []felt.Felt{address(8)}}
	other := job.ID{1}
	for _, c := range []struct {
		change func(*Worker)
		reason string
	}{
		{func(w *Worker) { w.Address = address(9) }, "payer"},
		{func(w *Worker) { w.Address = address(8) }, "had an attempt"},
		{func(w *Worker) { w.Silence = 31 * time.Second }, "offline: silent for 31s"},
		{func(w *Worker) { w.Gone = true }, "closed its session"},
		{func(w *Worker) { w.Active, w.Inactive = false, "jailed" }, "jailed"},
		{func(w *Worker) { w.Active = false }, "not active"},
		{func(w *Worker) { w.Tier = job.TierConsumer }, "tier Consumer, the job asks for Workstation"},
		{func(w *Worker) { w.Busy = &other }, "busy with job 0x01"},
		{func(w *Worker) { w.Idle = false }, "says it is busy"},
		{func(w *Worker) { w.Health = 0.1 }, "health 0.10"},
	} {
		w := good(1)
		c.change(&w)
		_, ok, verdicts := Choose(j, []Worker{w}, DefaultRules)
		if ok || !strings.Contains(verdicts[0].Reason, c.reason) {
			t.Errorf("chosen %v, reason %q, want %q", ok, verdicts[0].Reason, c.reason)
		}
	}
}

func TestPreference(t *testing.T) {
	big, weak, recent, plain := good(1), good(2), good(3), good(4)
	big.Tier, weak.Health, recent.LastAssigned = job.TierFrontier, 0.9, time.Unix(1, 0)
	order := []Worker{plain, recent, weak, big}
	for i := range order {
		got, ok, verdicts := Choose(Job{MinTier: job.TierConsumer}, order[i:], DefaultRules)
		if !ok || got != order[i].Address {
			t.Errorf("chose %s, want %s", got.String(), order[i].Address.String())
		}
		if len(verdicts) > 1 && !strings.Contains(verdicts[1].Reason, "goes first") {
			t.Errorf("reason %q", verdicts[1].Reason)
		}
	}
	if _, ok, _ := Choose(Job{}, nil, DefaultRules); ok {
		t.Error("chose nobody")
	}
}

// TestChoice: the choice fits, does not depend on the order of workers, and exactly the chosen one has
// no reason.
func TestChoice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 8).Draw(t, "n")
		workers := make([]Worker, n)
		for i := range workers {
			workers[i] = Worker{
				Address: address(uint64(i + 1)), Active: rapid.Bool().Draw(t, "active"), Idle: rapid.Bool().Draw(t, "idle"),
				Tier:         job.Tier(rapid.IntRange(1, 5).Draw(t, "tier")),
				Health:       float64(rapid.IntRange(0, 4).Draw(t, "health")) / 4,
				Silence:      time.Duration(rapid.IntRange(0, 60).Draw(t, "silence")) * time.Second,
				LastAssigned: time.Unix(int64(rapid.IntRange(0, 2).Draw(t, "assigned")), 0),
			}
		}
		j := Job{MinTier: job.Tier(rapid.IntRange(1, 5).Draw(t, "min tier")), Owner: address(1)}
		chosen, ok, verdicts := Choose(j, workers, DefaultRules)
		without := 0
		for i, v := range verdicts {
			if v.Worker != workers[i].Address {
				t.Fatal("verdicts out of order")
			}
			if v.Reason == "" {
				without++
				if v.Worker != chosen || unfit(j, workers[i], DefaultRules) != "" {
					t.Fatalf("%s has no reason and is not the fit choice", v.Worker.String())
				}
			}
		}
		if ok != (without == 1) || without > 1 {
			t.Fatalf("chosen %v, %d without a reason", ok, without)
		}
		again, ok2, _ := Choose(j, rapid.Permutation(workers).Draw(t, "order"), DefaultRules)
		if ok != ok2 || again != chosen {
			t.Fatal("the choice depends on the order")
		}
	})
}

func TestRecovered(t *testing.T) {
	for _, c := range []struct {
		health float64
		idle   time.Duration
		want   float64
	}{{1, 0, 1}, {1, time.Hour, 1}, {0.2, 0, 0.2}, {0.2, -time.Hour, 0.2}, {0.2, time.Hour, 0.6}, {0, 2 * time.Hour, 0.75}, {0, 1 << 62, 1}} {
		if got := Recovered(c.health, c.idle); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%v after %v: %v, want %v", c.health, c.idle, got, c.want)
		}
	}
}
