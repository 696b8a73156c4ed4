package pcs

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sage-network/sage-node/prover/blake2s"
	"github.com/sage-network/sage-node/prover/channel"
	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/m31"
)

func TestGrindFindsTheFirstNonce(t *testing.T) {
	ctx := context.Background()
	for seed := range uint64(8) {
		var ch channel.Channel
		ch.MixU64(seed)
		const bits = 9
		got, err := Grind(ctx, 3, &ch, bits)
		if err != nil {
			t.Fatal(err)
		}
		want := uint64(0)
		for !ch.CheckPow(bits, want) {
			want++
		}
		if got != want {
			t.Fatalf("seed %d: nonce %d, want %d", seed, got, want)
		}
	}
	var ch channel.Channel
	if nonce, err := Grind(ctx, 1, &ch, 0); err != nil || nonce != 0 {
		t.Errorf("0 bits: nonce %d, %v", nonce, err)
	}
	if _, err := Grind(ctx, 1, &ch, MaxPowBits+1); err == nil {
		t.Error("too many bits: no error")
	}
}

func TestGrindStops(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	var ch channel.Channel
	start := time.Now()
	if _, err := Grind(ctx, 2, &ch, 32); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("error %v, want the deadline's", err)
	}
	if d := time.Since(start); d > 2*time.Second {
		t.Errorf("stopped after %v", d)
	}
}

// TestQuotients compares the quotient polynomial at a domain point outside the
// interpolated run with the quotients' definition, sample by sample.
func TestQuotients(t *testing.T) {
	const logSize, logBlowup = 5, 3
	r := rand.New(rand.NewPCG(1, 2))
	felt := func() m31.QM31 {
		return m31.FromCoords([4]m31.Element{
			m31.Element(r.Uint32N(m31.P)), m31.Element(r.Uint32N(m31.P)),
			m31.Element(r.Uint32N(m31.P)), m31.Element(r.Uint32N(m31.P)),
		})
	}
	current := circle.SecurePointFrom(felt())
	previous := current.Sub(circle.SubgroupGenerator(logSize).Point().Secure())
	tw := circle.NewTwiddles(circle.CanonicDomain(logSize+logBlowup), false)

	var columns []Column
	var values [][]m31.Element
	for i := range 4 {
		coeffs := make([]m31.Element, 1<<logSize)
		for j := range coeffs {
			coeffs[j] = m31.Element(r.Uint32N(m31.P))
		}
		points := []circle.SecurePoint{current}
		if i%2 == 1 {
			points = []circle.SecurePoint{previous, current}
		}
		c := Column{Coeffs: coeffs}
		for _, p := range points {
			c.Samples = append(c.Samples, Sample{p, circle.NewPointBasis(p, logSize).Evaluate(coeffs)})
		}
		columns = append(columns, c)
		v := append(append([]m31.Element(nil), coeffs...), make([]m31.Element, len(coeffs)*(1<<logBlowup-1))...)
		tw.Circle().Evaluate(v)
		values = append(values, v)
	}
	random := felt()
	got, err := Quotients(context.Background(), 2, columns, random, tw)
	if err != nil {
		t.Fatal(err)
	}
	for _, pos := range []int{3, 1 << logSize, 1<<(logSize+logBlowup) - 1} {
		q := tw.Point(pos)
		var want m31.QM31
		power := m31.One()
		for i, c := range columns {
			samples := c.Samples
			if len(samples) == 2 {
				samples = append([]Sample{samples[1]}, samples...)
			}
			for _, s := range samples {
				// Line through (P.y, f(P)) and its conjugate, scaled by c.
				a := s.Value.Conjugate().Sub(s.Value)
				cc := s.Point.Y.Conjugate().Sub(s.Point.Y)
				b := s.Value.Mul(cc).Sub(a.Mul(s.Point.Y))
				num := cc.MulM31(values[i][pos]).Sub(a.MulM31(q.Y)).Sub(b)
				den := (&batch{point: s.Point}).line(q)
				want = want.Add(power.Mul(num).MulCM31(den.Inverse()))
				power = power.Mul(random)
			}
		}
		var w [4]m31.Element
		for j := range w {
			v := make([]m31.Element, 2)
			tw.Circle().EvaluateRun(v, got[j], pos/2, nil)
			w[j] = v[pos%2]
		}
		if m31.FromCoords(w) != want {
			t.Fatalf("position %d: %v, want %v", pos, m31.FromCoords(w), want)
		}
	}
}

func BenchmarkGrind(b *testing.B) {
	prefix := blake2s.Hash{1, 2, 3}
	for b.Loop() {
		grind(&prefix, 0, 0, 1024, 0xFFFFFFFF)
	}
}
