package history

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
)

// Contracts are the addresses whose events are read.
type Contracts struct {
	Privacy, Jobs, Staking felt.Felt
}

// Event is an event with what tells it from an equal one of the same transaction.
type Event struct {
	abi.Event
	Copy uint32 // how many equal events of the transaction come before it
}

// identity is equal for two sightings of one event, and for nothing else.
type identity struct {
	transaction felt.Felt
	content     [sha256.Size]byte // of contract, keys and data
	copy        uint32
}

func identify(e Event) identity {
	h := sha256.New()
	write := func(fs []felt.Felt) {
		_ = binary.Write(h, binary.BigEndian, uint64(len(fs))) // a hash takes all
		for _, f := range fs {
			b := f.Bytes()
			h.Write(b[:])
		}
	}
	write([]felt.Felt{e.From})
	write(e.Keys)
	write(e.Data)
	return identity{transaction: e.TransactionHash, content: [sha256.Size]byte(h.Sum(nil)), copy: e.Copy}
}

func firstKeys(events ...abi.TypedEvent) []felt.Felt {
	var keys []felt.Felt
	for _, e := range events {
		keys = append(keys, e.EventKeys()[0])
	}
	return keys
}

// filters select the events of an account. Payments that the account made name it in their data
// only, so that all payments are read to find them: payer says that there are some.
func filters(at Contracts, account felt.Felt, payer bool) []chain.Filter {
	me := []felt.Felt{account}
	locked := chain.Filter{Contract: at.Privacy, Keys: [][]felt.Felt{firstKeys(new(bindings.PrivacyRouterPaymentLocked)), {}, {}, me}}
	if payer {
		locked.Keys = locked.Keys[:1]
	}
	return []chain.Filter{
		{Contract: at.Privacy, Keys: [][]felt.Felt{firstKeys(
			new(bindings.PrivacyRouterAccountRegistered), new(bindings.PrivacyRouterDeposited), new(bindings.PrivacyRouterRolledOver),
			new(bindings.PrivacyRouterWithdrawn), new(bindings.PrivacyRouterRagequit), new(bindings.PrivacyRouterPendingCredited),
		), me}},
		locked,
		{Contract: at.Jobs, Keys: [][]felt.Felt{firstKeys(
			new(bindings.JobManagerAttemptAccepted), new(bindings.JobManagerResultSubmitted),
			new(bindings.JobManagerVerdictRecorded), new(bindings.JobManagerAttemptFinalized),
		), {}, {}, me}},
		{Contract: at.Staking, Keys: [][]felt.Felt{firstKeys(new(bindings.StakingManagerWorkerSlashed)), me}},
	}
}

// selects says whether an event is one that the filter asks for.
func selects(f chain.Filter, e abi.Event) bool {
	if e.From != f.Contract || e.BlockNumber < f.From || e.BlockNumber > f.To || len(e.Keys) < len(f.Keys) {
		return false
	}
	for i, values := range f.Keys {
		if len(values) > 0 && !slices.Contains(values, e.Keys[i]) {
			return false
		}
	}
	return true
}

// decode finds the type of an event of these contracts.
func decode(at Contracts, e abi.Event) (abi.TypedEvent, error) {
	switch e.From {
	case at.Jobs:
		return bindings.NewJobManager(at.Jobs, nil).DecodeEvent(e)
	case at.Staking:
		return bindings.NewStakingManager(at.Staking, nil).DecodeEvent(e)
	}
	return bindings.NewPrivacyRouter(at.Privacy, nil).DecodeEvent(e)
}

// number gives equal events of a transaction their numbers. The events are all those of whole
// blocks that one filter selects, in the order of the chain.
func number(events []abi.Event) []Event {
	seen := make(map[identity]uint32)
	out := make([]Event, len(events))
	for i, e := range events {
		id := identify(Event{Event: e})
		out[i] = Event{Event: e, Copy: seen[id]}
		seen[id]++
	}
	return out
}

// distinct returns the events by block, each once, in an order that does not depend on that
// of the argument.
func distinct(events []Event) []Event {
	type known struct {
		Event
		identity
	}
	at := make(map[identity]int, len(events))
	var all []known
	for _, e := range events {
		id := identify(e)
		if i, seen := at[id]; seen {
			// After a reorganisation a transaction may be seen in two blocks: the later one counts.
			if all[i].BlockNumber < e.BlockNumber {
				all[i].Event = e
			}
			continue
		}
		at[id] = len(all)
		all = append(all, known{e, id})
	}
	slices.SortFunc(all, func(a, b known) int {
		return cmp.Or(cmp.Compare(a.BlockNumber, b.BlockNumber), a.transaction.Cmp(&b.transaction), bytes.Compare(a.content[:], b.content[:]), cmp.Compare(a.copy, b.copy))
	})
	out := make([]Event, len(all))
	for i, k := range all {
		out[i] = k.Event
	}
	return out
}
