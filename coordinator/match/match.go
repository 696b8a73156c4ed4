// Package match chooses a worker for a job. It is pure: what is known of the workers goes in, a
// choice and a reason for every worker passed over come out.
package match

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/job"
)

// Job is what a job asks of its worker.
type Job struct {
	ID      job.ID
	MinTier job.Tier
	Owner   felt.Felt
	// Tried are the workers that already have or had an attempt of this job and must not get another.
	Tried []felt.Felt
}

// Worker is what is known of a worker.
type Worker struct {
	Address felt.Felt
	// Active and Tier are on-chain: staked at least the tier's minimum, not jailed, not leaving.
	Active bool
	Tier   job.Tier
	// Inactive says why a worker is not Active.
	Inactive string
	// Silence is the time since the last heartbeat.
	Silence time.Duration
	// Busy is the job it works on; nil: none. Idle is its own word.
	Busy *job.ID
	Idle bool
	// Gone workers have no session.
	Gone bool
	// Health is from 0 to 1.
	Health float64
	// LastAssigned is when it last got an attempt; zero: never.
	LastAssigned time.Time
}

// Rules are the operator's.
type Rules struct {
	// Offline is the silence after which a worker is out of the pool.
	Offline time.Duration
	// MinHealth is the least health of a worker that gets work.
	MinHealth float64
}

// DefaultRules are those of the protocol.
var DefaultRules = Rules{Offline: 30 * time.Second, MinHealth: 0.2}

// recovery is the time in which half of what a worker lacks of full health comes back.
const recovery = time.Hour

// Recovered is a worker's health after a time without work: who was unlucky, or is repaired, gets another
// chance, and who fails again is out again.
func Recovered(health float64, idle time.Duration) float64 {
	return 1 - (1-health)*math.Exp2(-max(idle, 0).Hours()/recovery.Hours())
}

// Verdict is what the matcher says of one worker.
type Verdict struct {
	Worker felt.Felt
	// Reason says why it was passed over; empty for the chosen one.
	Reason string
}

// Choose picks the worker for a job: among those that fit, the lowest sufficient tier (large machines
// stay free for large jobs), then the best health, then the one that waited longest, then the
// smallest address. It returns false when none fits. Verdicts are in the order of the workers given.
func Choose(j Job, workers []Worker, rules Rules) (felt.Felt, bool, []Verdict) {
	verdicts := make([]Verdict, len(workers))
	best := -1
	for i, w := range workers {
		verdicts[i] = Verdict{Worker: w.Address, Reason: unfit(j, w, rules)}
		if verdicts[i].Reason == "" && (best < 0 || prefer(w, workers[best]) < 0) {
			best = i
		}
	}
	if best < 0 {
		return felt.Felt{}, false, verdicts
	}
	for i := range verdicts {
		if i != best && verdicts[i].Reason == "" {
			verdicts[i].Reason = "fits; " + workers[best].Address.String() + " goes first"
		}
	}
	return workers[best].Address, true, verdicts
}

// unfit says why a worker cannot have a job; empty if it can.
func unfit(j Job, w Worker, rules Rules) string {
	switch {
	case w.Address.Equal(&j.Owner):
		return "is the job's payer"
	case slices.ContainsFunc(j.Tried, func(f felt.Felt) bool { return f.Equal(&w.Address) }):
		return "had an attempt of this job"
	case w.Silence > rules.Offline:
		return fmt.Sprintf("offline: silent for %s, at most %s", w.Silence.Round(time.Second), rules.Offline)
	case w.Gone:
		return "offline: it has closed its session"
	case !w.Active:
		return "not eligible on-chain: " + cmp.Or(w.Inactive, "not active")
	case w.Tier < j.MinTier:
		return fmt.Sprintf("tier %s, the job asks for %s", w.Tier, j.MinTier)
	case w.Busy != nil:
		return "busy with job " + w.Busy.String()
	case !w.Idle:
		return "says it is busy"
	case w.Health < rules.MinHealth:
		return fmt.Sprintf("health %.2f, at least %.2f", w.Health, rules.MinHealth)
	}
	return ""
}

// prefer orders workers that fit; negative: a first.
func prefer(a, b Worker) int {
	x, y := a.Address.Bytes(), b.Address.Bytes()
	return cmp.Or(
		cmp.Compare(a.Tier, b.Tier),
		cmp.Compare(b.Health, a.Health),
		a.LastAssigned.Compare(b.LastAssigned),
		bytes.Compare(x[:], y[:]),
	)
}
