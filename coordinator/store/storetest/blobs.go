package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/job"
)

func testBlobs(t *testing.T, f *fixture) {
	j := f.open(1)
	hash := job.Hash{7}
	uses := func() (bs []store.Blob) {
		f.view(func(ctx context.Context, r store.Reader) (err error) { bs, err = r.BlobUses(ctx, hash); return err })
		return bs
	}
	if len(uses()) != 0 {
		t.Fatal("uses of an unknown blob")
	}
	for _, attempt := range []uint32{1, 2, 1} {
		f.must(func(ctx context.Context, tx store.Tx) error {
			return tx.PutBlob(ctx, store.Blob{Hash: hash, Kind: "result", Size: 9, Job: j.ID, Attempt: attempt})
		})
	}
	if bs := uses(); len(bs) != 2 || bs[0].Public {
		t.Fatalf("uses %v", bs)
	}
	f.must(func(ctx context.Context, tx store.Tx) error { return tx.PublishBlobs(ctx, j.ID, 2, hash) })
	if bs := uses(); len(bs) != 2 || !bs[0].Public || bs[0].Attempt != 2 || bs[1].Public {
		t.Fatalf("uses %v", bs)
	}
	f.view(func(ctx context.Context, r store.Reader) error {
		bs, err := r.BlobsOf(ctx, j.ID, 1)
		if err != nil || len(bs) != 1 {
			t.Fatalf("blobs of attempt 1: %v, %v", bs, err)
		}
		return nil
	})
}

// testPruneBlobs: uses go when their job is over for long enough, and nothing of it is unsettled.
func testPruneBlobs(t *testing.T, f *fixture) {
	hash := job.Hash{9}
	over, unsettled, running := f.open(1), f.open(2), f.open(3)
	a := f.claim(unsettled.ID, 7)
	for _, j := range []store.Job{over, unsettled, running} {
		f.must(func(ctx context.Context, tx store.Tx) error {
			return tx.PutBlob(ctx, store.Blob{Hash: hash, Kind: "result", Size: 9, Job: j.ID, Attempt: 1})
		})
	}
	prune := func() (n, left int) {
		t.Helper()
		f.must(func(ctx context.Context, tx store.Tx) (err error) {
			n, err = tx.PruneBlobs(ctx, f.clock.Now().Add(-time.Hour))
			return err
		})
		f.view(func(ctx context.Context, r store.Reader) error {
			bs, err := r.BlobUses(ctx, hash)
			left = len(bs)
			return err
		})
		return n, left
	}
	f.clock.Advance(2 * time.Hour)
	if n, left := prune(); n != 0 || left != 3 {
		t.Fatalf("with all jobs open: %d uses gone, %d left", n, left)
	}
	f.must(func(ctx context.Context, tx store.Tx) error {
		for _, j := range []store.Job{over, unsettled} {
			if _, err := store.Close(ctx, tx, j.ID, job.Cancelled, "over"); err != nil {
				return err
			}
		}
		return nil
	})
	if n, left := prune(); n != 0 || left != 3 {
		t.Fatalf("right after the end: %d uses gone, %d left", n, left)
	}
	f.clock.Advance(2 * time.Hour)
	if n, left := prune(); n != 1 || left != 2 {
		t.Fatalf("later: %d uses gone, %d left; an attempt is not settled", n, left)
	}
	f.must(func(ctx context.Context, tx store.Tx) error {
		_, err := store.Advance(ctx, tx, a.Job, a.Number, job.Void, "over", func(a *store.Attempt) { a.Settled = true })
		return err
	})
	f.clock.Advance(2 * time.Hour)
	if n, left := prune(); n != 1 || left != 1 {
		t.Fatalf("after the settlement: %d uses gone, %d left", n, left)
	}
}

func testGrants(t *testing.T, f *fixture) {
	g := store.Grant{Address: Felt(1), Source: "10.0.0.1", At: f.clock.Now()}
	f.must(func(ctx context.Context, tx store.Tx) error {
		if err := tx.PutGrant(ctx, g); err != nil {
			return err
		}
		return tx.PutGrant(ctx, store.Grant{Address: Felt(2), Source: "10.0.0.1", At: g.At.Add(-time.Hour)})
	})
	count := func(since time.Duration) (a, s int) {
		f.view(func(ctx context.Context, r store.Reader) (err error) {
			a, s, err = r.CountGrants(ctx, Felt(1), "10.0.0.1", f.clock.Now().Add(-since))
			return err
		})
		return a, s
	}
	if a, s := count(time.Minute); a != 1 || s != 1 {
		t.Fatalf("within a minute: %d to the address, %d to the source", a, s)
	}
	if a, s := count(2 * time.Hour); a != 1 || s != 2 {
		t.Fatalf("within two hours: %d, %d", a, s)
	}
	f.must(func(ctx context.Context, tx store.Tx) error { return tx.DeleteGrant(ctx, g) })
	if a, s := count(2 * time.Hour); a != 0 || s != 1 {
		t.Fatalf("after the deletion: %d, %d", a, s)
	}
}
