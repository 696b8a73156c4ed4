package store

import (
	"context"
	"errors"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/job"
)

var (
	// ErrNotFound: there is no such row.
	ErrNotFound = errors.New("store: not found")
	// ErrExists: a row with this key exists already.
	ErrExists = errors.New("store: exists already")
	// ErrFence: the lease token is not the current one.
	ErrFence = errors.New("store: stale lease token")
	// ErrNotWanted: the job wants no worker now, or the worker is busy.
	ErrNotWanted = errors.New("store: no attempt wanted")
	// ErrCursor: a cursor is not one that this store gave out.
	ErrCursor = errors.New("store: bad cursor")
	// ErrInUse: another process has the store open.
	ErrInUse = errors.New("store: in use by another process")
)

// Store is a durable, transactional store. It is safe for concurrent use.
type Store interface {
	// Update runs fn in a read-write transaction. Updates happen one after the other: what fn reads
	// does not change until it is done. The transaction commits if fn returns nil. Inside fn only tx
	// may be used, never the store.
	Update(ctx context.Context, fn func(tx Tx) error) error
	// View runs fn on one consistent state.
	View(ctx context.Context, fn func(r Reader) error) error
	// Changed returns a channel that is closed at the next committed Update of this process.
	Changed() <-chan struct{}
	Close() error
}

// Reader reads one consistent state.
type Reader interface {
	// Now is the database's clock.
	Now() time.Time

	Job(ctx context.Context, id job.ID) (Job, error)
	JobByKey(ctx context.Context, idempotencyKey string) (Job, error)
	Jobs(ctx context.Context, q JobQuery) (Page[Job], error)
	// Wanting lists jobs that want a worker, the oldest first.
	Wanting(ctx context.Context, limit int) ([]Job, error)
	// CountWanting counts them.
	CountWanting(ctx context.Context) (int, error)
	// Unfinished lists jobs that are not closed, or have an attempt that is not settled.
	Unfinished(ctx context.Context) ([]Job, error)

	Attempt(ctx context.Context, id job.ID, number uint32) (Attempt, error)
	// Attempts lists a job's attempts, ascending.
	Attempts(ctx context.Context, id job.ID) ([]Attempt, error)
	// AttemptsOf lists a worker's attempts that are not settled.
	AttemptsOf(ctx context.Context, worker felt.Felt) ([]Attempt, error)
	// Working lists the attempts of all jobs that occupy a worker.
	Working(ctx context.Context) ([]Attempt, error)
	// ExpiredLeases lists working attempts whose lease has run out and that are not marked lost.
	ExpiredLeases(ctx context.Context) ([]Attempt, error)

	// Events lists a job's events with a sequence above after, ascending.
	Events(ctx context.Context, id job.ID, after int64, limit int) ([]Event, error)

	Worker(ctx context.Context, address felt.Felt) (Worker, error)
	Workers(ctx context.Context, q WorkerQuery) (Page[Worker], error)
	// Alive lists the workers with a heartbeat no older than window.
	Alive(ctx context.Context, window time.Duration) ([]Worker, error)

	// BlobUses lists the uses of a blob, public ones first; none for an unknown blob.
	BlobUses(ctx context.Context, hash job.Hash) ([]Blob, error)
	// BlobsOf lists the blobs of an attempt (0: inputs of the job).
	BlobsOf(ctx context.Context, id job.ID, attempt uint32) ([]Blob, error)

	// CountGrants counts the faucet's grants since a time, to an address and to a source.
	CountGrants(ctx context.Context, address felt.Felt, source string, since time.Time) (toAddress, toSource int, err error)

	// OpenTransactions lists an account's signed transactions that are not accepted, and the accepted
	// ones whose nonce is at least from, ascending by nonce.
	OpenTransactions(ctx context.Context, account felt.Felt, from uint64) ([]Transaction, error)
}

// Tx reads and writes. Most callers change jobs and attempts through the functions of this package.
type Tx interface {
	Reader

	InsertJob(ctx context.Context, j Job) error
	UpdateJob(ctx context.Context, j Job) error
	InsertAttempt(ctx context.Context, a Attempt) error
	UpdateAttempt(ctx context.Context, a Attempt) error
	DeleteAttempt(ctx context.Context, id job.ID, number uint32) error
	AppendEvent(ctx context.Context, e Event) error
	PutWorker(ctx context.Context, w Worker) error
	// Beats records heartbeats, and renews the leases of their workers for lease since each beat.
	Beats(ctx context.Context, beats []Beat, lease time.Duration) error
	// PutBlob adds an index entry; one that exists stays as it is.
	PutBlob(ctx context.Context, b Blob) error
	// PublishBlobs makes an attempt's blobs with these hashes public.
	PublishBlobs(ctx context.Context, id job.ID, attempt uint32, hashes ...job.Hash) error
	// PruneBlobs forgets the uses of blobs by jobs that are closed, whose attempts are all settled, and
	// that have not changed since before. It returns how many.
	PruneBlobs(ctx context.Context, before time.Time) (int, error)
	PutGrant(ctx context.Context, g Grant) error
	DeleteGrant(ctx context.Context, g Grant) error
	// PutTransaction stores a signed transaction, or updates Block and Accepted of one: signed bytes
	// never change.
	PutTransaction(ctx context.Context, t Transaction) error
	DeleteTransaction(ctx context.Context, account, hash felt.Felt) error
	// PruneTransactions forgets an account's accepted transactions in blocks up to block, and all but
	// the newest keep of the others.
	PruneTransactions(ctx context.Context, account felt.Felt, block uint64, keep int) error
	// Enqueue adds background work, durable with this transaction.
	Enqueue(ctx context.Context, tasks ...Task) error
}

// Transaction is a signed transaction of an account: kept before it is broadcast, so that a retry
// sends the same bytes.
type Transaction struct {
	Account felt.Felt
	Hash    felt.Felt
	Nonce   uint64
	Method  string // JSON-RPC method that broadcasts it
	Param   string // the name of its parameter
	Signed  []byte
	Purpose string
	// Block that holds it, once accepted on L2.
	Block     uint64
	Accepted  bool
	CreatedAt time.Time
}

// JobQuery selects jobs, the newest first.
type JobQuery struct {
	State  job.State // empty: all
	Limit  int       // 1 to MaxPage; 0: DefaultPage
	Cursor string    // from Page.Next; empty: from the start
}

// WorkerQuery selects workers, ascending by address.
type WorkerQuery struct {
	Limit  int
	Cursor string
}

// Page is one page of a list.
type Page[T any] struct {
	Items []T
	// Next continues the list; empty at its end.
	Next string
}
