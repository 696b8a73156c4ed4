package job

import (
	"errors"
	"fmt"
)

// State is the coordinator's view of a job: how far its current attempt is. The contracts' states
// are binding; this view adds what happens off-chain (executing, proving) and what a requester asks
// first (was it paid).
type State string

// The states in the order of a job that goes well, then the exits.
const (
	Queued    State = "QUEUED"    // created, waiting for a worker
	Assigned  State = "ASSIGNED"  // a lease is taken, the attempt is on-chain
	Funded    State = "FUNDED"    // the encrypted price is locked
	Accepted  State = "ACCEPTED"  // the worker is liable
	Executing State = "EXECUTING" // the worker computes
	Proving   State = "PROVING"   // the worker proves
	Submitted State = "SUBMITTED" // result and proof are on-chain by hash
	Voting    State = "VOTING"    // validators are at work
	Challenge State = "CHALLENGE" // certificate VALID, challenge window runs
	Appeal    State = "APPEAL"    // certificate INVALID or UNAVAILABLE, appeal window runs
	Approved  State = "APPROVED"  // final on-chain: to be paid
	Paid      State = "PAID"      // the worker's pending balance is credited

	Void        State = "VOID"        // the attempt ended without a verdict; the next one follows
	Rejected    State = "REJECTED"    // the worker was slashed; the next attempt follows
	Cancelled   State = "CANCELLED"   // the requester withdrew the job
	Expired     State = "EXPIRED"     // the job's deadline passed
	Quarantined State = "QUARANTINED" // failed on three distinct workers
)

// ErrTransition means that a change of state is not in the table.
var ErrTransition = errors.New("job: forbidden transition")

// transitions lists what may follow what. A state may be skipped forward when the chain is ahead of
// what the coordinator has seen: it was down, or another party drove the attempt.
var transitions = map[State][]State{
	Queued:    {Assigned, Cancelled, Expired, Quarantined},
	Assigned:  {Funded, Accepted, Void, Cancelled},
	Funded:    {Accepted, Executing, Submitted, Void, Cancelled},
	Accepted:  {Executing, Proving, Submitted, Void},
	Executing: {Proving, Submitted, Void},
	Proving:   {Submitted, Void},
	Submitted: {Voting, Challenge, Appeal, Approved, Rejected, Void},
	Voting:    {Challenge, Appeal, Approved, Rejected, Void},
	Challenge: {Approved, Appeal, Void},
	Appeal:    {Challenge, Rejected, Void},
	Approved:  {Paid},
	Void:      {Queued, Cancelled, Expired, Quarantined},
	Rejected:  {Queued, Cancelled, Expired, Quarantined},
}

// Final reports whether nothing follows s.
func (s State) Final() bool { return len(transitions[s]) == 0 && s.Known() }

// Known reports whether s is one of the states.
func (s State) Known() bool {
	switch s {
	case Paid, Cancelled, Expired, Quarantined:
		return true
	}
	_, ok := transitions[s]
	return ok
}

// Next checks a change of state against the table. Staying is allowed.
func (s State) Next(to State) error {
	if s == to && s.Known() {
		return nil
	}
	for _, t := range transitions[s] {
		if t == to {
			return nil
		}
	}
	return fmt.Errorf("%w: %s to %s", ErrTransition, s, to)
}
