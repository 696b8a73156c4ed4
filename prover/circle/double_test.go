package circle

import (
	"context"
	"slices"
	"testing"

	"github.com/sage-network/sage-node/prover/m31"
)

func TestDouble(t *testing.T) {
	for logSize := 1; logSize <= 8; logSize++ {
		for name, d := range map[string]Domain{
			"canonic": CanonicDomain(logSize),
			"part":    CanonicDomain(logSize+2).Part(1, 2),
		} {
			tw := NewTwiddles(d, true)
			for n := range logSize {
				got := tw.Double(n)
				want := NewTwiddles(Domain{d.HalfCoset.RepeatedDouble(n)}, true)
				if got.Domain() != want.Domain() {
					t.Fatalf("%s 2^%d doubled %d times: another domain", name, logSize, n)
				}
				for l := range want.layers {
					if !slices.Equal(got.layers[l], want.layers[l]) || !slices.Equal(got.inverse[l], want.inverse[l]) {
						t.Fatalf("%s 2^%d doubled %d times: layer %d differs", name, logSize, n, l)
					}
				}
			}
		}
	}
}

func TestFront(t *testing.T) {
	ctx := context.Background()
	for _, inverse := range []bool{false, true} {
		tw := NewTwiddles(CanonicDomain(7), inverse)
		for logSize := 1; logSize <= 7; logSize++ {
			got, err := tw.Front(ctx, 2, logSize, true)
			if err != nil {
				t.Fatal(err)
			}
			want := NewTwiddles(CanonicDomain(7).Part(0, 7-logSize), true)
			if got.Domain() != want.Domain() {
				t.Fatalf("the first 2^%d points are another domain", logSize)
			}
			for l := range want.layers {
				if !slices.Equal(got.layers[l], want.layers[l]) || !slices.Equal(got.inverse[l], want.inverse[l]) {
					t.Fatalf("the first 2^%d points: layer %d differs", logSize, l)
				}
			}
		}
	}
}

func TestLiftedPosition(t *testing.T) {
	const from = 6
	big := CanonicDomain(from)
	for to := 1; to <= from; to++ {
		small := CanonicDomain(to)
		for pos := range big.Size() {
			index := big.IndexAt(BitReverseIndex(pos, from)).Mul(1 << (from - to))
			lifted := LiftedPosition(pos, from, to)
			if got := small.IndexAt(BitReverseIndex(lifted, to)); got != index {
				t.Fatalf("position %d of 2^%d in 2^%d: point %d, want %d", pos, from, to, got, index)
			}
			if back := LiftedPosition(LiftedPosition(lifted, to, from), from, to); back != lifted {
				t.Fatalf("position %d of 2^%d to 2^%d and back: %d", lifted, to, from, back)
			}
		}
	}
}

// TestAddLifted evaluates a lifted polynomial and its origin at the doubled point.
func TestAddLifted(t *testing.T) {
	const logSize = 7
	f := make([]m31.Element, 1<<logSize)
	point := SecurePointFrom(m31.FromCoords([4]m31.Element{2, 3, 5, 7}))
	for log := 1; log <= logSize; log++ {
		f = f[:1<<log]
		sum := make([]m31.Element, 1<<logSize)
		for i := range f {
			f[i] = m31.Element(i*i + 1)
		}
		sum[5] = 11
		constant := NewPointBasis(point, logSize).Evaluate(sum)
		AddLifted(sum, f)
		doubled := point
		for range logSize - log {
			doubled = doubled.Add(doubled)
		}
		want := NewPointBasis(doubled, log).Evaluate(f).Add(constant)
		if got := NewPointBasis(point, logSize).Evaluate(sum); got != want {
			t.Errorf("2^%d coefficients lifted to 2^%d: %v, want %v", log, logSize, got, want)
		}
	}
}
