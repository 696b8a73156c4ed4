package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/sage-network/sage-node/coordinator/internal/chainmodel"
	"github.com/sage-network/sage-node/coordinator/lease"
	"github.com/sage-network/sage-node/coordinator/match"
	"github.com/sage-network/sage-node/coordinator/settle"
	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/coordinator/store/sqlite"
	"github.com/sage-network/sage-node/coordinator/store/storetest"
	"github.com/sage-network/sage-node/job"
)

// TestHold: while a contract's upgrade is ahead no job gets a worker, and afterwards they do.
func TestHold(t *testing.T) {
	ctx := t.Context()
	db, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "a.db"), sqlite.WithoutSync())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	chain := chainmodel.New(storetest.Felt(1), 0)
	log := slog.New(slog.DiscardHandler)
	var hold error
	d := New(Config{Store: db, Keeper: lease.New(db, log), Registry: chain, Owner: storetest.Felt(1), Rules: match.DefaultRules, Log: log,
		Hold: func(context.Context) error { return hold }})
	j, address := storetest.Job(1), storetest.Felt(70)
	chain.AddWorker(address, chainmodel.Node(job.TierConsumer, [32]byte{1}, false))
	if err := db.Update(ctx, func(tx store.Tx) error {
		if _, err := store.Submit(ctx, tx, j); err != nil {
			return err
		}
		if _, err := store.Refresh(ctx, tx, j.ID, "created", func(j *store.Job) { j.OnChain = true }); err != nil {
			return err
		}
		return tx.PutWorker(ctx, store.Worker{Address: address, NodeKey: []byte{2}, Tier: job.TierConsumer, Status: statusIdle, LastHeartbeat: tx.Now(), Health: 1})
	}); err != nil {
		t.Fatal(err)
	}
	down := errors.New("the chain does not answer")
	for _, c := range []struct {
		hold, want error
		assigned   int
	}{{fmt.Errorf("%w: soon", settle.ErrUpgrade), nil, 0}, {down, down, 0}, {nil, nil, 1}} {
		hold = c.hold
		if n, err := d.Round(ctx); n != c.assigned || !errors.Is(err, c.want) {
			t.Errorf("held by %v: %d assigned, %v", c.hold, n, err)
		}
	}
}
