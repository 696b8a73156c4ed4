package elgamal

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func TestSolver(t *testing.T) {
	s, err := NewSolver(10)
	if err != nil {
		t.Fatal(err)
	}
	const width = 2<<10 + 1
	for _, v := range []uint64{0, 1, 2, 1023, 1024, 1025, width - 1, width, width + 1, width * dlogBatch, 1<<22 - 1} {
		if got, err := s.Find(t.Context(), valuePoint(v), 1<<22); err != nil || got != v {
			t.Errorf("log of %dG = %d, %v", v, got, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		bound := rapid.Uint64Range(1, 1<<22).Draw(t, "bound")
		v := rapid.Uint64Range(0, 1<<22).Draw(t, "v")
		got, err := s.Find(t.Context(), valuePoint(v), bound)
		if v < bound && (err != nil || got != v) {
			t.Fatalf("log of %dG below %d = %d, %v", v, bound, got, err)
		}
		if v >= bound && !errors.Is(err, ErrNotFound) {
			t.Fatalf("log of %dG below %d = %d, %v", v, bound, got, err)
		}
	})
	for name, p := range map[string]Point{"−G": G().Neg(), "H": H(), "2^40·G": valuePoint(1 << 40)} {
		if v, err := s.Find(t.Context(), p, 1<<20); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s has the logarithm %d, %v", name, v, err)
		}
	}
	if _, err := s.Find(t.Context(), G(), 0); !errors.Is(err, ErrNotFound) {
		t.Errorf("empty range: %v", err)
	}
	for _, bits := range []int{-1, 3, MaxTableBits + 1, math.MaxInt} {
		if _, err := NewSolver(bits); !errors.Is(err, ErrAmount) {
			t.Errorf("a table of 2^%d: %v", bits, err)
		}
	}
}

func TestSolverIsShared(t *testing.T) {
	s, err := NewSolver(8)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range uint64(4) {
		group.Go(func() {
			if v, err := s.Find(t.Context(), valuePoint(1000+i), 1<<12); err != nil || v != 1000+i {
				t.Errorf("%d, %v", v, err)
			}
		})
	}
	group.Wait()
}

func TestPendingSums(t *testing.T) {
	key := testKey(t, nil)
	s, err := NewSolver(16)
	if err != nil {
		t.Fatal(err)
	}
	var lo, hi Ciphertext
	var want uint64
	for _, v := range []uint64{1<<32 - 1, 5<<32 + 1<<32 - 1, 77, 9 << 32} {
		for part, sum := range map[uint64]*Ciphertext{v & (1<<32 - 1): &lo, v >> 32: &hi} {
			c, err := Encrypt(nil, key.Public(), part)
			if err != nil {
				t.Fatal(err)
			}
			*sum = sum.Add(c)
		}
		want += v
	}
	if got, err := s.Pending(t.Context(), key, lo, hi, 4); err != nil || got != want {
		t.Errorf("%d, %v; want %d", got, err, want)
	}
	if _, err := s.Pending(t.Context(), key, lo, hi, 1); !errors.Is(err, ErrNotFound) {
		t.Errorf("more than one payment can hold: %v", err)
	}
}

// countdown is a context that ends at the n-th look at it.
type countdown struct {
	context.Context
	n int
}

func (c *countdown) Err() error {
	if c.n--; c.n <= 0 {
		return context.Canceled
	}
	return nil
}

// TestSearchesEnd: with their context, while the table is built and while the giant steps are made. What ended leaves
// nothing half done.
func TestSearchesEnd(t *testing.T) {
	s, err := NewSolver(10)
	if err != nil {
		t.Fatal(err)
	}
	key := testKey(t, nil)
	for name, search := range map[string]func(context.Context) error{
		"find":    func(ctx context.Context) error { _, err := s.Find(ctx, H(), 1<<60); return err },
		"wide":    func(ctx context.Context) error { _, err := s.FindWide(ctx, H(), 1<<40, nil); return err },
		"half":    func(ctx context.Context) error { _, err := s.Half(ctx, key, Ciphertext{}); return err },
		"payment": func(ctx context.Context) error { _, err := s.Payment(ctx, key, Ciphertext{}, Ciphertext{}); return err },
		"table":   func(ctx context.Context) error { _, _, err := s.Table(ctx, nil); return err },
	} {
		if err := search(&countdown{t.Context(), 2}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s, while the table is built: %v", name, err)
		}
	}
	if got, err := s.Find(t.Context(), valuePoint(12345), 1<<20); err != nil || got != 12345 {
		t.Errorf("after searches that ended: %d, %v", got, err)
	}
	// Nobody would live to see the end of this one.
	if _, err := s.Find(&countdown{t.Context(), 3}, H(), 1<<60); !errors.Is(err, context.Canceled) {
		t.Errorf("a search with a table: %v", err)
	}
}
