package sqlite

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/coordinator/store"
)

// Columns and their order, used by every statement on the table.
const (
	jobColumns = `id, spec, salt, price, idempotency_key, state, closed, on_chain, cancel_asked, wants_worker,
		input_commitment, fence, hedges, max_hedges, deadline, create_tx, created_at, updated_at`
	attemptColumns = `job, number, worker, state, working, fence, lease_until, lost, fault, settled, phase, fraction,
		input_commitment, escrow, result_commitment, proof_commitment, proof_hash, result_hash,
		fund_tx, submit_tx, settle_tx, created_at, updated_at`
	eventColumns       = `sequence, job, attempt, from_state, to_state, cause, transaction_hash, at`
	workerColumns      = `address, node_key, manifest, peer, tier, status, last_heartbeat, health, last_assigned, created_at, updated_at`
	blobColumns        = `hash, kind, size, job, attempt, public, created_at`
	transactionColumns = `account, hash, nonce, method, param, signed, purpose, block, accepted, created_at`
)

type scanner interface{ Scan(...any) error }

func scanJob(row scanner) (store.Job, error) {
	var (
		j       store.Job
		spec    string
		key     sql.NullString
		created micros
		updated micros
		price   int64
	)
	err := row.Scan(array(j.ID[:]), &spec, feltOf{&j.Salt}, &price, &key, &j.State, &j.Closed, &j.OnChain, &j.CancelAsked,
		&j.WantsWorker, array(j.InputCommitment[:]), &j.Fence, &j.Hedges, &j.MaxHedges, &j.Deadline,
		feltOf{&j.CreateTx}, &created, &updated)
	if err != nil {
		return j, err
	}
	j.Price, j.IdempotencyKey = store.Price(uint64(price)), key.String
	j.CreatedAt, j.UpdatedAt = time.Time(created), time.Time(updated)
	if err := json.Unmarshal([]byte(spec), &j.Spec); err != nil {
		return j, fmt.Errorf("store: specification of job %s: %w", j.ID, err)
	}
	return j, nil
}

func jobValues(j store.Job) ([]any, error) {
	spec, err := json.Marshal(j.Spec)
	if err != nil {
		return nil, err
	}
	return []any{
		j.ID[:], string(spec), feltBytes(j.Salt), int64(uint64(j.Price)), sql.NullString{String: j.IdempotencyKey, Valid: j.IdempotencyKey != ""},
		string(j.State), string(j.Closed), j.OnChain, j.CancelAsked, j.WantsWorker, j.InputCommitment[:], int64(j.Fence),
		j.Hedges, j.MaxHedges, int64(j.Deadline), feltBytes(j.CreateTx),
		j.CreatedAt.UnixMicro(), j.UpdatedAt.UnixMicro(),
	}, nil
}

func scanAttempt(row scanner) (store.Attempt, error) {
	var (
		a                       store.Attempt
		working                 bool
		lease, created, updated micros
		escrow                  []byte
	)
	err := row.Scan(array(a.Job[:]), &a.Number, feltOf{&a.Worker}, &a.State, &working, &a.Fence, &lease, &a.Lost, &a.Fault,
		&a.Settled, &a.Phase, &a.Fraction, array(a.InputCommitment[:]), &escrow, array(a.ResultCommitment[:]),
		feltOf{&a.ProofCommitment}, array(a.ProofHash[:]), array(a.ResultHash[:]),
		feltOf{&a.FundTx}, feltOf{&a.SubmitTx}, feltOf{&a.SettleTx}, &created, &updated)
	if err != nil {
		return a, err
	}
	a.LeaseUntil, a.CreatedAt, a.UpdatedAt = time.Time(lease), time.Time(created), time.Time(updated)
	if len(escrow)%felt.Bytes != 0 {
		return a, fmt.Errorf("store: escrow tuple of job %s attempt %d has %d bytes", a.Job, a.Number, len(escrow))
	}
	for ; len(escrow) > 0; escrow = escrow[felt.Bytes:] {
		var f felt.Felt
		if err := f.SetBytesCanonical(escrow[:felt.Bytes]); err != nil {
			return a, fmt.Errorf("store: escrow tuple of job %s attempt %d: %w", a.Job, a.Number, err)
		}
		a.Escrow = append(a.Escrow, f)
	}
	return a, nil
}

func attemptValues(a store.Attempt) []any {
	escrow := make([]byte, 0, felt.Bytes*len(a.Escrow))
	for _, f := range a.Escrow {
		escrow = append(escrow, feltBytes(f)...)
	}
	return []any{
		a.Job[:], a.Number, feltBytes(a.Worker), string(a.State), a.Working(), int64(a.Fence), a.LeaseUntil.UnixMicro(),
		a.Lost, a.Fault, a.Settled, a.Phase, a.Fraction, a.InputCommitment[:], escrow, a.ResultCommitment[:],
		feltBytes(a.ProofCommitment), a.ProofHash[:], a.ResultHash[:], feltBytes(a.FundTx),
		feltBytes(a.SubmitTx), feltBytes(a.SettleTx), a.CreatedAt.UnixMicro(), a.UpdatedAt.UnixMicro(),
	}
}

func scanEvent(row scanner) (store.Event, error) {
	var (
		e  store.Event
		at micros
	)
	err := row.Scan(&e.Sequence, array(e.Job[:]), &e.Attempt, &e.From, &e.To, &e.Cause, feltOf{&e.Transaction}, &at)
	e.At = time.Time(at)
	return e, err
}

func scanWorker(row scanner) (store.Worker, error) {
	var (
		w                                store.Worker
		manifest                         string
		beat, assigned, created, updated micros
	)
	err := row.Scan(feltOf{&w.Address}, &w.NodeKey, &manifest, &w.Peer, &w.Tier, &w.Status, &beat, &w.Health, &assigned, &created, &updated)
	if err != nil {
		return w, err
	}
	w.LastHeartbeat, w.CreatedAt, w.UpdatedAt = time.Time(beat), time.Time(created), time.Time(updated)
	if at := time.Time(assigned); at.Unix() != 0 {
		w.LastAssigned = at
	}
	if err := json.Unmarshal([]byte(manifest), &w.Manifest); err != nil {
		return w, fmt.Errorf("store: manifest of worker %s: %w", w.Address.String(), err)
	}
	return w, nil
}

func scanBlob(row scanner) (store.Blob, error) {
	var (
		b       store.Blob
		created micros
	)
	err := row.Scan(array(b.Hash[:]), &b.Kind, &b.Size, array(b.Job[:]), &b.Attempt, &b.Public, &created)
	b.CreatedAt = time.Time(created)
	return b, err
}

func scanTransaction(row scanner) (store.Transaction, error) {
	var (
		t       store.Transaction
		created micros
	)
	err := row.Scan(feltOf{&t.Account}, feltOf{&t.Hash}, &t.Nonce, &t.Method, &t.Param, &t.Signed, &t.Purpose, &t.Block, &t.Accepted, &created)
	t.CreatedAt = time.Time(created)
	return t, err
}

// micros scans a time.
type micros time.Time

func (m *micros) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("store: a time of type %T", v)
	}
	*m = micros(time.UnixMicro(n).UTC())
	return nil
}

// array scans a column of fixed length.
type array []byte

func (a array) Scan(v any) error {
	b, ok := v.([]byte)
	if !ok || len(b) != len(a) {
		return fmt.Errorf("store: %T of %d bytes where %d bytes belong", v, len(b), len(a))
	}
	copy(a, b)
	return nil
}

// feltOf scans a field element.
type feltOf struct{ f *felt.Felt }

func (s feltOf) Scan(v any) error {
	b, ok := v.([]byte)
	if !ok || len(b) != felt.Bytes {
		return fmt.Errorf("store: %T of %d bytes where a field element belongs", v, len(b))
	}
	return s.f.SetBytesCanonical(b)
}

func feltBytes(f felt.Felt) []byte {
	b := f.Bytes()
	return b[:]
}
