package elgamal

import (
	"bytes"
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTable(t *testing.T) {
	const size = 10
	s, err := NewSolver(size)
	if err != nil {
		t.Fatal(err)
	}
	var last uint64
	header, slots, err := s.Table(t.Context(), func(done, total uint64) {
		if done <= last || done > total || total != 1<<size {
			t.Errorf("progress %d of %d after %d", done, total, last)
		}
		last = done
	})
	if err != nil {
		t.Fatal(err)
	}
	if last != 1<<size {
		t.Errorf("the last progress is %d", last)
	}
	data := append(bytes.Clone(header), slots...)
	if int64(len(data)) != TableSize(size) {
		t.Fatalf("%d bytes, want %d", len(data), TableSize(size))
	}
	loaded, err := LoadTable(data, size)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []uint64{0, 1, 1 << size, 1<<20 - 1} {
		if got, err := loaded.Find(t.Context(), multiple(v), 1<<20); err != nil || got != v {
			t.Errorf("%d is found as %d, %v", v, got, err)
		}
	}
	if _, err := LoadTable(data, size+1); !errors.Is(err, ErrEncoding) {
		t.Errorf("another size: %v", err)
	}
	if _, err := LoadTable(data[:len(data)-1], size); !errors.Is(err, ErrEncoding) {
		t.Errorf("truncated: %v", err)
	}
	rapid.Check(t, func(r *rapid.T) {
		i := rapid.IntRange(0, len(data)-1).Draw(r, "byte")
		damaged := bytes.Clone(data)
		damaged[i] ^= byte(rapid.IntRange(1, 255).Draw(r, "bits"))
		if _, err := LoadTable(damaged, size); !errors.Is(err, ErrEncoding) {
			r.Fatalf("byte %d changed: %v", i, err)
		}
	})
}

// TestForgedTable: a table whose hash is right but whose content is not makes
// searches fail and end, and yields no wrong value.
func TestForgedTable(t *testing.T) {
	const size = 6
	s, err := NewSolver(size)
	if err != nil {
		t.Fatal(err)
	}
	header, slots, err := s.Table(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range slots {
		slots[i] = byte(i)*37 | 1 // no slot is empty, every step is wrong
	}
	if header, _, err = s.Table(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	loaded, err := LoadTable(append(header, slots...), size)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := loaded.Find(t.Context(), multiple(100_000), 1<<20); err == nil && v != 100_000 {
		t.Errorf("found %d", v)
	}
}

func TestFindWide(t *testing.T) {
	const bound = 1 << 36
	for _, v := range []uint64{0, 0xabcdef012, bound - 1} {
		if got, err := findWide(t.Context(), multiple(v), bound, nil); err != nil || got != v {
			t.Errorf("%d is found as %d, %v", v, got, err)
		}
	}
	s, err := NewSolver(10)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.FindWide(t.Context(), multiple(77), 1<<20, nil); err != nil || got != 77 {
		t.Errorf("77 is found as %d, %v", got, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	told := 0
	_, err = s.FindWide(ctx, multiple(math.MaxUint64), math.MaxUint64, func(steps, expected float64) {
		if told++; steps <= 0 || expected < 1<<32 {
			t.Errorf("progress %g of %g", steps, expected)
		}
		stop()
	})
	if !errors.Is(err, context.Canceled) || told == 0 {
		t.Errorf("stopped: %v after %d reports", err, told)
	}
}

func TestOpenAll(t *testing.T) {
	seen, key := sightings(t, 6)
	got, err := OpenAll(t.Context(), key, seen)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range got {
		if own := i%2 == 0; own != (o.Err == nil) || own && o.Units != uint64(7+i) {
			t.Errorf("payment %d: %d units, %v", i, o.Units, o.Err)
		}
		if o.Err != nil && !errors.Is(o.Err, ErrHint) {
			t.Errorf("payment %d: %v", i, o.Err)
		}
	}
	ctx, stop := context.WithDeadline(t.Context(), time.Time{})
	defer stop()
	if _, err := OpenAll(ctx, key, seen); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a context that ended: %v", err)
	}
}

// sightings makes payments of 7, 8, … units of one payer; the even ones are the key's.
func sightings(t testing.TB, n int) ([]Sighting, SecretKey) {
	t.Helper()
	c := newPayCase(t, nil, 1<<40, 7)
	other := testKey(t, nil)
	out := make([]Sighting, n)
	for i := range out {
		st := c.st
		st.Nonce += uint64(i)
		if i%2 == 1 {
			st.WorkerKey = other.Public()
		}
		r, err := distinctScalars(testNonces(t))
		if err != nil {
			t.Fatal(err)
		}
		units := uint64(7 + i)
		pay := &Payment{Lo: st.encryptHalf(units, &r[0]), Hi: st.encryptHalf(0, &r[1])}
		if err := st.sealHints(pay, c.payer, units, 1); err != nil {
			t.Fatal(err)
		}
		out[i] = Sighting{st, pay.Lo, pay.Hi, pay.WorkerHint}
	}
	return out, c.worker
}

// BenchmarkOpenAll opens events of which one in two is the key's own.
func BenchmarkOpenAll(b *testing.B) {
	seen, key := sightings(b, 500)
	for b.Loop() {
		if _, err := OpenAll(b.Context(), key, seen); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(seen)), "µs/event")
}
