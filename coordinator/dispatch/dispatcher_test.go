package dispatch

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"go.uber.org/goleak"

	"github.com/sage-network/sage-node/coordinator/internal/chainmodel"
	"github.com/sage-network/sage-node/coordinator/lease"
	"github.com/sage-network/sage-node/coordinator/match"
	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/coordinator/store/sqlite"
	"github.com/sage-network/sage-node/coordinator/store/storetest"
	"github.com/sage-network/sage-node/job"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// slow commits when it is let; what it commits to is the worker.
type slow struct {
	asked chan felt.Felt
	let   chan struct{}
}

func (s slow) Commit(ctx context.Context, _ job.Spec, worker felt.Felt) (job.Hash, error) {
	s.asked <- worker
	select {
	case <-s.let:
		return job.Hash(worker.Bytes()), nil
	case <-ctx.Done():
		return job.Hash{}, ctx.Err()
	}
}

// TestSlowCommitmentHoldsUpNobody: the oldest job is a synthetic one whose input takes long. Jobs behind it get
// their workers meanwhile, and the worker for whom it is computed stays free for it.
func TestSlowCommitmentHoldsUpNobody(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	db, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "a.db"), sqlite.WithoutSync())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	chain := chainmodel.New(storetest.Felt(1), 0)
	log := slog.New(slog.DiscardHandler)
	inputs := slow{asked: make(chan felt.Felt, 10), let: make(chan struct{})}
	d := New(Config{Store: db, Keeper: lease.New(db, log), Inputs: inputs, Registry: chain, Owner: storetest.Felt(1), Rules: match.DefaultRules, Log: log})
	synthetic, second, third := storetest.Job(1), storetest.Job(2), storetest.Job(3)
	synthetic.Spec.Input = job.Input{Kind: job.InputSynthetic, SeedBlock: 7}
	update := func(fn func(tx store.Tx) error) {
		t.Helper()
		if err := db.Update(ctx, fn); err != nil {
			t.Fatal(err)
		}
	}
	for _, j := range []store.Job{synthetic, second, third} { // in this order
		update(func(tx store.Tx) error {
			if _, err := store.Submit(ctx, tx, j); err != nil {
				return err
			}
			_, err := store.Refresh(ctx, tx, j.ID, "created", func(j *store.Job) { j.OnChain = true })
			return err
		})
	}
	for n := range uint64(2) {
		address := storetest.Felt(70 + n)
		chain.AddWorker(address, chainmodel.Node(job.TierConsumer, [32]byte{1}, false))
		update(func(tx store.Tx) error {
			return tx.PutWorker(ctx, store.Worker{Address: address, NodeKey: []byte{2}, Tier: job.TierConsumer, Status: statusIdle, LastHeartbeat: tx.Now(), Health: 1})
		})
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() { defer close(ended); d.Run(running) }()
	defer func() { stop(); <-ended }()
	first := func(id job.ID) (a store.Attempt) {
		t.Helper()
		for {
			changed := db.Changed()
			var found []store.Attempt
			if err := db.View(ctx, func(r store.Reader) (err error) { found, err = r.Attempts(ctx, id); return err }); err != nil {
				t.Fatal(err)
			}
			if len(found) > 0 {
				return found[0]
			}
			select {
			case <-changed:
			case <-ctx.Done():
				t.Fatalf("job %s got no worker", id)
			}
		}
	}
	reserved := <-inputs.asked
	if a := first(second.ID); a.Worker == reserved {
		t.Errorf("the worker for whom the input is computed got another job")
	}
	close(inputs.let)
	a := first(synthetic.ID)
	if a.Worker != reserved || a.InputCommitment != job.Hash(reserved.Bytes()) {
		t.Errorf("attempt by %s with input %s, computed was that of %s", a.Worker.String(), a.InputCommitment, reserved.String())
	}
	if err := db.View(ctx, func(r store.Reader) error {
		waits, err := r.Attempts(ctx, third.ID)
		if len(waits) != 0 {
			t.Error("a third job got one of two busy workers")
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
