package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
)

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

type reader struct {
	q   querier
	now time.Time
}

var _ store.Reader = (*reader)(nil)

func (r *reader) Now() time.Time { return r.now }

func one[T any](v T, err error, what string, key any) (T, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return v, fmt.Errorf("%w: %s %v", store.ErrNotFound, what, key)
	}
	if err != nil {
		return v, fmt.Errorf("store: read %s %v: %w", what, key, err)
	}
	return v, nil
}

func list[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	defer rows.Close()
	var items []T
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("store: %w", err)
		}
		items = append(items, item)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	return items, nil
}

func (r *reader) Job(ctx context.Context, id job.ID) (store.Job, error) {
	j, err := scanJob(r.q.QueryRowContext(ctx, `SELECT `+jobColumns+` FROM jobs WHERE id = ?`, id[:]))
	return one(j, err, "job", id)
}

func (r *reader) JobByKey(ctx context.Context, key string) (store.Job, error) {
	j, err := scanJob(r.q.QueryRowContext(ctx, `SELECT `+jobColumns+` FROM jobs WHERE idempotency_key = ?`, key))
	return one(j, err, "job with idempotency key", key)
}

// jobCursor is the key of a page's last job.
type jobCursor struct {
	At int64  `json:"t"`
	ID job.ID `json:"i"`
}

func (r *reader) Jobs(ctx context.Context, q store.JobQuery) (store.Page[store.Job], error) {
	limit := store.PageLimit(q.Limit)
	query, args := `SELECT `+jobColumns+` FROM jobs WHERE 1`, []any{}
	if q.State != "" {
		query, args = query+` AND state = ?`, append(args, string(q.State))
	}
	if q.Cursor != "" {
		var c jobCursor
		if err := store.DecodeCursor(q.Cursor, &c); err != nil {
			return store.Page[store.Job]{}, err
		}
		query, args = query+` AND (created_at, id) < (?, ?)`, append(args, c.At, c.ID[:])
	}
	jobs, err := list(ctx, r.q, scanJob, query+` ORDER BY created_at DESC, id DESC LIMIT ?`, append(args, limit+1)...)
	return page(jobs, err, limit, func(j store.Job) any { return jobCursor{j.CreatedAt.UnixMicro(), j.ID} })
}

func page[T any](items []T, err error, limit int, key func(T) any) (store.Page[T], error) {
	if err != nil {
		return store.Page[T]{}, err
	}
	p := store.Page[T]{Items: items}
	if len(items) > limit {
		p.Items = items[:limit]
		p.Next = store.EncodeCursor(key(p.Items[limit-1]))
	}
	return p, nil
}

func (r *reader) Wanting(ctx context.Context, limit int) ([]store.Job, error) {
	return list(ctx, r.q, scanJob, `SELECT `+jobColumns+` FROM jobs WHERE wants_worker = 1 ORDER BY created_at, id LIMIT ?`, limit)
}

func (r *reader) CountWanting(ctx context.Context) (n int, err error) {
	err = r.q.QueryRowContext(ctx, `SELECT count(*) FROM jobs WHERE wants_worker = 1`).Scan(&n)
	return n, err
}

func (r *reader) Unfinished(ctx context.Context) ([]store.Job, error) {
	return list(ctx, r.q, scanJob, `SELECT `+jobColumns+` FROM jobs WHERE closed = ''
		OR id IN (SELECT job FROM attempts WHERE settled = 0) ORDER BY created_at, id`)
}

func (r *reader) Attempt(ctx context.Context, id job.ID, number uint32) (store.Attempt, error) {
	a, err := scanAttempt(r.q.QueryRowContext(ctx, `SELECT `+attemptColumns+` FROM attempts WHERE job = ? AND number = ?`, id[:], number))
	return one(a, err, "attempt", fmt.Sprintf("%d of job %s", number, id))
}

func (r *reader) Attempts(ctx context.Context, id job.ID) ([]store.Attempt, error) {
	return list(ctx, r.q, scanAttempt, `SELECT `+attemptColumns+` FROM attempts WHERE job = ? ORDER BY number`, id[:])
}

func (r *reader) AttemptsOf(ctx context.Context, worker felt.Felt) ([]store.Attempt, error) {
	return list(ctx, r.q, scanAttempt, `SELECT `+attemptColumns+` FROM attempts WHERE worker = ? AND settled = 0 ORDER BY job, number`, feltBytes(worker))
}

func (r *reader) Working(ctx context.Context) ([]store.Attempt, error) {
	return list(ctx, r.q, scanAttempt, `SELECT `+attemptColumns+` FROM attempts WHERE working = 1 ORDER BY job, number`)
}

func (r *reader) ExpiredLeases(ctx context.Context) ([]store.Attempt, error) {
	return list(ctx, r.q, scanAttempt, `SELECT `+attemptColumns+` FROM attempts
		WHERE working = 1 AND lost = 0 AND lease_until < ? ORDER BY lease_until, job, number`, r.now.UnixMicro())
}

func (r *reader) Events(ctx context.Context, id job.ID, after int64, limit int) ([]store.Event, error) {
	return list(ctx, r.q, scanEvent, `SELECT `+eventColumns+` FROM events WHERE job = ? AND sequence > ? ORDER BY sequence LIMIT ?`,
		id[:], after, store.PageLimit(limit))
}

func (r *reader) Worker(ctx context.Context, address felt.Felt) (store.Worker, error) {
	w, err := scanWorker(r.q.QueryRowContext(ctx, `SELECT `+workerColumns+` FROM workers WHERE address = ?`, feltBytes(address)))
	return one(w, err, "worker", address.String())
}

func (r *reader) Workers(ctx context.Context, q store.WorkerQuery) (store.Page[store.Worker], error) {
	limit := store.PageLimit(q.Limit)
	var after wire.Felt
	if q.Cursor != "" {
		if err := store.DecodeCursor(q.Cursor, &after); err != nil {
			return store.Page[store.Worker]{}, err
		}
	}
	workers, err := list(ctx, r.q, scanWorker, `SELECT `+workerColumns+` FROM workers WHERE address > ? ORDER BY address LIMIT ?`,
		feltBytes(felt.Felt(after)), limit+1)
	return page(workers, err, limit, func(w store.Worker) any { return wire.Felt(w.Address) })
}

func (r *reader) Alive(ctx context.Context, window time.Duration) ([]store.Worker, error) {
	return list(ctx, r.q, scanWorker, `SELECT `+workerColumns+` FROM workers WHERE last_heartbeat >= ? ORDER BY address`,
		r.now.Add(-window).UnixMicro())
}

func (r *reader) BlobUses(ctx context.Context, hash job.Hash) ([]store.Blob, error) {
	return list(ctx, r.q, scanBlob, `SELECT `+blobColumns+` FROM blobs WHERE hash = ? ORDER BY public DESC, job, attempt`, hash[:])
}

func (r *reader) BlobsOf(ctx context.Context, id job.ID, attempt uint32) ([]store.Blob, error) {
	return list(ctx, r.q, scanBlob, `SELECT `+blobColumns+` FROM blobs WHERE job = ? AND attempt = ? ORDER BY created_at, hash`, id[:], attempt)
}

func (r *reader) CountGrants(ctx context.Context, address felt.Felt, source string, since time.Time) (toAddress, toSource int, err error) {
	err = r.q.QueryRowContext(ctx, `SELECT
		(SELECT count(*) FROM faucet_grants WHERE address = ?1 AND at >= ?3),
		(SELECT count(*) FROM faucet_grants WHERE source = ?2 AND at >= ?3)`,
		feltBytes(address), source, since.UnixMicro()).Scan(&toAddress, &toSource)
	return toAddress, toSource, err
}

func (r *reader) OpenTransactions(ctx context.Context, account felt.Felt, from uint64) ([]store.Transaction, error) {
	return list(ctx, r.q, scanTransaction, `SELECT `+transactionColumns+` FROM transactions
		WHERE account = ? AND (accepted = 0 OR nonce >= ?) ORDER BY nonce, created_at`, feltBytes(account), int64(from))
}
