package parallel

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
)

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
