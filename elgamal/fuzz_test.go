package elgamal

import (
	"testing"

	"github.com/NethermindEth/juno/core/felt"
)

// feltsOf reads 32-byte values reduced modulo p.
func feltsOf(data []byte) []felt.Felt {
	var out []felt.Felt
	for len(data) >= 32 {
		out = append(out, *new(felt.Felt).SetBytes(data[:32]))
		data = data[32:]
	}
	return out
}

// FuzzParsePayment: what decodes encodes to the same felts.
func FuzzParsePayment(f *testing.F) {
	c := newPayCase(f, &detRand{seed: "fuzz"}, 1000, 7)
	f.Add(feltBytes(c.prove(f, &detRand{seed: "fuzz"}).Felts()))
	f.Fuzz(func(t *testing.T, data []byte) {
		fs := feltsOf(data)
		p, err := ParsePayment(fs)
		if err != nil {
			return
		}
		same(t, fs, p.Felts())
	})
}

func FuzzParseWithdrawal(f *testing.F) {
	c := newPayCase(f, &detRand{seed: "fuzz"}, 1000, 7)
	st := WithdrawStatement{Context: c.st.Context, Key: c.payer.Public(), Amount: 1}
	w, err := ProveWithdraw(&detRand{seed: "fuzz"}, st, c.payer, c.balance)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(feltBytes(w.Felts()))
	f.Fuzz(func(t *testing.T, data []byte) {
		fs := feltsOf(data)
		if w, err := ParseWithdrawal(fs); err == nil {
			same(t, fs, w.Felts())
		}
	})
}

func FuzzParseEscrow(f *testing.F) {
	c := newPayCase(f, &detRand{seed: "fuzz"}, 1000, 7)
	e := c.st.Escrow(c.prove(f, &detRand{seed: "fuzz"}))
	f.Add(feltBytes(e.Felts()))
	f.Fuzz(func(t *testing.T, data []byte) {
		fs := feltsOf(data)
		if e, err := ParseEscrow(fs); err == nil {
			same(t, fs, e.Felts())
		}
	})
}

func FuzzParseKeyProof(f *testing.F) {
	f.Add(make([]byte, 64))
	f.Fuzz(func(t *testing.T, data []byte) {
		fs := feltsOf(data)
		if p, err := ParseKeyProof(fs); err == nil {
			same(t, fs, p.Felts())
		}
	})
}

func FuzzLoadTable(f *testing.F) {
	s, err := NewSolver(4)
	if err != nil {
		f.Fatal(err)
	}
	header, slots, err := s.Table(f.Context(), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append(header, slots...))
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := LoadTable(data, 4); err == nil {
			if v, err := s.Find(t.Context(), G(), 100); err == nil && v != 1 {
				t.Fatalf("G is %d·G", v)
			}
		}
	})
}

// FuzzPoint: a point that decodes is on the curve and encodes to the same felts.
func FuzzPoint(f *testing.F) {
	f.Add(feltBytes(G().Felts()))
	f.Add(make([]byte, 64))
	f.Fuzz(func(t *testing.T, data []byte) {
		fs := feltsOf(data)
		if len(fs) != 2 {
			return
		}
		if p, err := NewPoint(fs[0], fs[1]); err == nil {
			same(t, fs, p.Felts())
			if !p.IsIdentity() && !p.a.IsOnCurve() {
				t.Fatalf("%s is not on the curve", p)
			}
		}
	})
}

// FuzzHint: hints of others never panic and never open to a wrong value.
func FuzzHint(f *testing.F) {
	c := newPayCase(f, &detRand{seed: "fuzz"}, 1000, 7)
	p := c.prove(f, &detRand{seed: "fuzz"})
	f.Add(feltBytes([]felt.Felt{felt.Felt(p.WorkerHint)}))
	f.Fuzz(func(t *testing.T, data []byte) {
		fs := feltsOf(data)
		if len(fs) != 1 {
			return
		}
		if v, err := c.st.OpenAsWorker(c.worker, p.Lo, p.Hi, Hint(fs[0])); err == nil && v != 7 {
			t.Fatalf("7 units are opened as %d", v)
		}
	})
}

func same(t *testing.T, a, b []felt.Felt) {
	t.Helper()
	if len(a) != len(b) {
		t.Fatalf("%d felts decode and encode to %d", len(a), len(b))
	}
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("felt %d: %s became %s", i, a[i].String(), b[i].String())
		}
	}
}
