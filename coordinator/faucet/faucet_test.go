package faucet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/coordinator/store/sqlite"
	"github.com/sage-network/sage-node/coordinator/store/storetest"
)

type bank struct {
	mu   sync.Mutex
	sent map[felt.Felt]int
	err  error
}

func (b *bank) Grant(_ context.Context, to felt.Felt) (Grant, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return Grant{}, b.err
	}
	b.sent[to]++
	return Grant{Transaction: storetest.Felt(9), FeeTokens: big.NewInt(1), SAGE: big.NewInt(2)}, nil
}

func start(t *testing.T) (*Faucet, *bank, *storetest.Clock) {
	clock := storetest.NewClock()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "s.db"), sqlite.WithClock(clock.Now), sqlite.WithoutSync())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	b := &bank{sent: map[felt.Felt]int{}}
	return &Faucet{Store: s, Bank: b, Limits: Limits{Window: time.Hour, PerAddress: 1, PerSource: 3}, Log: slog.New(slog.DiscardHandler)}, b, clock
}

func TestLimits(t *testing.T) {
	f, _, clock := start(t)
	serve := func(to uint64, source string) error {
		_, err := f.Serve(t.Context(), storetest.Felt(1000+to), source)
		return err
	}
	for _, c := range []struct {
		to     uint64
		source string
		want   error
	}{{1, "a", nil}, {1, "a", ErrLimit}, {1, "b", ErrLimit}, {2, "a", nil}, {3, "a", nil}, {4, "a", ErrLimit}, {4, "b", nil}} {
		if err := serve(c.to, c.source); !errors.Is(err, c.want) {
			t.Errorf("address %d from %s: %v, want %v", c.to, c.source, err, c.want)
		}
	}
	clock.Advance(61 * time.Minute)
	if err := serve(1, "a"); err != nil {
		t.Fatalf("after the window: %v", err)
	}
	one := storetest.Felt(1)
	for _, bad := range []felt.Felt{{}, *new(felt.Felt).Neg(&one)} {
		if _, err := f.Serve(t.Context(), bad, "c"); !errors.Is(err, ErrAddress) {
			t.Errorf("address %s: %v", bad.String(), err)
		}
	}
}

func TestFailureCostsNothing(t *testing.T) {
	f, b, _ := start(t)
	b.err = errors.New("no gas")
	if _, err := f.Serve(t.Context(), storetest.Felt(1000), "a"); !errors.Is(err, b.err) {
		t.Fatalf("error %v", err)
	}
	b.err = nil
	if r, err := f.Serve(t.Context(), storetest.Felt(1000), "a"); err != nil || r.SAGE.Int64() != 2 {
		t.Fatalf("response %+v, %v", r, err)
	}
}

func TestConcurrentRequests(t *testing.T) {
	f, b, _ := start(t)
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() { _, _ = f.Serve(t.Context(), storetest.Felt(1000), fmt.Sprint(i)) })
	}
	wg.Wait()
	if n := b.sent[storetest.Felt(1000)]; n != 1 {
		t.Fatalf("served %d times", n)
	}
}

// patient is a bank that sends when it is told to, whoever still waits.
type patient struct {
	*bank
	asked, send chan struct{}
}

func (p patient) Grant(ctx context.Context, to felt.Felt) (Grant, error) {
	close(p.asked)
	select {
	case <-p.send:
	case <-ctx.Done():
		return Grant{}, ctx.Err()
	}
	return p.bank.Grant(ctx, to)
}

// TestHangingUpCountsToo: a request whose client goes away is served, and counts.
func TestHangingUpCountsToo(t *testing.T) {
	f, b, _ := start(t)
	p := patient{b, make(chan struct{}), make(chan struct{})}
	f.Bank = p
	ctx, hangUp := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() {
		_, err := f.Serve(ctx, storetest.Felt(1000), "a")
		served <- err
	}()
	<-p.asked
	hangUp()
	close(p.send)
	if err := <-served; err != nil {
		t.Fatal(err)
	}
	f.Bank = b
	if _, err := f.Serve(t.Context(), storetest.Felt(1000), "a"); !errors.Is(err, ErrLimit) {
		t.Fatalf("the second time: %v", err)
	}
}
