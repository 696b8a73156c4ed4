package settle

import (
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/job"
)

// translate is the chain's state of an attempt in the coordinator's words. A worker's own word on its
// progress (EXECUTING, PROVING) refines ACCEPTED; a submission that was seen before is in the
// validators' hands.
func translate(seen bindings.AttemptState, local job.State) (job.State, bool) {
	switch seen {
	case bindings.AttemptStateAssigned:
		return job.Assigned, true
	case bindings.AttemptStateFunded:
		if local == job.Executing { // it began before it accepted
			return job.Executing, true
		}
		return job.Funded, true
	case bindings.AttemptStateAccepted:
		if local == job.Executing || local == job.Proving {
			return local, true
		}
		return job.Accepted, true
	case bindings.AttemptStateSubmitted:
		if local == job.Submitted || local == job.Voting {
			return job.Voting, true
		}
		return job.Submitted, true
	case bindings.AttemptStateChallenge:
		return job.Challenge, true
	case bindings.AttemptStateAppeal, bindings.AttemptStateDisputed:
		return job.Appeal, true
	case bindings.AttemptStateApproved:
		return job.Approved, true
	case bindings.AttemptStateRejected:
		return job.Rejected, true
	case bindings.AttemptStateVoid:
		return job.Void, true
	}
	return "", false
}

// everyState, in the order in which paths are searched.
var everyState = []job.State{
	job.Assigned, job.Funded, job.Accepted, job.Executing, job.Proving, job.Submitted, job.Voting, job.Challenge, job.Appeal,
	job.Approved, job.Rejected, job.Void,
}

// path is the shortest way from one state to another by the transition table, without the first; nil
// when there is none. The chain may be several steps ahead of what was seen.
func path(from, to job.State) []job.State {
	if from == to {
		return nil
	}
	ways := [][]job.State{{from}}
	visited := map[job.State]bool{from: true}
	for len(ways) > 0 {
		way := ways[0]
		ways = ways[1:]
		for _, next := range everyState {
			if visited[next] || way[len(way)-1].Next(next) != nil {
				continue
			}
			visited[next] = true
			longer := append(append([]job.State{}, way...), next)
			if next == to {
				return longer[1:]
			}
			ways = append(ways, longer)
		}
	}
	return nil
}

// overdue is the call that ends an attempt whose window is over by block time; empty: none.
func overdue(seen bindings.Attempt, head Head) Action {
	if seen.Deadline == 0 || head.Time <= seen.Deadline {
		return ""
	}
	switch seen.State {
	case bindings.AttemptStateAssigned, bindings.AttemptStateFunded:
		return Expire
	case bindings.AttemptStateAccepted:
		return Timeout
	case bindings.AttemptStateSubmitted, bindings.AttemptStateChallenge, bindings.AttemptStateAppeal, bindings.AttemptStateDisputed:
		return Finalize
	}
	return ""
}

// unwanted says that an offer should be withdrawn: its worker is gone or has declined, or the job
// needs it no longer.
func unwanted(j store.Job, a store.Attempt, seen bindings.AttemptState) bool {
	offered := seen == bindings.AttemptStateAssigned || seen == bindings.AttemptStateFunded
	return offered && (a.Lost || j.Closed != "" || j.CancelAsked)
}

// fault says whether the worker is to blame for an attempt's end, so that it shall not try again: it
// was slashed, timed out, handed back, declined, or let an offer lapse. Nobody is to blame for an
// undecided or disputed attempt, nor a worker for an offer that was withdrawn from it.
func fault(j store.Job, a store.Attempt, seen bindings.Attempt) bool {
	switch {
	case a.Fault || seen.State == bindings.AttemptStateRejected || !seen.Slashed.IsZero():
		return true
	case seen.State != bindings.AttemptStateVoid || !seen.ProofHash.IsZero():
		return false
	}
	accepted := !seen.StakeAtAccept.IsZero()
	withdrawn := a.Lost || j.Closed != "" || j.CancelAsked
	return accepted || !withdrawn
}
