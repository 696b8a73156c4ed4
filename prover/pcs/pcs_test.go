package pcs

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sage-network/sage-node/prover/channel"
	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/internal/arena"
	"github.com/sage-network/sage-node/prover/internal/cpu/cputest"
	"github.com/sage-network/sage-node/prover/internal/parallel"
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

// The nonce is the same at any number of threads and with any kernel, also beyond
// the first high word.
func TestGrindIsDeterministic(t *testing.T) {
	var ch channel.Channel
	ch.MixU64(6)
	const bits = 20
	var first uint64
	cputest.Each(t, func(t *testing.T) {
		for _, workers := range []parallel.Workers{1, 3} {
			nonce, err := Grind(context.Background(), workers, &ch, bits)
			if err != nil {
				t.Fatal(err)
			}
			if first == 0 {
				first = nonce
			}
			if nonce != first || nonce>>32 == 0 || !ch.CheckPow(bits, nonce) {
				t.Fatalf("%d workers: nonce %#x, want %#x", workers, nonce, first)
			}
		}
	})
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

// endsLater is a context that is done once Err was asked so many times.
type endsLater struct {
	context.Context
	asks atomic.Int32
}

func (c *endsLater) Err() error {
	if c.asks.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// TestGrindFindsNothingAfterTheEnd: a nonce that is found when the context ends need
// not be the first one, for the searches of smaller ones may have stopped.
func TestGrindFindsNothingAfterTheEnd(t *testing.T) {
	var ch channel.Channel
	ctx := &endsLater{Context: context.Background()}
	ctx.asks.Store(2) // before the first high word, and before its first step, which finds
	if nonce, err := Grind(ctx, 1, &ch, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("nonce %d, error %v, want the context's", nonce, err)
	}
}

// TestQuotients compares the quotient polynomial at domain points outside the
// interpolated run with the quotients' definition, sample by sample. Columns of
// any size are written out as polynomials at the repeatedly doubled point.
func TestQuotients(t *testing.T) {
	for _, c := range []struct {
		name      string
		logSizes  []int
		logDegree int
		blowup    int
	}{
		{"one size", []int{5, 5, 5, 5}, 5, 3},
		{"shorter columns", []int{5, 3, 1, 1, 4, 4, 5, 2}, 5, 2},
		{"a previous row only of shorter columns", []int{6, 2, 6, 3, 5, 3}, 6, 1},
	} {
		t.Run(c.name, func(t *testing.T) { testQuotients(t, c.logSizes, c.logDegree, c.blowup) })
	}
}

func testQuotients(t *testing.T, logSizes []int, logDegree, logBlowup int) {
	ctx := context.Background()
	r := rand.New(rand.NewPCG(1, 2))
	felt := func() m31.QM31 {
		return m31.FromCoords([4]m31.Element{
			m31.Element(r.Uint32N(m31.P)), m31.Element(r.Uint32N(m31.P)),
			m31.Element(r.Uint32N(m31.P)), m31.Element(r.Uint32N(m31.P)),
		})
	}
	logDomain := logDegree + logBlowup
	current := circle.SecurePointFrom(felt())
	previous := current.Sub(circle.SubgroupGenerator(logDegree).Point().Secure())
	tw := circle.NewTwiddles(circle.CanonicDomain(logDomain), false)

	// at evaluates column i, lifted, at a point.
	var columns []Column
	at := func(i int, p circle.SecurePoint) m31.QM31 {
		for range logDegree - logSizes[i] {
			p = p.Add(p)
		}
		return circle.NewPointBasis(p, logSizes[i]).Evaluate(columns[i].Coeffs)
	}
	for i, logSize := range logSizes {
		c := Column{Coeffs: make([]m31.Element, 1<<logSize)}
		for j := range c.Coeffs {
			c.Coeffs[j] = m31.Element(r.Uint32N(m31.P))
		}
		if i%2 == 1 {
			c.Samples = append(c.Samples, Sample{Point: previous})
		}
		c.Samples = append(c.Samples, Sample{Point: current})
		columns = append(columns, c)
	}
	columns = append(columns, Column{Coeffs: make([]m31.Element, 4<<logDegree)}) // not sampled
	if err := SampleColumns(ctx, 2, columns, logDegree); err != nil {
		t.Fatal(err)
	}
	for i := range logSizes {
		for _, s := range columns[i].Samples {
			if want := at(i, s.Point); s.Value != want {
				t.Fatalf("column %d sampled as %v, want %v", i, s.Value, want)
			}
		}
	}
	random := felt()
	got, err := Quotients(ctx, 2, arena.New(1<<20), columns, random, tw, logDegree)
	if err != nil {
		t.Fatal(err)
	}
	for _, pos := range []int{3, 1 << logDegree, 1<<logDomain - 1} {
		q := tw.Point(pos)
		var want m31.QM31
		power := m31.One()
		for i, logSize := range logSizes {
			samples := columns[i].Samples
			if len(samples) == 2 {
				// The step of the domain, doubled as often as the column's own
				// domain has bits.
				period := circle.CanonicCoset(logDomain).Step.Mul(1 << (logSize + logBlowup)).Point().Secure()
				samples = append([]Sample{{samples[1].Point.Add(period), samples[1].Value}}, samples...)
			}
			value := at(i, q.Secure())
			for _, s := range samples {
				// Line through (P.y, f(P)) and its conjugate, scaled by c.
				a := s.Value.Conjugate().Sub(s.Value)
				cc := s.Point.Y.Conjugate().Sub(s.Point.Y)
				b := s.Value.Mul(cc).Sub(a.Mul(s.Point.Y))
				num := cc.Mul(value).Sub(a.MulM31(q.Y)).Sub(b)
				x := s.Point.X.A.Sub(m31.CM31{A: q.X})
				y := s.Point.Y.A.Sub(m31.CM31{A: q.Y})
				den := x.Mul(s.Point.Y.B).Sub(y.Mul(s.Point.X.B))
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

func TestQuotientsRefuse(t *testing.T) {
	ctx := context.Background()
	tw := circle.NewTwiddles(circle.CanonicDomain(4), false)
	sample := []Sample{{Point: circle.SecurePointFrom(m31.FromCoords([4]m31.Element{5, 6, 7, 8}))}}
	onCircle := []Sample{{Point: circle.SubgroupGenerator(3).Point().Secure()}}
	for name, columns := range map[string][]Column{
		"no samples":         {{Coeffs: make([]m31.Element, 8)}},
		"too long":           {{Coeffs: make([]m31.Element, 16), Samples: sample}},
		"not a power of two": {{Coeffs: make([]m31.Element, 6), Samples: sample}},
		"a constant":         {{Coeffs: make([]m31.Element, 1), Samples: sample}},
		"a real point":       {{Coeffs: make([]m31.Element, 8), Samples: onCircle}},
	} {
		if _, err := Quotients(ctx, 1, nil, columns, m31.One(), tw, 3); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := Quotients(ctx, 1, nil, []Column{{Coeffs: make([]m31.Element, 8), Samples: sample}}, m31.One(), tw, 5); err == nil {
		t.Error("a domain smaller than the polynomials: no error")
	}
}

// BenchmarkGrind searches 2¹⁸ nonces on average, over several transcripts.
func BenchmarkGrind(b *testing.B) {
	var ch channel.Channel
	for b.Loop() {
		ch.MixU64(1)
		if _, err := Grind(context.Background(), 0, &ch, 18); err != nil {
			b.Fatal(err)
		}
	}
}
