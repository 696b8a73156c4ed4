package settle

import (
	"context"
	"errors"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/job"
)

var (
	// ErrFunds: the payer's private account or its public balance does not cover a payment. The error
	// names no amounts: a price must not leak through a log.
	ErrFunds = errors.New("settle: the payer's funds do not cover the payment; deposit more SAGE")
	// ErrPayee: the worker has no private account that a payment could go to.
	ErrPayee = errors.New("settle: the worker has no private account to be paid on")
	// ErrInput: a job's input cannot be committed to, and never will be.
	ErrInput = errors.New("settle: unusable input")
	// ErrUpgrade: a contract may get a class that this program does not know before the payment's attempt ends.
	ErrUpgrade = errors.New("settle: no payment that would be open past a contract's upgrade")
	// ErrConflict: the chain holds what this coordinator cannot have done: another one uses the same
	// account.
	ErrConflict = errors.New("settle: the chain contradicts the store; is another coordinator using this account?")
)

// Head is the latest block accepted on L2.
type Head struct {
	Number uint64
	Time   uint64 // seconds
}

// Action is a call on a job or an attempt that takes no more than their numbers.
type Action string

// The actions. The first two are the owner's, the others anyone's.
const (
	CancelAttempt Action = "cancel"
	CancelJob     Action = "cancel_job"
	Expire        Action = "expire"
	Timeout       Action = "timeout"
	Finalize      Action = "finalize"
	ExpireJob     Action = "expire_job"
)

// Funding is the order to assign an attempt and to lock its payment.
type Funding struct {
	Job     job.ID
	Attempt uint32
	Worker  felt.Felt
	// Input is the input commitment for synthetic jobs, else zero.
	Input job.Hash
	Price store.Price
	// Assigned says that the attempt exists on-chain and only the payment is missing.
	Assigned bool
}

// Chain is what settlement needs of the chain. Reads are of the latest block accepted on L2. The
// methods that send return once the transaction is accepted on L2.
//
// Errors: chain.ErrReread when an earlier transaction of the account was completed first, or its
// nonce used: nothing was sent, look again. chain.ErrReverted when a contract refused. Any other error
// leaves the outcome unknown; the next call that sends, or Flush, settles it.
type Chain interface {
	Head(ctx context.Context) (Head, error)
	// Job returns a zero Job (state None) where there is none, and Attempt alike.
	Job(ctx context.Context, id job.ID) (bindings.Job, error)
	Attempt(ctx context.Context, id job.ID, number uint32) (bindings.Attempt, error)
	Escrow(ctx context.Context, id job.ID, number uint32) (bindings.EscrowStatus, error)
	// Tuple reads the escrow tuple of a locked payment from the event that announced it.
	Tuple(ctx context.Context, id job.ID, number uint32) ([]felt.Felt, error)
	Eligible(ctx context.Context, worker felt.Felt, minTier job.Tier) (bool, error)

	Create(ctx context.Context, j store.Job) (felt.Felt, error)
	Fund(ctx context.Context, f Funding) (felt.Felt, error)
	Act(ctx context.Context, a Action, id job.ID, number uint32) (felt.Felt, error)
	// Release and Refund supply the escrow tuple again.
	Release(ctx context.Context, tuple []felt.Felt) (felt.Felt, error)
	Refund(ctx context.Context, tuple []felt.Felt) (felt.Felt, error)
	// Flush brings transactions whose outcome is unknown to an end.
	Flush(ctx context.Context) error
}

// Inputs computes input commitments. It fails with ErrInput where that is hopeless.
type Inputs interface {
	Commit(ctx context.Context, s job.Spec, worker felt.Felt) (job.Hash, error)
}

// Observer learns what workers are to be told. Calls are hints: they may be repeated, and lost by a
// crash. They must not block.
type Observer interface {
	// Funded: the worker may be offered the attempt.
	Funded(a store.Attempt)
	// Ended: the attempt is PAID, VOID or REJECTED.
	Ended(a store.Attempt)
}
