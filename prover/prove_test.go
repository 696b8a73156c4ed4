package prover

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/prover/air/matmul"
)

// job returns a random job of the given sizes with its statement.
func job(t testing.TB, seed byte, rows, inner, columns int) (s Statement, a, b, c Matrix) {
	t.Helper()
	ctx := context.Background()
	a, b, err := Expand([32]byte{seed}, rows, inner, columns)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = Multiply(ctx, a, b); err != nil {
		t.Fatal(err)
	}
	s = Statement{
		AIR: matmul.ID, Version: matmul.Version,
		K:    LogSize(uint32(rows), uint32(inner), uint32(columns)),
		Rows: uint32(rows), Inner: uint32(inner), Columns: uint32(columns),
		JobManager: *new(felt.Felt).SetUint64(0xabc), JobID: [16]byte{15: 7}, Attempt: 1,
		Worker: *new(felt.Felt).SetUint64(0xdef),
	}
	if s.InputCommitment, err = CommitInput(ctx, a, b); err != nil {
		t.Fatal(err)
	}
	if s.ResultCommitment, err = CommitResult(ctx, s.K, c); err != nil {
		t.Fatal(err)
	}
	return s, a, b, c
}

func TestMultiply(t *testing.T) {
	a := Matrix{2, 3, []uint32{1, 2, 3, 4, 5, 6}}
	b := Matrix{3, 2, []uint32{7, 8, 9, 10, 11, 1<<31 - 2}}
	c, err := Multiply(context.Background(), a, b)
	if err != nil {
		t.Fatal(err)
	}
	// Row by row, with 2³¹ − 2 = −1.
	for i, want := range []uint32{58, 25, 139, 76} {
		if c.Data[i] != want {
			t.Errorf("entry %d is %d, want %d", i, c.Data[i], want)
		}
	}
	if _, err := Multiply(context.Background(), a, a); !errors.Is(err, ErrMatrix) {
		t.Errorf("2×3 times 2×3: %v", err)
	}
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Multiply(canceled, a, b); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

func TestMultiplyLargestSums(t *testing.T) {
	// MaxSize products of −1 by −1: the sum is MaxSize.
	a := Matrix{1, MaxSize, make([]uint32, MaxSize)}
	for i := range a.Data {
		a.Data[i] = 1<<31 - 2
	}
	b := Matrix{MaxSize, 1, a.Data}
	c, err := Multiply(context.Background(), a, b)
	if err != nil || c.Data[0] != MaxSize {
		t.Fatalf("%v, %v, want %d", c.Data, err, MaxSize)
	}
}

func TestProveIsVerified(t *testing.T) {
	s, a, b, c := job(t, 1, 5, 11, 3) // rectangular, padded to 16
	var phases []string
	last := -1.0
	sealed, err := Prove(context.Background(), s, a, b, c, WithWorkers(2), WithProgress(func(phase string, done float64) {
		phases = append(phases, phase)
		if done < last || done > 1 {
			t.Errorf("phase %s: %f done after %f", phase, done, last)
		}
		last = done
	}))
	if err != nil {
		t.Fatal(err)
	}
	if last != 1 || len(phases) < 5 {
		t.Errorf("progress ended at %f after %d phases", last, len(phases))
	}
	got, err := Verify(s, sealed.Blob)
	if err != nil {
		t.Fatal(err)
	}
	if got.Hash != sealed.Hash || got.Commitment != sealed.Commitment {
		t.Error("the verifier names the proof differently")
	}
	other := s
	other.Attempt++
	if _, err := Verify(other, sealed.Blob); !errors.Is(err, ErrStatement) {
		t.Errorf("another attempt: %v", err)
	}
}

func TestProveRefuses(t *testing.T) {
	s, a, b, c := job(t, 2, 8, 8, 8)
	ctx := context.Background()

	wrong := Matrix{c.Rows, c.Columns, append([]uint32(nil), c.Data...)}
	wrong.Data[13] ^= 1
	if _, err := Prove(ctx, s, a, b, wrong); !errors.Is(err, ErrRoot) {
		t.Errorf("result that was not committed to: %v", err)
	}
	committed := s
	var err error
	if committed.ResultCommitment, err = CommitResult(ctx, s.K, wrong); err != nil {
		t.Fatal(err)
	}
	if _, err := Prove(ctx, committed, a, b, wrong); !errors.Is(err, ErrConstraints) {
		t.Errorf("wrong product: %v", err)
	}
	resized := s
	resized.Rows = 7
	if _, err := Prove(ctx, resized, a, b, c); !errors.Is(err, ErrStatement) {
		t.Errorf("other size: %v", err)
	}
	if _, err := Prove(ctx, s, a, b, Matrix{}); !errors.Is(err, ErrMatrix) {
		t.Errorf("no result: %v", err)
	}
	if _, err := CommitResult(ctx, 3, Matrix{9, 1, make([]uint32, 9)}); !errors.Is(err, ErrMatrix) {
		t.Errorf("result larger than the job: %v", err)
	}
}

func TestProveStops(t *testing.T) {
	s, a, b, c := job(t, 3, 64, 64, 64)
	for _, phase := range []string{"commit tree 0", "commit tree 3", "composition", "FRI", "proof of work"} {
		ctx, cancel := context.WithCancel(context.Background())
		var at time.Time
		_, err := Prove(ctx, s, a, b, c, WithProgress(func(p string, _ float64) {
			if p == phase {
				at = time.Now()
				cancel()
			}
		}))
		if !errors.Is(err, context.Canceled) {
			t.Errorf("canceled in phase %q: %v", phase, err)
		}
		if d := time.Since(at); d > 5*time.Second { // 100 ms on an idle machine
			t.Errorf("phase %q ran on for %v", phase, d)
		}
		cancel()
	}
}
