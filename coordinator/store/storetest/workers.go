package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
)

func worker(tx store.Tx, n uint64) store.Worker {
	return store.Worker{
		Address: Felt(n), NodeKey: []byte{2, byte(n)}, Tier: job.TierConsumer, Status: "idle", LastHeartbeat: tx.Now(), Health: 1,
		Manifest: wire.Manifest{Wallet: wire.Felt(Felt(n)), PayloadKey: []byte{byte(n)}},
	}
}

func testWorkers(t *testing.T, f *fixture) {
	for n := range uint64(5) {
		f.must(func(ctx context.Context, tx store.Tx) error { return tx.PutWorker(ctx, worker(tx, n+1)) })
		f.clock.Advance(10 * time.Second)
	}
	f.view(func(ctx context.Context, r store.Reader) error {
		alive, err := r.Alive(ctx, 30*time.Second)
		if err != nil || len(alive) != 3 {
			t.Fatalf("alive: %v, %v", alive, err)
		}
		w, err := r.Worker(ctx, Felt(2))
		if err != nil || w.Manifest.PayloadKey[0] != 2 || w.CreatedAt.IsZero() {
			t.Fatalf("worker %+v, %v", w, err)
		}
		p, err := r.Workers(ctx, store.WorkerQuery{Limit: 3})
		if err != nil || len(p.Items) != 3 {
			t.Fatalf("page %v, %v", p, err)
		}
		p, err = r.Workers(ctx, store.WorkerQuery{Limit: 3, Cursor: p.Next})
		if err != nil || len(p.Items) != 2 || p.Next != "" {
			t.Fatalf("page %v, %v", p, err)
		}
		return nil
	})
}
