package executor

import (
	"context"
	"errors"
	"math/big"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/journal"
	"github.com/sage-network/sage-node/worker/policy"
)

// Key names one attempt.
type Key struct {
	Job     job.ID
	Attempt uint32
}

// AttemptState is JobManager's state of an attempt, by its number there.
type AttemptState uint8

// The states, in the contract's order.
const (
	StateNone AttemptState = iota
	StateAssigned
	StateFunded
	StateAccepted
	StateSubmitted
	StateChallenge
	StateAppeal
	StateDisputed
	StateApproved
	StateRejected
	StateVoid
)

var stateNames = [...]string{"NONE", "ASSIGNED", "FUNDED", "ACCEPTED", "SUBMITTED", "CHALLENGE", "APPEAL", "DISPUTED", "APPROVED", "REJECTED", "VOID"}

func (s AttemptState) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "UNKNOWN"
}

// Submission is what submit_result records.
type Submission struct {
	ResultCommitment job.Hash
	ProofCommitment  felt.Felt
	ProofHash        job.Hash
	ResultHash       job.Hash
}

// View is one attempt with its job, as one block has them.
type View struct {
	// Now is the block's timestamp; all windows are in its time.
	Now   uint64
	State AttemptState
	// Deadline is the last second of the state's window; 0 in a final state.
	Deadline uint64
	// Terms as the contract holds them: what the worker compares its own with.
	Terms job.Terms
	// TermsHash is the contract's own; zero before FUNDED.
	TermsHash felt.Felt
	MinTier   job.Tier
	Attested  bool
	// Synthetic jobs derive their input from the hash of block SeedBlock.
	Synthetic bool
	SeedBlock uint64
	// Submitted is zero before SUBMITTED.
	Submitted Submission
	// Slashed is what this attempt has cost the worker, in wei.
	Slashed *big.Int
	// Released: the escrow was credited to the worker's pending balance.
	Released bool
}

// ErrReverted means that a transaction was included and failed, or that fee estimation shows it
// would: it is useless to repeat it while the chain's state is the same.
var ErrReverted = errors.New("transaction reverted")

// Chain reads the contracts and sends the worker's transactions. Reads are of blocks that are
// accepted on L2. The sending methods return the transaction's hash after it has succeeded on L2, an
// error that wraps [ErrReverted] if it failed, and any other error when the outcome is unknown; a
// call that is repeated after an unknown outcome must not become a second transaction.
type Chain interface {
	View(ctx context.Context, key Key) (View, error)
	// Standing is the worker's own, measured against a job's tier and attestation.
	Standing(ctx context.Context, minTier job.Tier, attested bool) (policy.Standing, error)
	// BlockHash is the hash of a block, which must exist.
	BlockHash(ctx context.Context, number uint64) (felt.Felt, error)

	Accept(ctx context.Context, key Key, termsHash felt.Felt) (tx felt.Felt, err error)
	Submit(ctx context.Context, key Key, s Submission) (tx felt.Felt, err error)
	HandBack(ctx context.Context, key Key) (tx felt.Felt, err error)

	// Anybody may make the following calls; a worker makes them when nobody else does.

	// Approve takes a certificate for a submission of this worker's to ProofVerifier.
	Approve(ctx context.Context, key Key, c wire.Certificate) (tx felt.Felt, err error)
	// Finalize ends an attempt whose window is over.
	Finalize(ctx context.Context, key Key) (tx felt.Felt, err error)
	// Release credits the worker with the escrow of an approved attempt.
	Release(ctx context.Context, key Key) (tx felt.Felt, err error)
}

// Certificates finds certificates that validators have made. What it returns is a claim: the contract
// checks every signature.
type Certificates interface {
	Find(ctx context.Context, key Key) ([]wire.Certificate, error)
}

// Horizon says how far ahead this worker's program knows the contracts.
type Horizon interface {
	// Allows returns nil if an attempt that may be open until this block time, in seconds, ends under contracts that the
	// program knows. If it may not, the error wraps policy.ErrRefused; any other error is one of asking.
	Allows(ctx context.Context, until uint64) error
}

// ErrEscrow means that an escrow is not what it must be: it does not hash to what the contract
// stores, is not for this worker, or does not decrypt.
var ErrEscrow = errors.New("bad escrow")

// Payments opens the escrow of an attempt.
type Payments interface {
	// OpenEscrow finds the payment's tuple, recomputes its hash, checks that it pays this worker's
	// key for this attempt, and decrypts the amount in private units. It returns the hash that it
	// has computed. What is wrong with the escrow itself wraps [ErrEscrow].
	OpenEscrow(ctx context.Context, key Key) (units uint64, escrowHash felt.Felt, err error)
}

// Engine computes and proves. An implementation may do so in this process or in another; it may
// panic, which the executor survives.
type Engine interface {
	Multiply(ctx context.Context, a, b prover.Matrix) (prover.Matrix, error)
	CommitInput(ctx context.Context, a, b prover.Matrix) (job.Hash, error)
	CommitResult(ctx context.Context, k uint32, c prover.Matrix) (job.Hash, error)
	// Prove reports its progress, a phase's name and the fraction done, from any goroutine.
	Prove(ctx context.Context, s prover.Statement, a, b, c prover.Matrix, progress func(phase string, done float64)) (prover.Sealed, error)
}

// ErrDepot means that the coordinator's blob store refuses for good.
var ErrDepot = errors.New("blob refused by the coordinator")

// Depot is the coordinator's blob store.
type Depot interface {
	// Put returns when the coordinator has acknowledged the blob: its hash and, for a result, the root
	// of its column were checked, and it is stored.
	Put(ctx context.Context, u wire.Upload, hash job.Hash, blob []byte) error
	// Get fetches an input of at most limit bytes and checks its hash.
	Get(ctx context.Context, hash job.Hash, limit int) ([]byte, error)
}

// Blobs is the worker's own store; see package blobs.
type Blobs interface {
	Put(blob []byte) (job.Hash, error)
	Get(hash job.Hash) ([]byte, error)
	Publish(hashes ...job.Hash)
	Remove(hashes ...job.Hash) error
}

// Records makes records durable; see package journal.
type Records interface {
	Put(journal.Record) error
	All() ([]journal.Record, error)
	Remove(id job.ID, attempt uint32) error
}

// Link sends to the coordinator, as far as there is a session. What must arrive is said again after
// the next welcome.
type Link interface {
	Send(wire.WorkerMessage) error
}

// Identity opens payloads and signs results.
type Identity interface {
	NodeID() job.Hash
	OpenPayload(sealed []byte) ([]byte, error)
	Sign(digest [32]byte) []byte
}
