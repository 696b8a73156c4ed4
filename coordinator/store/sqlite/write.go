package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	sqlitedriver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/job"
)

type tx struct {
	reader
	tx     *sql.Tx
	outbox *river.Client[*sql.Tx]
}

var _ store.Tx = (*tx)(nil)

func (t *tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := t.tx.ExecContext(ctx, query, args...)
	if err != nil {
		var e *sqlitedriver.Error
		if errors.As(err, &e) && (e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY || e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE) {
			return 0, fmt.Errorf("%w: %w", store.ErrExists, err)
		}
		return 0, fmt.Errorf("store: %w", err)
	}
	return res.RowsAffected()
}

// must turns "no row was changed" into ErrNotFound.
func must(n int64, err error, what string, key any) error {
	if err == nil && n == 0 {
		return fmt.Errorf("%w: %s %v", store.ErrNotFound, what, key)
	}
	return err
}

func marks(columns string) string {
	return strings.TrimSuffix(strings.Repeat("?, ", strings.Count(columns, ",")+1), ", ")
}

func assignments(columns string) string {
	names := strings.Split(columns, ",")
	for i, n := range names {
		names[i] = strings.TrimSpace(n) + " = ?"
	}
	return strings.Join(names, ", ")
}

func (t *tx) InsertJob(ctx context.Context, j store.Job) error {
	values, err := jobValues(j)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `INSERT INTO jobs (`+jobColumns+`) VALUES (`+marks(jobColumns)+`)`, values...)
	return err
}

func (t *tx) UpdateJob(ctx context.Context, j store.Job) error {
	values, err := jobValues(j)
	if err != nil {
		return err
	}
	n, err := t.exec(ctx, `UPDATE jobs SET `+assignments(jobColumns)+` WHERE id = ?`, append(values, j.ID[:])...)
	return must(n, err, "job", j.ID)
}

func (t *tx) InsertAttempt(ctx context.Context, a store.Attempt) error {
	_, err := t.exec(ctx, `INSERT INTO attempts (`+attemptColumns+`) VALUES (`+marks(attemptColumns)+`)`, attemptValues(a)...)
	return err
}

func (t *tx) UpdateAttempt(ctx context.Context, a store.Attempt) error {
	n, err := t.exec(ctx, `UPDATE attempts SET `+assignments(attemptColumns)+` WHERE job = ? AND number = ?`,
		append(attemptValues(a), a.Job[:], a.Number)...)
	return must(n, err, "attempt", fmt.Sprintf("%d of job %s", a.Number, a.Job))
}

func (t *tx) DeleteAttempt(ctx context.Context, id job.ID, number uint32) error {
	n, err := t.exec(ctx, `DELETE FROM attempts WHERE job = ? AND number = ?`, id[:], number)
	return must(n, err, "attempt", fmt.Sprintf("%d of job %s", number, id))
}

func (t *tx) AppendEvent(ctx context.Context, e store.Event) error {
	_, err := t.exec(ctx, `INSERT INTO events (job, attempt, from_state, to_state, cause, transaction_hash, at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		e.Job[:], e.Attempt, string(e.From), string(e.To), e.Cause, feltBytes(e.Transaction), t.now.UnixMicro())
	return err
}

func (t *tx) PutWorker(ctx context.Context, w store.Worker) error {
	manifest, err := json.Marshal(w.Manifest)
	if err != nil {
		return err
	}
	if w.CreatedAt.IsZero() {
		w.CreatedAt = t.now
	}
	var assigned int64
	if !w.LastAssigned.IsZero() {
		assigned = w.LastAssigned.UnixMicro()
	}
	_, err = t.exec(ctx, `INSERT INTO workers (`+workerColumns+`) VALUES (`+marks(workerColumns)+`)
		ON CONFLICT (address) DO UPDATE SET node_key = excluded.node_key, manifest = excluded.manifest, peer = excluded.peer,
		tier = excluded.tier, status = excluded.status, last_heartbeat = excluded.last_heartbeat, health = excluded.health, last_assigned = excluded.last_assigned, updated_at = excluded.updated_at`,
		feltBytes(w.Address), w.NodeKey, string(manifest), w.Peer, w.Tier, w.Status, w.LastHeartbeat.UnixMicro(), w.Health, assigned,
		w.CreatedAt.UnixMicro(), t.now.UnixMicro())
	return err
}

func (t *tx) Beats(ctx context.Context, beats []store.Beat, lease time.Duration) error {
	for _, b := range beats {
		at := t.now.Add(-b.Age)
		if _, err := t.exec(ctx, `UPDATE workers SET status = ?, last_heartbeat = max(last_heartbeat, ?), updated_at = ? WHERE address = ?`,
			b.Status, at.UnixMicro(), t.now.UnixMicro(), feltBytes(b.Worker)); err != nil {
			return err
		}
		if _, err := t.exec(ctx, `UPDATE attempts SET lease_until = max(lease_until, ?) WHERE worker = ? AND settled = 0 AND working = 1 AND lost = 0`,
			at.Add(lease).UnixMicro(), feltBytes(b.Worker)); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) PutBlob(ctx context.Context, b store.Blob) error {
	_, err := t.exec(ctx, `INSERT INTO blobs (`+blobColumns+`) VALUES (`+marks(blobColumns)+`) ON CONFLICT DO NOTHING`,
		b.Hash[:], b.Kind, b.Size, b.Job[:], b.Attempt, b.Public, t.now.UnixMicro())
	return err
}

func (t *tx) PublishBlobs(ctx context.Context, id job.ID, attempt uint32, hashes ...job.Hash) error {
	for _, h := range hashes {
		if _, err := t.exec(ctx, `UPDATE blobs SET public = 1 WHERE hash = ? AND job = ? AND attempt = ?`, h[:], id[:], attempt); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) PruneBlobs(ctx context.Context, before time.Time) (int, error) {
	n, err := t.exec(ctx, `DELETE FROM blobs WHERE job IN (SELECT id FROM jobs WHERE closed != '' AND updated_at < ?1
		AND id NOT IN (SELECT job FROM attempts WHERE settled = 0 OR updated_at >= ?1))`, before.UnixMicro())
	return int(n), err
}

func (t *tx) PutGrant(ctx context.Context, g store.Grant) error {
	_, err := t.exec(ctx, `INSERT INTO faucet_grants (address, source, transaction_hash, at) VALUES (?, ?, ?, ?)
		ON CONFLICT (address, at) DO UPDATE SET transaction_hash = excluded.transaction_hash`,
		feltBytes(g.Address), g.Source, feltBytes(g.Transaction), g.At.UnixMicro())
	return err
}

func (t *tx) DeleteGrant(ctx context.Context, g store.Grant) error {
	_, err := t.exec(ctx, `DELETE FROM faucet_grants WHERE address = ? AND at = ?`, feltBytes(g.Address), g.At.UnixMicro())
	return err
}

func (t *tx) PutTransaction(ctx context.Context, v store.Transaction) error {
	_, err := t.exec(ctx, `INSERT INTO transactions (`+transactionColumns+`) VALUES (`+marks(transactionColumns)+`)
		ON CONFLICT (account, hash) DO UPDATE SET block = excluded.block, accepted = excluded.accepted`,
		feltBytes(v.Account), feltBytes(v.Hash), int64(v.Nonce), v.Method, v.Param, v.Signed, v.Purpose, int64(v.Block), v.Accepted, t.now.UnixMicro())
	return err
}

func (t *tx) DeleteTransaction(ctx context.Context, account, hash felt.Felt) error {
	_, err := t.exec(ctx, `DELETE FROM transactions WHERE account = ? AND hash = ?`, feltBytes(account), feltBytes(hash))
	return err
}

func (t *tx) PruneTransactions(ctx context.Context, account felt.Felt, block uint64, keep int) error {
	_, err := t.exec(ctx, `DELETE FROM transactions WHERE account = ?1 AND accepted = 1 AND (block <= ?2 OR hash NOT IN
		(SELECT hash FROM transactions WHERE account = ?1 AND accepted = 1 ORDER BY nonce DESC LIMIT ?3))`,
		feltBytes(account), int64(block), keep)
	return err
}

// maxTries is as good as for ever: a task ends when the chain says so.
const maxTries = 30_000

// priority of a task, 1 first: what follows money that is locked or a worker that is liable never
// waits behind a backlog of jobs that are still to be created.
func priority(k store.TaskKind) int {
	switch k {
	case store.TaskCreate:
		return 3
	case store.TaskFund:
		return 2
	}
	return 1
}

// waiting are the states in which a task is not enqueued again.
var waiting = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
}

// task is a store.Task as the queue takes it.
type task struct {
	kind    store.TaskKind
	Job     job.ID `json:"job"`
	Attempt uint32 `json:"attempt"`
}

func (t task) Kind() string { return string(t.kind) }

func (t *tx) Enqueue(ctx context.Context, tasks ...store.Task) error {
	for _, v := range tasks {
		_, err := t.outbox.InsertTx(ctx, t.tx, task{kind: v.Kind, Job: v.Job, Attempt: v.Attempt}, &river.InsertOpts{
			MaxAttempts: maxTries,
			Priority:    priority(v.Kind),
			UniqueOpts:  river.UniqueOpts{ByArgs: true, ByState: waiting},
		})
		if err != nil {
			return fmt.Errorf("store: enqueue %s: %w", v.Kind, err)
		}
	}
	return nil
}
