// Package chainmodel is a small in-memory chain for tests. It enforces the rules of attempts (who may
// call what, when, and what follows), counts every movement of money, and can crash its caller at
// each point of a transaction's life, as chain.Sender's journal would see it.
package chainmodel

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"sync"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/coordinator/faucet"
	"github.com/sage-network/sage-node/coordinator/settle"
	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/job"
)

// Windows of every job in the model, in seconds.
var Windows = bindings.Windows{Accept: 20, Submit: 100, Decide: 60, Challenge: 10, Appeal: 15}

// Point is a moment in the life of a transaction at which the process can die.
type Point int

// The points.
const (
	BeforeJournal   Point = iota // nothing is stored, nothing sent
	BeforeBroadcast              // signed bytes are stored, not sent
	BeforeReceipt                // executed, the sender does not know
	AfterReceipt                 // executed and noted; the caller never returns
	Points
)

// ErrCrash is what a crashed call returns.
var ErrCrash = errors.New("chainmodel: crash")

type slot struct {
	job    job.ID
	number uint32
}

// Escrow is a locked payment.
type Escrow struct {
	Worker felt.Felt
	Price  store.Price
	Status bindings.EscrowStatus
}

// Model is the chain. All methods are safe for concurrent use.
type Model struct {
	mu sync.Mutex

	owner    felt.Felt
	now      uint64
	number   uint64
	jobs     map[job.ID]*bindings.Job
	attempts map[slot]*bindings.Attempt
	failed   map[job.ID]map[felt.Felt]bool
	workers  map[felt.Felt]bindings.WorkerInfo

	// open is a transaction whose outcome its sender does not know; nil when executed already.
	open    func() error
	hasOpen bool

	// Crash, if set, says whether the process dies at a point of a transaction.
	Crash func(what string, at Point) bool
	// Sent counts executed transactions by what they do.
	Sent map[string]int

	balance  uint64 // the payer's private balance
	deposit  uint64
	escrows  map[slot]*Escrow
	refunded uint64
	credited map[felt.Felt]uint64
}

var _ settle.Chain = (*Model)(nil)

// New makes a chain whose jobs belong to owner, who has deposited units.
func New(owner felt.Felt, units uint64) *Model {
	return &Model{
		owner: owner, now: 1_700_000_000, number: 1,
		jobs: map[job.ID]*bindings.Job{}, attempts: map[slot]*bindings.Attempt{}, failed: map[job.ID]map[felt.Felt]bool{},
		workers: map[felt.Felt]bindings.WorkerInfo{}, Sent: map[string]int{},
		balance: units, deposit: units, escrows: map[slot]*Escrow{}, credited: map[felt.Felt]uint64{},
	}
}

// AddWorker registers an active worker.
func (m *Model) AddWorker(address felt.Felt, info bindings.WorkerInfo) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.workers[address] = info
}

// Worker reads a worker's record.
func (m *Model) Worker(_ context.Context, address felt.Felt) (bindings.WorkerInfo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.workers[address], nil
}

// Advance moves block time.
func (m *Model) Advance(seconds uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now += seconds
	m.number++
}

// Check verifies the conservation of money: what was deposited is in the balance, in escrows, or with
// somebody who was credited.
func (m *Model) Check() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	sum := m.balance + m.refunded
	for _, e := range m.escrows {
		if e.Status == bindings.EscrowStatusLocked {
			sum += uint64(e.Price)
		}
	}
	for _, c := range m.credited {
		sum += c
	}
	if sum != m.deposit {
		return fmt.Errorf("chainmodel: %d units deposited, %d accounted for", m.deposit, sum)
	}
	return nil
}

// Locked counts escrows by status.
func (m *Model) Locked(s bindings.EscrowStatus) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.escrows {
		if e.Status == s {
			n++
		}
	}
	return n
}

// Credited is what a worker was paid.
func (m *Model) Credited(worker felt.Felt) uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.credited[worker]
}

// Funds implements coordinator.Chain: the model's payer has no public SAGE.
func (m *Model) Funds(context.Context) (settle.Funds, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return settle.Funds{Public: new(big.Int), Fees: big.NewInt(1), Private: m.balance}, nil
}

// Replenish implements coordinator.Chain.
func (m *Model) Replenish(context.Context) error { return nil }

// Head implements settle.Chain.
func (m *Model) Head(context.Context) (settle.Head, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return settle.Head{Number: m.number, Time: m.now}, nil
}

// Job implements settle.Chain.
func (m *Model) Job(_ context.Context, id job.ID) (bindings.Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if j := m.jobs[id]; j != nil {
		return *j, nil
	}
	return bindings.Job{}, nil
}

// Attempt implements settle.Chain.
func (m *Model) Attempt(_ context.Context, id job.ID, number uint32) (bindings.Attempt, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a := m.attempts[slot{id, number}]; a != nil {
		return *a, nil
	}
	return bindings.Attempt{}, nil
}

// Escrow implements settle.Chain.
func (m *Model) Escrow(_ context.Context, id job.ID, number uint32) (bindings.EscrowStatus, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.escrows[slot{id, number}]; e != nil {
		return e.Status, nil
	}
	return bindings.EscrowStatusNone, nil
}

// Tuple implements settle.Chain: the model's tuple is job and attempt.
func (m *Model) Tuple(_ context.Context, id job.ID, number uint32) ([]felt.Felt, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.escrows[slot{id, number}] == nil {
		return nil, errors.New("chainmodel: no such escrow")
	}
	return []felt.Felt{id.Felt(), *new(felt.Felt).SetUint64(uint64(number))}, nil
}

// Eligible implements settle.Chain.
func (m *Model) Eligible(_ context.Context, worker felt.Felt, minTier job.Tier) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.eligible(worker, uint8(minTier)), nil
}

func (m *Model) eligible(worker felt.Felt, minTier uint8) bool {
	w := m.workers[worker]
	return w.Status == bindings.WorkerStatusActive && w.Tier >= minTier
}

func revert(reason string) error { return &chain.RevertError{Reason: reason} }

// send runs a transaction of the owner through its life.
func (m *Model) send(what string, effect func() error) (felt.Felt, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	dies := func(at Point) bool { return m.Crash != nil && m.Crash(what, at) }
	if m.hasOpen {
		m.finishOpen()
		return felt.Felt{}, fmt.Errorf("%s: %w", what, chain.ErrReread)
	}
	counted := func() error {
		if err := effect(); err != nil {
			return err
		}
		m.Sent[what]++
		m.number++
		return nil
	}
	if dies(BeforeJournal) {
		return felt.Felt{}, ErrCrash
	}
	if dies(BeforeBroadcast) {
		m.hasOpen, m.open = true, counted
		return felt.Felt{}, ErrCrash
	}
	err := counted()
	if err == nil && dies(BeforeReceipt) {
		m.hasOpen, m.open = true, nil
		return felt.Felt{}, ErrCrash
	}
	if err == nil && dies(AfterReceipt) {
		return felt.Felt{}, ErrCrash
	}
	if err != nil {
		return felt.Felt{}, fmt.Errorf("%s: %w", what, err)
	}
	return *new(felt.Felt).SetUint64(0x1000 + m.number), nil
}

func (m *Model) finishOpen() {
	if m.open != nil {
		_ = m.open() // it may revert: the state has moved on
	}
	m.hasOpen, m.open = false, nil
}

// Flush implements settle.Chain.
func (m *Model) Flush(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.hasOpen {
		m.finishOpen()
	}
	return nil
}

// Create implements settle.Chain.
func (m *Model) Create(_ context.Context, j store.Job) (felt.Felt, error) {
	return m.send("create", func() error {
		switch {
		case job.NewID(m.owner, j.Salt) != j.ID:
			return revert("wrong id")
		case m.jobs[j.ID] != nil:
			return revert("job exists already")
		case (j.Spec.Input.Kind == job.InputSynthetic) != j.InputCommitment.IsZero():
			return revert("input commitment")
		case j.Deadline != 0 && j.Deadline <= m.now:
			return revert("job deadline in the past")
		}
		m.jobs[j.ID] = &bindings.Job{
			Owner: m.owner, State: bindings.JobStateOpen, CreatedAt: m.now,
			Terms: bindings.JobTerms{
				Salt: j.Salt, SpecHash: j.Spec.Hash(), InputCommitment: abi.U256(j.InputCommitment), MinTier: uint8(j.Spec.MinTier),
				Synthetic: j.Spec.Input.Kind == job.InputSynthetic, MaxHedges: j.MaxHedges, Windows: Windows, Deadline: j.Deadline,
			},
		}
		m.failed[j.ID] = map[felt.Felt]bool{}
		return nil
	})
}

func (m *Model) live(id job.ID) (n int) {
	for s, a := range m.attempts {
		if s.job == id && a.State < bindings.AttemptStateApproved {
			n++
		}
	}
	return n
}

// Fund implements settle.Chain: assign and pay, or pay alone.
func (m *Model) Fund(_ context.Context, f settle.Funding) (felt.Felt, error) {
	m.mu.Lock()
	poor := m.balance < uint64(f.Price)
	m.mu.Unlock()
	if poor {
		return felt.Felt{}, settle.ErrFunds
	}
	return m.send("fund", func() error {
		s := slot{f.Job, f.Attempt}
		j := m.jobs[f.Job]
		if j == nil || j.State != bindings.JobStateOpen {
			return revert("job not open")
		}
		hedge := m.live(f.Job) > 0
		a := m.attempts[s]
		if !f.Assigned {
			switch {
			case f.Attempt != j.Attempts+1:
				return revert("attempt out of order")
			case !m.eligible(f.Worker, j.Terms.MinTier):
				return revert("worker not eligible")
			case hedge && j.Hedges >= j.Terms.MaxHedges:
				return revert("no hedges left")
			case j.Terms.Synthetic == f.Input.IsZero():
				return revert("input commitment")
			}
			a = &bindings.Attempt{State: bindings.AttemptStateAssigned, Worker: f.Worker, Deadline: m.now + Windows.Accept, InputCommitment: j.Terms.InputCommitment}
			if j.Terms.Synthetic {
				a.InputCommitment = abi.U256(f.Input)
			}
		}
		switch {
		case a == nil || a.State != bindings.AttemptStateAssigned:
			return revert("attempt not ASSIGNED")
		case m.escrows[s] != nil:
			return revert("slot used")
		case m.balance < uint64(f.Price):
			return revert("balance")
		}
		if !f.Assigned {
			j.Attempts++
			if hedge {
				j.Hedges++
			}
			m.attempts[s] = a
		}
		m.balance -= uint64(f.Price)
		m.escrows[s] = &Escrow{Worker: a.Worker, Price: f.Price, Status: bindings.EscrowStatusLocked}
		a.State, a.EscrowHash = bindings.AttemptStateFunded, *new(felt.Felt).SetUint64(7)
		return nil
	})
}

// Act implements settle.Chain.
func (m *Model) Act(_ context.Context, action settle.Action, id job.ID, number uint32) (felt.Felt, error) {
	return m.send(string(action), func() error {
		j := m.jobs[id]
		if j == nil {
			return revert("no such job")
		}
		switch action {
		case settle.CancelJob:
			return m.cancelJob(id, j)
		case settle.ExpireJob:
			if j.State != bindings.JobStateOpen || j.Terms.Deadline == 0 || m.now <= j.Terms.Deadline || m.live(id) > 0 {
				return revert("job cannot expire")
			}
			j.State = bindings.JobStateExpired
			return nil
		}
		a := m.attempts[slot{id, number}]
		if a == nil {
			return revert("no such attempt")
		}
		over := a.Deadline != 0 && m.now > a.Deadline
		offer := a.State == bindings.AttemptStateAssigned || a.State == bindings.AttemptStateFunded
		switch {
		case action == settle.CancelAttempt && offer, action == settle.Expire && offer && over:
			m.end(a, bindings.AttemptStateVoid)
		case action == settle.Timeout && a.State == bindings.AttemptStateAccepted && over:
			a.Slashed = abi.U256FromUint64(5)
			m.fail(id, a, bindings.AttemptStateVoid)
		case action == settle.Finalize && over:
			return m.finalize(id, j, a)
		default:
			return revert("not now: " + a.State.String())
		}
		return nil
	})
}

func (m *Model) cancelJob(id job.ID, j *bindings.Job) error {
	if j.State != bindings.JobStateOpen {
		return revert("job not open")
	}
	for s, a := range m.attempts {
		if s.job == id && a.State >= bindings.AttemptStateAccepted && a.State < bindings.AttemptStateApproved {
			return revert("an attempt is accepted")
		}
	}
	for s, a := range m.attempts {
		if s.job == id && a.State < bindings.AttemptStateAccepted {
			m.end(a, bindings.AttemptStateVoid)
		}
	}
	j.State = bindings.JobStateCancelled
	return nil
}

func (m *Model) finalize(id job.ID, j *bindings.Job, a *bindings.Attempt) error {
	switch a.State {
	case bindings.AttemptStateSubmitted, bindings.AttemptStateDisputed:
		m.end(a, bindings.AttemptStateVoid)
	case bindings.AttemptStateChallenge:
		m.end(a, bindings.AttemptStateApproved)
		j.State = bindings.JobStateDone
	case bindings.AttemptStateAppeal:
		a.Slashed = abi.U256FromUint64(10)
		m.fail(id, a, bindings.AttemptStateRejected)
	default:
		return revert("nothing to finalize")
	}
	return nil
}

func (m *Model) end(a *bindings.Attempt, s bindings.AttemptState) { a.State, a.Deadline = s, 0 }

func (m *Model) fail(id job.ID, a *bindings.Attempt, s bindings.AttemptState) {
	m.end(a, s)
	m.failed[id][a.Worker] = true
	if j := m.jobs[id]; len(m.failed[id]) >= 3 && j.State == bindings.JobStateOpen {
		j.State = bindings.JobStateQuarantined
	}
}

func fromTuple(tuple []felt.Felt) (slot, error) {
	if len(tuple) != 2 {
		return slot{}, revert("tuple does not match")
	}
	id := tuple[0].Bytes()
	return slot{job.ID(id[16:]), uint32(tuple[1].Uint64())}, nil
}

// Release implements settle.Chain.
func (m *Model) Release(_ context.Context, tuple []felt.Felt) (felt.Felt, error) {
	return m.send("release", func() error {
		s, err := fromTuple(tuple)
		if err != nil {
			return err
		}
		e, a := m.escrows[s], m.attempts[s]
		if e == nil || a.State != bindings.AttemptStateApproved {
			return revert("attempt not APPROVED")
		}
		if e.Status == bindings.EscrowStatusReleased {
			return nil // moves nothing
		}
		e.Status = bindings.EscrowStatusReleased
		m.credited[e.Worker] += uint64(e.Price)
		return nil
	})
}

// Refund implements settle.Chain.
func (m *Model) Refund(_ context.Context, tuple []felt.Felt) (felt.Felt, error) {
	return m.send("refund", func() error {
		s, err := fromTuple(tuple)
		if err != nil {
			return err
		}
		e, a := m.escrows[s], m.attempts[s]
		if e == nil || e.Status == bindings.EscrowStatusReleased || a.State != bindings.AttemptStateVoid && a.State != bindings.AttemptStateRejected {
			return revert("attempt did not fail")
		}
		if e.Status == bindings.EscrowStatusLocked {
			e.Status = bindings.EscrowStatusRefunded
			m.refunded += uint64(e.Price)
		}
		return nil
	})
}

// asWorker runs a call of an attempt's worker.
func (m *Model) asWorker(id job.ID, number uint32, call func(*bindings.Attempt) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.attempts[slot{id, number}]
	if a == nil {
		return revert("no such attempt")
	}
	m.number++
	return call(a)
}

// Accept is the worker's.
func (m *Model) Accept(id job.ID, number uint32) error {
	return m.asWorker(id, number, func(a *bindings.Attempt) error {
		if a.State != bindings.AttemptStateFunded || m.now > a.Deadline {
			return revert("cannot accept")
		}
		a.State, a.Deadline, a.StakeAtAccept = bindings.AttemptStateAccepted, m.now+Windows.Submit, abi.U256FromUint64(100)
		return nil
	})
}

// HandBack is the worker's.
func (m *Model) HandBack(id job.ID, number uint32) error {
	return m.asWorker(id, number, func(a *bindings.Attempt) error {
		if a.State != bindings.AttemptStateAccepted {
			return revert("not accepted")
		}
		m.end(a, bindings.AttemptStateVoid)
		return nil
	})
}

// Submit is the worker's.
func (m *Model) Submit(id job.ID, number uint32, resultCommitment, proofHash, resultHash job.Hash) error {
	return m.asWorker(id, number, func(a *bindings.Attempt) error {
		if a.State != bindings.AttemptStateAccepted || m.now > a.Deadline {
			return revert("cannot submit")
		}
		a.State, a.Deadline = bindings.AttemptStateSubmitted, m.now+Windows.Decide
		a.ResultCommitment, a.ProofHash, a.ResultHash = abi.U256(resultCommitment), abi.U256(proofHash), abi.U256(resultHash)
		a.ProofCommitment = *new(felt.Felt).SetUint64(uint64(proofHash[0]))
		return nil
	})
}

// Certify is the validators'.
func (m *Model) Certify(id job.ID, number uint32, verdict bindings.Verdict) error {
	return m.asWorker(id, number, func(a *bindings.Attempt) error {
		if a.State != bindings.AttemptStateSubmitted || m.now > a.Deadline {
			return revert("cannot decide")
		}
		a.Verdict = verdict
		if verdict == bindings.VerdictValid {
			a.State, a.Deadline = bindings.AttemptStateChallenge, m.now+Windows.Challenge
		} else {
			a.State, a.Deadline = bindings.AttemptStateAppeal, m.now+Windows.Appeal
		}
		return nil
	})
}

// Node is the record of an active worker of a tier with a node key.
func Node(tier job.Tier, keyX [32]byte, odd bool) bindings.WorkerInfo {
	return bindings.WorkerInfo{
		Status: bindings.WorkerStatusActive, Tier: uint8(tier), Active: abi.MustU256(new(big.Int).Lsh(big.NewInt(1), 80)),
		NodeKeyX: abi.U256(keyX), NodeKeyOdd: odd,
	}
}

// Payer is the owner.
func (m *Model) Payer() felt.Felt { return m.owner }

// BlockHash is a function of the number.
func (m *Model) BlockHash(_ context.Context, number uint64) (felt.Felt, error) {
	return *new(felt.Felt).SetUint64(0xb10c + number), nil
}

// Grant implements faucet.Bank.
func (m *Model) Grant(context.Context, felt.Felt) (faucet.Grant, error) {
	hash, err := m.send("grant", func() error { return nil })
	return faucet.Grant{Transaction: hash, FeeTokens: big.NewInt(1), SAGE: big.NewInt(2)}, err
}
