package storetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/job"
)

func testRollback(t *testing.T, f *fixture) {
	j, boom := Job(1), errors.New("boom")
	err := f.update(func(ctx context.Context, tx store.Tx) error {
		if _, err := store.Submit(ctx, tx, j); err != nil {
			return err
		}
		return boom
	})
	wantError(t, err, boom)
	f.view(func(ctx context.Context, r store.Reader) error {
		_, err := r.Job(ctx, j.ID)
		wantError(t, err, store.ErrNotFound)
		return nil
	})
	if tasks := f.driver.Tasks(t, f.store); len(tasks) != 0 {
		t.Fatalf("tasks %v outlived their change", tasks)
	}
}

func testTransactions(t *testing.T, f *fixture) {
	for nonce := range uint64(4) {
		f.must(func(ctx context.Context, tx store.Tx) error {
			return tx.PutTransaction(ctx, store.Transaction{
				Account: Felt(1), Hash: Felt(103 - nonce), Nonce: 3 - nonce, Method: "add", Param: "tx", Signed: []byte("bytes"), Purpose: "test",
			})
		})
	}
	nonces := func(from uint64) (out []uint64) {
		f.view(func(ctx context.Context, r store.Reader) error {
			open, err := r.OpenTransactions(ctx, Felt(1), from)
			for _, v := range open {
				if string(v.Signed) != "bytes" || v.Method != "add" || v.Param != "tx" {
					t.Errorf("signed bytes never change: %+v", v)
				}
				out = append(out, v.Nonce)
			}
			return err
		})
		return out
	}
	for nonce := range uint64(3) {
		f.must(func(ctx context.Context, tx store.Tx) error {
			return tx.PutTransaction(ctx, store.Transaction{
				Account: Felt(1), Hash: Felt(100 + nonce), Nonce: nonce, Method: "other", Signed: []byte("other"), Accepted: true, Block: nonce,
			})
		})
	}
	if got := nonces(2); !slices.Equal(got, []uint64{2, 3}) {
		t.Fatalf("open from nonce 2: %v", got)
	}
	f.must(func(ctx context.Context, tx store.Tx) error { return tx.PruneTransactions(ctx, Felt(1), 0, 1) })
	if got := nonces(0); !slices.Equal(got, []uint64{2, 3}) {
		t.Fatalf("after pruning: %v", got)
	}
	f.must(func(ctx context.Context, tx store.Tx) error { return tx.DeleteTransaction(ctx, Felt(1), Felt(103)) })
	if got := nonces(0); !slices.Equal(got, []uint64{2}) {
		t.Fatalf("after the deletion: %v", got)
	}
}

func testTasks(t *testing.T, f *fixture) {
	j := f.open(1)
	watch := store.Task{Kind: store.TaskWatch, Job: j.ID, Attempt: 1}
	for range 3 {
		f.must(func(ctx context.Context, tx store.Tx) error { return tx.Enqueue(ctx, watch, watch) })
	}
	tasks := f.driver.Tasks(t, f.store)
	if len(tasks) != 2 || tasks[0] != (store.Task{Kind: store.TaskCreate, Job: j.ID}) || tasks[1] != watch {
		t.Fatalf("tasks %v", tasks)
	}
}

func testReopen(t *testing.T, f *fixture) {
	j := f.open(1)
	a := f.claim(j.ID, 70)
	f.must(func(ctx context.Context, tx store.Tx) error {
		_, err := store.Advance(ctx, tx, j.ID, 1, job.Funded, "paid in", func(a *store.Attempt) {
			a.Escrow, a.FundTx, a.ProofHash = []felt.Felt{Felt(1), Felt(2)}, Felt(3), job.Hash{4}
		})
		return err
	})
	if err := f.store.Close(); err != nil {
		t.Fatal(err)
	}
	f.store = f.driver.Open(t, t.Name(), f.clock.Now)
	f.view(func(ctx context.Context, r store.Reader) error {
		got, err := r.Attempt(ctx, j.ID, 1)
		if err != nil || got.State != job.Funded || len(got.Escrow) != 2 || got.Escrow[1] != Felt(2) || got.FundTx != Felt(3) || got.ProofHash != (job.Hash{4}) || got.Fence != a.Fence {
			t.Fatalf("attempt %+v, %v", got, err)
		}
		open, err := r.Unfinished(ctx)
		if err != nil || len(open) != 1 || open[0].ID != j.ID {
			t.Fatalf("unfinished %v, %v", open, err)
		}
		return nil
	})
	if tasks := f.driver.Tasks(t, f.store); len(tasks) != 2 {
		t.Fatalf("tasks %v", tasks)
	}
}

// testSerial lets many claims race for few jobs: each job goes to one worker.
func testSerial(t *testing.T, f *fixture) {
	const jobs, workers = 4, 12
	var ids []job.ID
	for n := range uint64(jobs) {
		ids = append(ids, f.open(n+1).ID)
	}
	var (
		wg  sync.WaitGroup
		mu  sync.Mutex
		won = map[job.ID]int{}
	)
	for w := range uint64(workers) {
		wg.Go(func() {
			for _, id := range ids {
				err := f.update(func(ctx context.Context, tx store.Tx) error {
					_, err := store.Claim(ctx, tx, id, Felt(100+w), job.Hash{}, tx.Now(), Lease)
					return err
				})
				switch {
				case err == nil:
					mu.Lock()
					won[id]++
					mu.Unlock()
				case !errors.Is(err, store.ErrNotWanted):
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for _, id := range ids {
		if won[id] != 1 {
			t.Errorf("job %s was claimed %d times", id, won[id])
		}
	}
}

func testChanged(t *testing.T, f *fixture) {
	changed := f.store.Changed()
	f.open(1)
	select {
	case <-changed:
	default:
		t.Fatal("an update was not announced")
	}
	changed = f.store.Changed()
	if err := f.update(func(context.Context, store.Tx) error { return errors.New("no") }); err == nil {
		t.Fatal("no error")
	}
	select {
	case <-changed:
		t.Fatal("a failed update was announced")
	default:
	}
}
