package devnet_test

import (
	"context"
	"errors"
	"math/big"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/devnet"
	"github.com/sage-network/sage-node/internal/starkhash"
)

func TestLifecycle(t *testing.T) {
	ctx := t.Context()
	d, err := devnet.Start(ctx, devnet.Options{Seed: 7, Accounts: 2, BlockInterval: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Stop()
	accounts, err := d.Accounts(ctx)
	if err != nil || len(accounts) != 2 {
		t.Fatalf("accounts: %d, %v", len(accounts), err)
	}
	before, err := d.Client().Latest(ctx)
	if err != nil {
		t.Fatal(err)
	}
	// The tick alone makes blocks.
	waitFor(t, func() bool {
		b, err := d.Client().Latest(ctx)
		return err == nil && b.Number >= before.Number+2
	})
	if err := d.IncreaseTime(ctx, time.Hour); err != nil {
		t.Fatal(err)
	}
	after, err := d.Client().Latest(ctx)
	if err != nil || after.Timestamp.Sub(before.Timestamp) < time.Hour {
		t.Errorf("an hour on, the clock went from %s to %s (%v)", before.Timestamp, after.Timestamp, err)
	}
	to := starkhash.Uint64(0x1234)
	amount, _ := new(big.Int).SetString("123456789012345678901234567", 10)
	if err := d.Mint(ctx, to, amount); err != nil {
		t.Fatal(err)
	}
	if got, err := d.Client().FeeBalance(ctx, to); err != nil || got.Cmp(amount) != 0 {
		t.Errorf("minted %s, the balance is %v (%v)", amount, got, err)
	}
	d.Stop()
	d.Stop()
	select {
	case <-d.Exited():
	default:
		t.Error("Stop returned before the program ended")
	}
	if _, err := chain.Dial(ctx, d.URL(), ""); !errors.Is(err, chain.ErrUnreachable) {
		t.Errorf("after Stop: got %v, want ErrUnreachable", err)
	}
}

func TestPortTaken(t *testing.T) {
	first, err := devnet.Start(t.Context(), devnet.Options{BlockInterval: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer first.Stop()
	u, err := url.Parse(first.URL())
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	if second, err := devnet.Start(t.Context(), devnet.Options{Port: port}); !errors.Is(err, devnet.ErrStart) {
		if second != nil {
			second.Stop()
		}
		t.Errorf("a taken port: got %v, want ErrStart", err)
	}
}

func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("waited 20 s in vain")
		}
	}
}

func timeoutContext() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), time.Minute)
}
