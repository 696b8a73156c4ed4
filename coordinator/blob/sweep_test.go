package blob_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/sage-network/sage-node/coordinator/blob"
	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/coordinator/store/sqlite"
	"github.com/sage-network/sage-node/coordinator/store/storetest"
	"github.com/sage-network/sage-node/job"
)

// TestSweep: what a job needs stays, what nobody needs goes once it is old, by a clock of the test's.
func TestSweep(t *testing.T) {
	late := time.Duration(0)
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "a.db"), sqlite.WithoutSync(), sqlite.WithClock(func() time.Time { return time.Now().Add(late) }))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	folder, err := blob.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	desk := &blob.Desk{Folder: folder, Store: db}
	put := func(content string) job.Hash {
		t.Helper()
		h, err := folder.Put([]byte(content))
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	orphan, of1, shared, of2 := put("no job claims it"), put("of one job"), put("of both"), put("of the other")
	one, two := storetest.Job(1), storetest.Job(2)
	must := func(fn func(tx store.Tx) error) {
		t.Helper()
		if err := db.Update(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	must(func(tx store.Tx) error {
		for j, hashes := range map[*store.Job][]job.Hash{&one: {of1, shared}, &two: {of2, shared}} {
			if _, err := store.Submit(t.Context(), tx, *j); err != nil {
				return err
			}
			for _, h := range hashes {
				if err := tx.PutBlob(t.Context(), store.Blob{Hash: h, Kind: "input", Size: 1, Job: j.ID}); err != nil {
					return err
				}
			}
		}
		_, err := store.Close(t.Context(), tx, one.ID, job.Cancelled, "over")
		return err
	})
	sweep := func(want int, there ...job.Hash) {
		t.Helper()
		if n, err := desk.Sweep(t.Context(), time.Hour); err != nil || n != want {
			t.Errorf("%d files removed, want %d: %v", n, want, err)
		}
		left := map[job.Hash]bool{}
		for _, h := range there {
			left[h] = true
		}
		for _, h := range []job.Hash{orphan, of1, shared, of2} {
			if _, err := folder.Get(h, 100); errors.Is(err, blob.ErrNotFound) == left[h] {
				t.Errorf("%s: %v, want it there: %v", h, err, left[h])
			}
		}
	}
	sweep(0, orphan, of1, shared, of2)
	late = 2 * time.Hour
	sweep(2, shared, of2)
	must(func(tx store.Tx) error {
		_, err := store.Close(t.Context(), tx, two.ID, job.Cancelled, "over")
		return err
	})
	sweep(0, shared, of2) // it is over, but not for long
	late = 4 * time.Hour
	put("of the other") // uploaded again, for a job that is about to be submitted: young, by the clock of files
	late = 30 * time.Minute
	sweep(0, shared, of2)
	late = 4 * time.Hour
	sweep(2)
}
