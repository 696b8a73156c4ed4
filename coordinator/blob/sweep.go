package blob

import (
	"context"
	"time"

	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/job"
)

// Sweep removes what nobody needs any more: blobs of jobs that were closed, with every attempt settled, for
// longer than the retention time, and files that no job has claimed for as long, such as inputs whose job was
// never submitted. A blob that another job uses stays. Time is the database's. It returns how many files went.
func (d *Desk) Sweep(ctx context.Context, retention time.Duration) (int, error) {
	var before time.Time
	err := d.Store.Update(ctx, func(tx store.Tx) error {
		before = tx.Now().Add(-retention)
		_, err := tx.PruneBlobs(ctx, before)
		return err
	})
	if err != nil {
		return 0, err
	}
	return d.Folder.Sweep(before, func(hash job.Hash) (used bool, err error) {
		err = d.Store.View(ctx, func(r store.Reader) error {
			uses, err := r.BlobUses(ctx, hash)
			used = len(uses) > 0
			return err
		})
		return used, err
	})
}
