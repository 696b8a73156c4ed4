package store

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
)

// Price is what a job pays, in private units of 10^9 wei. It is a secret of the job's owner: no verb
// of fmt and no logger prints it. Convert it to uint64 where the number itself is needed.
type Price uint64

const hiddenPrice = "[price]"

// Format hides the price from every verb.
func (Price) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hiddenPrice) }

// LogValue hides the price.
func (Price) LogValue() slog.Value { return slog.StringValue(hiddenPrice) }

// MarshalText refuses to give the price away by accident.
func (Price) MarshalText() ([]byte, error) { return []byte(hiddenPrice), nil }

// Job is one job of the owner.
type Job struct {
	ID    job.ID
	Spec  job.Spec
	Salt  felt.Felt // ID is the low half of Poseidon(owner, Salt)
	Price Price
	// IdempotencyKey makes a repeated submission return the first one's job. Empty: none.
	IdempotencyKey string
	// State is Derive's, kept for lists.
	State job.State
	// Closed is the state in which the job ended: PAID, CANCELLED, EXPIRED, QUARANTINED; empty
	// before.
	Closed job.State
	// OnChain says that create was seen on L2.
	OnChain bool
	// CancelAsked keeps the job from getting further workers.
	CancelAsked bool
	// WantsWorker says that the next attempt should be assigned.
	WantsWorker bool
	// InputCommitment is the root of the input columns; zero until computed, and always zero for
	// synthetic jobs, whose attempts have their own.
	InputCommitment job.Hash
	// Fence is the last lease token given out; tokens of a job never repeat.
	Fence uint64
	// Hedges counts the attempts that were started beside a live one, MaxHedges bounds them.
	Hedges, MaxHedges uint8
	// Deadline is the block time after which the job is not tried any more; 0: never.
	Deadline uint64
	// CreateTx is the transaction that created the job on-chain.
	CreateTx felt.Felt

	CreatedAt, UpdatedAt time.Time
}

// Attempt is one numbered attempt of a job: a lease here, a contract with a worker on-chain.
type Attempt struct {
	Job    job.ID
	Number uint32
	Worker felt.Felt
	State  job.State
	// Fence is the token of the lease. Messages and uploads that carry another are refused.
	Fence uint64
	// LeaseUntil is the last heartbeat plus the lease's length, by the database's clock.
	LeaseUntil time.Time
	// Lost says that the lease ran out without the worker having submitted.
	Lost bool
	// Fault says that this worker shall not get another attempt of this job.
	Fault bool
	// Settled says that nothing remains to be done: paid, refunded, or never funded.
	Settled bool
	// Phase and Fraction are the worker's last word on its progress.
	Phase    string
	Fraction float64

	InputCommitment  job.Hash
	Escrow           []felt.Felt // tuple that release and refund supply again
	ResultCommitment job.Hash
	ProofCommitment  felt.Felt
	ProofHash        job.Hash
	ResultHash       job.Hash

	// FundTx assigned and funded the attempt, SubmitTx submitted its result, SettleTx released or
	// refunded its escrow; zero until seen.
	FundTx, SubmitTx, SettleTx felt.Felt

	CreatedAt, UpdatedAt time.Time
}

// Live reports whether the attempt may still end well.
func (a Attempt) Live() bool {
	return a.State != job.Void && a.State != job.Rejected && a.State != job.Paid && a.State != job.Cancelled
}

// Working reports whether the attempt occupies its worker: it is leased and not submitted.
func (a Attempt) Working() bool {
	switch a.State {
	case job.Assigned, job.Funded, job.Accepted, job.Executing, job.Proving:
		return true
	}
	return false
}

// Event is one change of a job (Attempt 0) or of one of its attempts.
type Event struct {
	Sequence    int64 // ascending over all jobs
	Job         job.ID
	Attempt     uint32
	From, To    job.State // equal for a note
	Cause       string
	Transaction felt.Felt // zero: none
	At          time.Time
}

// Worker is a worker that has connected at least once.
type Worker struct {
	Address  felt.Felt
	NodeKey  []byte // secp256k1, compressed
	Manifest wire.Manifest
	Peer     string
	// Tier is the one on-chain.
	Tier job.Tier
	// Status is the last heartbeat's: idle or busy.
	Status        string
	LastHeartbeat time.Time
	// Health falls with missed heartbeats and failures, rises with results; from 0 to 1.
	Health float64
	// LastAssigned is when it last got an attempt; zero: never.
	LastAssigned time.Time

	CreatedAt, UpdatedAt time.Time
}

// Blob is one use of a stored blob; equal results of two attempts are one blob with two uses.
type Blob struct {
	Hash    job.Hash
	Kind    string // input, result or proof
	Size    int64
	Job     job.ID
	Attempt uint32 // 0: an input
	// Public blobs are served to anybody: their submission is on L2.
	Public    bool
	CreatedAt time.Time
}

// Grant is one service of the faucet.
type Grant struct {
	Address     felt.Felt
	Source      string // network address of who asked
	Transaction felt.Felt
	At          time.Time
}

// Beat is a heartbeat to be recorded.
type Beat struct {
	Worker felt.Felt
	Status string
	// Age is how long ago it arrived.
	Age time.Duration
}

// TaskKind names a piece of background work.
type TaskKind string

// The tasks of settlement. Each looks at the chain before it acts.
const (
	TaskCreate  TaskKind = "job_create"      // commit to the input, create the job on-chain
	TaskFund    TaskKind = "attempt_fund"    // assign and pay in one multicall
	TaskWatch   TaskKind = "attempt_watch"   // follow an attempt until it ends
	TaskRelease TaskKind = "attempt_release" // credit the worker
	TaskRefund  TaskKind = "attempt_refund"  // credit the payer
	TaskCancel  TaskKind = "job_cancel"      // cancel the job on-chain
	TaskExpire  TaskKind = "job_expire"      // close a job after its deadline
)

// Task is a piece of background work on one job, or one attempt of it. The same task is not
// enqueued twice while it waits or runs.
type Task struct {
	Kind    TaskKind
	Job     job.ID
	Attempt uint32 // 0 for tasks of the job
}
