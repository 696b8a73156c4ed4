package parallel

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
)

// Chunks are powers of two within the bounds, and many enough for all workers.
func TestChunk(t *testing.T) {
	for _, c := range []struct{ workers, n, least, most, want int }{
		{1, 1 << 20, 256, 4096, 4096},
		{2, 1 << 12, 256, 4096, 1 << 10},
		{3, 1 << 12, 256, 4096, 1 << 9}, // 682
		{16, 1 << 12, 256, 4096, 256},
		{4, 2, 1, 16, 1},
		{2, 0, 1, 16, 1},
	} {
		if got := Workers(c.workers).Chunk(c.n, c.least, c.most); got != c.want {
			t.Errorf("chunks of %d for %d workers from %d to %d: %d, want %d", c.n, c.workers, c.least, c.most, got, c.want)
		}
	}
}

func TestForVisitsEveryIndexOnce(t *testing.T) {
	for _, workers := range []Workers{0, 1, 2, 7} {
		for _, n := range []int{0, 1, 2, 100} {
			seen := make([]atomic.Int32, n)
			err := For(context.Background(), workers, n, func(worker, i int) error {
				if worker >= workers.Count() {
					t.Errorf("worker %d of %d", worker, workers.Count())
				}
				seen[i].Add(1)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			for i := range seen {
				if c := seen[i].Load(); c != 1 {
					t.Fatalf("%d workers, %d tasks: task %d ran %d times", workers, n, i, c)
				}
			}
		}
	}
}

func TestForStops(t *testing.T) {
	boom := errors.New("boom")
	var ran atomic.Int32
	err := For(context.Background(), 1, 100, func(_, i int) error {
		ran.Add(1)
		if i == 3 {
			return boom
		}
		return nil
	})
	if !errors.Is(err, boom) || ran.Load() != 4 {
		t.Fatalf("error %v after %d tasks, want boom after 4", err, ran.Load())
	}

	ctx, cancel := context.WithCancel(context.Background())
	ran.Store(0)
	err = For(ctx, 1, 100, func(_, i int) error {
		ran.Add(1)
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) || ran.Load() != 1 {
		t.Fatalf("error %v after %d tasks, want cancellation after 1", err, ran.Load())
	}
}

func TestChunks(t *testing.T) {
	sum := 0
	err := Chunks(context.Background(), 1, 10, 4, func(_, lo, hi int) error {
		if hi-lo > 4 || hi > 10 {
			t.Errorf("chunk [%d, %d)", lo, hi)
		}
		sum += hi - lo
		return nil
	})
	if err != nil || sum != 10 {
		t.Fatalf("covered %d of 10: %v", sum, err)
	}
}

func TestForPassesPanicsOn(t *testing.T) {
	for _, workers := range []Workers{1, 4} {
		func() {
			defer func() {
				if text, ok := recover().(string); !ok || !strings.Contains(text, "boom") || !strings.Contains(text, "parallel_test.go") {
					t.Errorf("%d workers: recovered %q, want the panic's value and stack", workers, text)
				}
			}()
			_ = For(context.Background(), workers, 100, func(_, i int) error {
				if i == 17 {
					panic("boom")
				}
				return nil
			})
			t.Errorf("%d workers: no panic", workers)
		}()
	}
}
