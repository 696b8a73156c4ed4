package history

import (
	"bytes"
	"cmp"
	"fmt"
	"math/big"
	"slices"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/job"
)

// Mark is where something happened.
type Mark struct {
	Block       uint64    `json:"block"`
	Transaction felt.Felt `json:"transaction"`
}

func markOf(e Event) Mark { return Mark{e.BlockNumber, e.TransactionHash} }

// Slot names an attempt.
type Slot struct {
	Job     job.ID
	Attempt uint32
}

func (s Slot) compare(t Slot) int {
	return cmp.Or(bytes.Compare(s.Job[:], t.Job[:]), cmp.Compare(s.Attempt, t.Attempt))
}

// Payment is a payment that was locked for this account or by it. A payer that works for itself is
// both.
type Payment struct {
	Slot
	Locked  Mark
	Payer   felt.Felt
	Worker  felt.Felt
	ToMe    bool // this account is the worker
	ByMe    bool // this account is the payer
	Units   uint64
	Opened  bool // Units is known
	Paid    *Mark
	Back    *Mark // refunded to this account, its payer
	hint    felt.Felt
	ownHint felt.Felt
	nonce   uint64
	escrow  bindings.Escrow
}

// Lock names a payment by all that its amount follows from: a reorganisation may fill a slot anew, and a node may
// invent what a transaction locked.
type Lock struct {
	Slot
	Escrow felt.Felt // hash of the tuple
}

// Lock is the payment's name.
func (p *Payment) Lock() Lock {
	return Lock{p.Slot, starkhash.PoseidonMany(abi.Encode(p.escrow.Encode)...)}
}

// Penalty is what one offence cost.
type Penalty struct {
	Mark
	Offence bindings.Offence
	Wei     *big.Int
}

// Work is what became of an attempt that this account works on.
type Work struct {
	Slot
	State     bindings.AttemptState // None: not accepted by this account yet
	Cause     string                // of the end; empty before it
	First     Mark
	Last      Mark // the event that State is of
	Submitted *bindings.JobManagerResultSubmitted
	Penalties []Penalty
}

// Transfer is a public movement: a deposit into the account, or a withdrawal out of it.
type Transfer struct {
	Mark
	Units uint64
	Out   bool      // a withdrawal
	Fee   uint64    // of a deposit, in Units
	To    felt.Felt // of a withdrawal
	Whole bool      // a withdrawal by ragequit
}

// Ledger is the history of one account.
type Ledger struct {
	Account    felt.Felt
	Registered *Mark
	Transfers  []Transfer // by block
	Rollovers  uint64
	Payments   []Payment // by block
	Works      []Work    // by block of the first event
	// Strange are events that do not decode, or that belong to no payment that was seen.
	Strange int
}

// Calls is the number of the owner's calls that the ledger shows; the account's nonce on the chain, when
// nothing is missing.
func (l *Ledger) Calls() uint64 {
	n := l.Rollovers + uint64(len(l.Transfers))
	for _, p := range l.Payments {
		if p.ByMe {
			n++
		}
	}
	return n
}

// rank orders the states of an attempt, so that events may come in any order.
var rank = map[bindings.AttemptState]int{
	bindings.AttemptStateAssigned: 1, bindings.AttemptStateFunded: 2, bindings.AttemptStateAccepted: 3, bindings.AttemptStateSubmitted: 4,
	bindings.AttemptStateAppeal: 5, bindings.AttemptStateChallenge: 6, bindings.AttemptStateDisputed: 7,
	bindings.AttemptStateApproved: 8, bindings.AttemptStateRejected: 8, bindings.AttemptStateVoid: 8,
}

// fold is a ledger in the making.
type fold struct {
	*Ledger
	at      Contracts
	works   map[Slot]*Work
	locked  map[Slot]*Payment
	credits []credit
}

type credit struct {
	Slot
	Mark
	refund bool
}

// Fold makes the ledger of an account out of its events, in whatever order and however often each. Events of
// others are passed over. No amount of a payment is known yet.
func Fold(at Contracts, account felt.Felt, events []Event) *Ledger {
	f := &fold{Ledger: &Ledger{Account: account}, at: at, works: map[Slot]*Work{}, locked: map[Slot]*Payment{}}
	for _, e := range distinct(events) {
		typed, err := decode(at, e.Event)
		if err != nil {
			f.Strange++
			continue
		}
		f.money(e, typed)
		f.work(e, typed)
	}
	f.settle()
	return f.Ledger
}

// money takes what moves the private account.
func (f *fold) money(e Event, typed abi.TypedEvent) {
	mark := markOf(e)
	switch v := typed.(type) {
	case *bindings.PrivacyRouterAccountRegistered:
		if v.Account == f.Account {
			f.Registered = &mark
		}
	case *bindings.PrivacyRouterDeposited:
		if v.Account == f.Account {
			f.Transfers = append(f.Transfers, Transfer{Mark: mark, Units: v.Amount, Fee: v.Fee})
		}
	case *bindings.PrivacyRouterWithdrawn:
		if v.Account == f.Account {
			f.Transfers = append(f.Transfers, Transfer{Mark: mark, Units: v.Amount, Out: true, To: v.To})
		}
	case *bindings.PrivacyRouterRagequit:
		if v.Account == f.Account {
			f.Transfers = append(f.Transfers, Transfer{Mark: mark, Units: v.Amount, Out: true, To: v.To, Whole: true})
		}
	case *bindings.PrivacyRouterRolledOver:
		if v.Account == f.Account {
			f.Rollovers++
		}
	case *bindings.PrivacyRouterPendingCredited:
		if v.Account == f.Account {
			f.credits = append(f.credits, credit{Slot{job.ID(v.JobID), v.Attempt}, mark, v.Refund})
		}
	case *bindings.PrivacyRouterPaymentLocked:
		f.lock(mark, v)
	}
}

func (f *fold) lock(mark Mark, v *bindings.PrivacyRouterPaymentLocked) {
	p := Payment{
		Slot: Slot{job.ID(v.JobID), v.Attempt}, Locked: mark, Payer: v.Escrow.Payer, Worker: v.Worker,
		ToMe: v.Worker == f.Account, ByMe: v.Escrow.Payer == f.Account,
		hint: v.WorkerHint, ownHint: v.PayerHint, nonce: v.Nonce, escrow: v.Escrow,
	}
	switch {
	case !p.ToMe && !p.ByMe:
	case f.locked[p.Slot] != nil: // a slot is used once; a node that says otherwise is not believed
		f.Strange++
	default:
		f.locked[p.Slot] = &p
	}
}

// work takes what becomes of attempts.
func (f *fold) work(e Event, typed abi.TypedEvent) {
	mark := markOf(e)
	of := func(id abi.U128, attempt uint32, worker felt.Felt) *Work {
		if worker != f.Account {
			return nil
		}
		slot := Slot{job.ID(id), attempt}
		w := f.works[slot]
		if w == nil {
			w = &Work{Slot: slot, First: mark}
			f.works[slot] = w
		}
		return w
	}
	reach := func(w *Work, s bindings.AttemptState) bool {
		if w == nil || rank[s] < rank[w.State] {
			return false
		}
		w.State, w.Last = s, mark
		return true
	}
	switch v := typed.(type) {
	case *bindings.JobManagerAttemptAccepted:
		reach(of(v.JobID, v.Attempt, v.Worker), bindings.AttemptStateAccepted)
	case *bindings.JobManagerResultSubmitted:
		w := of(v.JobID, v.Attempt, v.Worker)
		if reach(w, bindings.AttemptStateSubmitted); w != nil {
			w.Submitted = v
		}
	case *bindings.JobManagerVerdictRecorded:
		reach(of(v.JobID, v.Attempt, v.Worker), v.State)
	case *bindings.JobManagerAttemptFinalized:
		if w := of(v.JobID, v.Attempt, v.Worker); reach(w, v.State) {
			w.Cause = short(v.Cause)
		}
	case *bindings.StakingManagerWorkerSlashed:
		if w := of(v.JobID, v.Attempt, v.Worker); w != nil {
			w.Penalties = append(w.Penalties, Penalty{mark, v.Offence, v.Amount.Big()})
		}
	}
}

func short(f felt.Felt) string {
	if s, err := starkhash.ParseShortString(f); err == nil {
		return s
	}
	return f.String()
}

// settle joins credits with their payments, and sorts.
func (f *fold) settle() {
	for _, c := range f.credits {
		switch p := f.locked[c.Slot]; {
		case p != nil && p.ToMe && !c.refund && p.Paid == nil:
			p.Paid = &c.Mark
		case p != nil && p.ByMe && c.refund && p.Back == nil:
			p.Back = &c.Mark
		default:
			f.Strange++
		}
	}
	for _, p := range f.locked {
		f.Payments = append(f.Payments, *p)
	}
	slices.SortFunc(f.Payments, func(a, b Payment) int {
		return cmp.Or(cmp.Compare(a.Locked.Block, b.Locked.Block), a.compare(b.Slot))
	})
	for _, w := range f.works {
		f.Works = append(f.Works, *w)
	}
	slices.SortFunc(f.Works, func(a, b Work) int {
		return cmp.Or(cmp.Compare(a.First.Block, b.First.Block), a.compare(b.Slot))
	})
}

// Holds is the sum of balance and pending that follows from the ledger; it fails when an amount is unknown
// or more went out than came in, as when events are missing.
func (l *Ledger) Holds() (uint64, error) {
	in, out := new(big.Int), new(big.Int)
	add := func(to *big.Int, units uint64) { to.Add(to, new(big.Int).SetUint64(units)) }
	for _, t := range l.Transfers {
		if t.Out {
			add(out, t.Units)
			continue
		}
		add(in, t.Units)
		add(out, t.Fee)
	}
	for _, p := range l.Payments {
		if p.ByMe || p.Paid != nil || p.Back != nil {
			if !p.Opened {
				return 0, fmt.Errorf("history: the amount of job %s attempt %d is not known", p.Job, p.Attempt)
			}
		}
		if p.ByMe {
			add(out, p.Units)
		}
		if p.Paid != nil {
			add(in, p.Units)
		}
		if p.Back != nil {
			add(in, p.Units)
		}
	}
	if in.Sub(in, out); in.Sign() < 0 || !in.IsUint64() {
		return 0, fmt.Errorf("history: by the events that were seen the account holds %s units", in)
	}
	return in.Uint64(), nil
}
