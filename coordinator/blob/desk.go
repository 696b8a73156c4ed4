package blob

import (
	"context"
	"fmt"
	"io"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
)

// Kinds of blobs in the index, besides those that workers upload.
const kindInput = "input"

// maxUploads bounds the blobs of one attempt: a worker that restarts may prove again.
const maxUploads = 16

// maxServed is the largest blob that is served to anybody.
const maxServed = max(wire.MaxProofBlob, wire.MaxResultBlob)

// Roots recomputes the commitment of a result.
type Roots interface {
	Result(ctx context.Context, s job.Spec, entries []byte) (job.Hash, error)
}

// Submissions reads attempts on-chain.
type Submissions interface {
	Attempt(ctx context.Context, id job.ID, number uint32) (bindings.Attempt, error)
}

// Desk takes and gives out blobs.
type Desk struct {
	Folder *Folder
	Store  store.Store
	Roots  Roots
	Chain  Submissions
}

// Upload takes a worker's blob. It returns nil only after the hash was checked, for a result also its
// commitment, and the blob and its index entry are durable. The lease token must be the current one.
func (d *Desk) Upload(ctx context.Context, worker felt.Felt, u wire.Upload, hash job.Hash, body io.Reader) error {
	spec, state, err := d.admit(ctx, worker, u, hash)
	if err != nil {
		return err
	}
	if state == job.Assigned || state == job.Funded { // as far as is known here: an offer costs nothing, and gives no room
		a, err := d.Chain.Attempt(ctx, u.Job, u.Attempt)
		if err != nil {
			return err
		}
		if a.StakeAtAccept.IsZero() {
			return fmt.Errorf("%w: the attempt is not accepted on-chain yet", ErrQuota)
		}
	}
	content, err := Read(body, hash, u.MaxBytes())
	if err != nil {
		return err
	}
	if u.Kind == wire.BlobResult {
		root, err := d.Roots.Result(ctx, spec, content)
		if err != nil {
			return err
		}
		if root != u.Commitment {
			return fmt.Errorf("%w: the root is %s, announced was %s", ErrCommitment, root, u.Commitment)
		}
	}
	if _, err := d.Folder.Put(content); err != nil {
		return err
	}
	return d.Store.Update(ctx, func(tx store.Tx) error {
		if _, err := store.Fenced(ctx, tx, u.Job, u.Attempt, worker, u.Fence); err != nil {
			return err
		}
		return tx.PutBlob(ctx, store.Blob{Hash: hash, Kind: string(u.Kind), Size: int64(len(content)), Job: u.Job, Attempt: u.Attempt})
	})
}

func (d *Desk) admit(ctx context.Context, worker felt.Felt, u wire.Upload, hash job.Hash) (spec job.Spec, state job.State, err error) {
	err = d.Store.View(ctx, func(r store.Reader) error {
		a, err := store.Fenced(ctx, r, u.Job, u.Attempt, worker, u.Fence)
		if err != nil {
			return err
		}
		if !a.Live() {
			return fmt.Errorf("%w: the attempt is %s", store.ErrFence, a.State)
		}
		j, err := r.Job(ctx, u.Job)
		if err != nil {
			return err
		}
		spec, state = j.Spec, a.State
		have, err := r.BlobsOf(ctx, u.Job, u.Attempt)
		if err != nil {
			return err
		}
		known := false
		for _, b := range have {
			known = known || b.Hash == hash
		}
		if !known && len(have) >= maxUploads {
			return fmt.Errorf("%w: %d", ErrQuota, len(have))
		}
		return nil
	})
	return spec, state, err
}

// PutInput stores the input of a job that is about to be submitted.
func (d *Desk) PutInput(content []byte) (job.Hash, error) {
	if len(content) > wire.MaxInputBlob {
		return job.Hash{}, fmt.Errorf("%w: at most %d bytes", ErrTooLarge, wire.MaxInputBlob)
	}
	return d.Folder.Put(content)
}

// Index notes an input's job; call it in the transaction that submits the job.
func Index(ctx context.Context, tx store.Tx, j store.Job, size int64) error {
	if j.Spec.Input.Kind != job.InputBlob {
		return nil
	}
	return tx.PutBlob(ctx, store.Blob{Hash: j.Spec.Input.Blob, Kind: kindInput, Size: size, Job: j.ID})
}

// Public reads a blob for anybody: a result or a proof whose submission is on L2. The chain is asked
// where the index does not know it yet, since validators look as soon as they see the event.
func (d *Desk) Public(ctx context.Context, hash job.Hash) ([]byte, error) {
	var uses []store.Blob
	err := d.Store.View(ctx, func(r store.Reader) (err error) { uses, err = r.BlobUses(ctx, hash); return err })
	if err != nil {
		return nil, err
	}
	for _, u := range uses {
		if u.Public {
			return d.Folder.Get(hash, maxServed)
		}
	}
	for _, u := range uses {
		if u.Attempt == 0 {
			continue
		}
		a, err := d.Chain.Attempt(ctx, u.Job, u.Attempt)
		if err != nil {
			return nil, err
		}
		if job.Hash(a.ProofHash) != hash && job.Hash(a.ResultHash) != hash {
			continue
		}
		if err := d.Store.Update(ctx, func(tx store.Tx) error { return tx.PublishBlobs(ctx, u.Job, u.Attempt, hash) }); err != nil {
			return nil, err
		}
		return d.Folder.Get(hash, maxServed)
	}
	return nil, fmt.Errorf("%w: %s", ErrNotFound, hash)
}

// Input reads the input of a job for a worker that holds an attempt of it.
func (d *Desk) Input(ctx context.Context, worker felt.Felt, hash job.Hash) ([]byte, error) {
	allowed := false
	err := d.Store.View(ctx, func(r store.Reader) error {
		held, err := r.AttemptsOf(ctx, worker)
		if err != nil {
			return err
		}
		for _, a := range held {
			j, err := r.Job(ctx, a.Job)
			if err != nil {
				return err
			}
			allowed = allowed || a.Live() && j.Spec.Input.Kind == job.InputBlob && j.Spec.Input.Blob == hash
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !allowed {
		return nil, fmt.Errorf("%w: %s", ErrNotFound, hash)
	}
	return d.Folder.Get(hash, wire.MaxInputBlob)
}

// Submitted reads the blob of an attempt that the chain names, for the job's owner.
func (d *Desk) Submitted(ctx context.Context, a store.Attempt, hash job.Hash) ([]byte, error) {
	if hash.IsZero() {
		return nil, fmt.Errorf("%w: attempt %d of job %s has submitted nothing", ErrNotFound, a.Number, a.Job)
	}
	return d.Folder.Get(hash, maxServed)
}

// ReadInput reads an uploaded input for its owner.
func (d *Desk) ReadInput(hash job.Hash) ([]byte, error) { return d.Folder.Get(hash, wire.MaxInputBlob) }
