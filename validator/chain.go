package validator

import (
	"context"
	"errors"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/validator/bft"
	"github.com/sage-network/sage-node/wire"
)

var (
	// ErrNoSubmission: the chain knows no submission for the job or attempt.
	ErrNoSubmission = errors.New("validator: nothing was submitted for this attempt")
	// ErrNoNodeKey: the chain knows no usable node key of the worker.
	ErrNoNodeKey = errors.New("validator: the worker has no node key")
	// ErrNoEpoch: the epoch's table is not fixed yet.
	ErrNoEpoch = errors.New("validator: the epoch has not begun")
)

// Chain is what the service needs of the contracts. It is called concurrently. State is that of
// the latest block accepted on L2.
type Chain interface {
	// Submissions returns attempts whose results were submitted in block from or later, and the
	// block to continue from.
	Submissions(ctx context.Context, from uint64) (found []Submission, next uint64, err error)
	// Attempt returns what the chain says of a submitted attempt; ErrNoSubmission when nothing was
	// submitted, ErrAbstain when it is under rules that this program does not know. Attempt 0 means the job's latest submission.
	Attempt(ctx context.Context, id job.ID, attempt uint32) (Attempt, error)
	// NodeKey returns the node key that a worker has registered, the one its peer identity is made
	// of; ErrNoNodeKey when there is none that is a point of the curve.
	NodeKey(ctx context.Context, worker felt.Felt) (*secp256k1.PublicKey, error)
	// Epoch returns the current epoch; ErrNoEpoch before the genesis table is sealed.
	Epoch(ctx context.Context) (uint64, error)
	// EvidenceEpochs returns for how many epochs after its own a vote can cost stake: the unbonding
	// time in epochs, rounded up, and one more.
	EvidenceEpochs(ctx context.Context) (uint64, error)
	// Table returns the members of an epoch's table, ascending by address, and who of them is jailed
	// now. ErrNoEpoch for an epoch that has not begun.
	Table(ctx context.Context, epoch uint64) (members []bft.Member, jailed []felt.Felt, err error)
	// Approve takes a certificate to ProofVerifier and returns once it is accepted on L2.
	Approve(ctx context.Context, c wire.Certificate) error
	// ReportEquivocation takes evidence to ValidatorRegistry. It succeeds when the offence was
	// punished before.
	ReportEquivocation(ctx context.Context, e bft.Evidence) error
	// CheckIn shows this validator's presence in the current epoch, unless it has done so.
	CheckIn(ctx context.Context) error
}

// Submission names an attempt whose result was submitted.
type Submission struct {
	Job     job.ID
	Attempt uint32
	Block   uint64
}

// Stage is an attempt's state as far as validators care.
type Stage int

const (
	// Submitted waits for the first certificate.
	Submitted Stage = iota + 1
	// Challenge holds a VALID certificate; an INVALID one disputes it.
	Challenge
	// Appeal holds an INVALID or UNAVAILABLE certificate.
	Appeal
	// Ended takes no certificates any more.
	Ended
)

// Attempt is what the chain says of a submitted attempt: all that a verdict may depend on, and
// where the matter stands.
type Attempt struct {
	Slot      wire.Slot
	Statement prover.Statement
	Delivery  job.Delivery

	Stage Stage
	// Recorded is the verdict of the last certificate; zero when there is none.
	Recorded wire.Verdict
	// Overdue says that the stage's deadline has passed: a certificate would come too late.
	Overdue bool
}

// Takes tells whether a certificate for the verdict would change the attempt.
func (a Attempt) Takes(verdict wire.Verdict) bool {
	switch {
	case a.Overdue:
		return false
	case a.Stage == Submitted:
		return true
	case a.Stage == Challenge:
		return verdict == wire.Invalid
	case a.Stage == Appeal && a.Recorded == wire.Unavailable:
		return verdict.Decisive()
	case a.Stage == Appeal:
		return verdict == wire.Valid
	}
	return false
}

// Open tells whether validators still have something to say: a decisive certificate is missing, or
// could yet be contradicted.
func (a Attempt) Open() bool {
	return a.Takes(wire.Valid) || a.Takes(wire.Invalid)
}
