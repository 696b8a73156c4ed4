package elgamal

import (
	"errors"
	"testing"

	"github.com/NethermindEth/juno/core/felt"
	"pgregory.net/rapid"
)

func TestHintsAreBound(t *testing.T) {
	c := newPayCase(t, nil, 1000, 7)
	p := c.prove(t, nil)
	open := func(st PayStatement, key SecretKey, h Hint) error {
		_, err := st.OpenAsWorker(key, p.Lo, p.Hi, h)
		return err
	}
	if err := open(c.st, c.worker, p.WorkerHint); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*PayStatement){
		"chain":    func(s *PayStatement) { s.ChainID = felt.One },
		"contract": func(s *PayStatement) { s.Contract = felt.One },
		"nonce":    func(s *PayStatement) { s.Nonce++ },
		"job":      func(s *PayStatement) { s.JobID = felt.One },
		"attempt":  func(s *PayStatement) { s.Attempt++ },
		"payer":    func(s *PayStatement) { s.PayerKey = c.auditor.Public() },
	} {
		st := c.st
		change(&st)
		if err := open(st, c.worker, p.WorkerHint); !errors.Is(err, ErrHint) {
			t.Errorf("another %s: %v", name, err)
		}
	}
	if err := open(c.st, c.worker, p.PayerHint); !errors.Is(err, ErrHint) {
		t.Errorf("the payer's hint as the worker's: %v", err)
	}
	if err := open(c.st, c.auditor, p.WorkerHint); !errors.Is(err, ErrHint) {
		t.Errorf("with another key: %v", err)
	}
	// A payer that lies in a valid hint is found out by the ciphertext.
	shared := feltBytes(c.payer.mulSecret(c.st.WorkerKey.p).Felts())
	lie, err := seal(shared, labelWorker, c.st.hintInfo(p.Lo, p.Hi), 8)
	if err != nil {
		t.Fatal(err)
	}
	if err := open(c.st, c.worker, lie); !errors.Is(err, ErrHint) || !errors.Is(err, ErrMismatch) {
		t.Errorf("a lie: %v", err)
	}
	var long felt.Felt
	long.SetBytes(append([]byte{1}, make([]byte, hintBytes)...))
	if err := open(c.st, c.worker, Hint(long)); !errors.Is(err, ErrHint) {
		t.Errorf("a hint of 25 bytes: %v", err)
	}
}

func TestBalanceHintsAreBound(t *testing.T) {
	c := newPayCase(t, nil, 1000, 7)
	h, err := SealBalance(c.payer, c.st.Context, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := OpenBalance(c.payer, c.st.Context, h); err != nil || v != 1000 {
		t.Fatalf("%d, %v", v, err)
	}
	later := c.st.Context
	later.Nonce++
	if _, err := OpenBalance(c.payer, later, h); !errors.Is(err, ErrHint) {
		t.Errorf("at another nonce: %v", err)
	}
	if _, err := OpenBalance(c.worker, c.st.Context, h); !errors.Is(err, ErrHint) {
		t.Errorf("with another key: %v", err)
	}
	lie, err := SealBalance(c.payer, c.st.Context, 1001)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenBalance(c.payer, c.st.Context, lie); !errors.Is(err, ErrHint) {
		t.Errorf("a hint for another value: %v", err)
	}
}

// TestHomomorphism moves random values and compares with integers.
func TestHomomorphism(t *testing.T) {
	key := testKey(t, nil)
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Uint64Range(0, 1<<62).Draw(t, "a")
		b := rapid.Uint64Range(0, a).Draw(t, "b")
		lo, hi := rapid.Uint64Range(0, 1<<32-1).Draw(t, "lo"), rapid.Uint64Range(0, 1<<29).Draw(t, "hi")
		enc := func(v uint64) Ciphertext {
			c, err := Encrypt(nil, key.Public(), v)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		for name, tc := range map[string]struct {
			c    Ciphertext
			want uint64
		}{
			"sum":        {enc(a).Add(enc(b)), a + b},
			"difference": {enc(a).Sub(enc(b)), a - b},
			"plain sum":  {enc(a).AddPlain(b), a + b},
			"plain rest": {enc(a).SubPlain(b), a - b},
			"halves":     {Join(enc(lo), enc(hi)), lo + hi<<32},
		} {
			if err := key.Check(tc.c, tc.want); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if key.Check(tc.c, tc.want+1) == nil {
				t.Fatalf("%s: one more is accepted", name)
			}
		}
	})
}

// TestPayProperty pays random amounts out of random balances.
func TestPayProperty(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		balance := rapid.Uint64Min(1).Draw(r, "balance")
		c := newPayCase(t, nil, balance, rapid.Uint64Range(1, balance).Draw(r, "amount"))
		p := c.prove(t, nil)
		if err := VerifyPay(c.st, p); err != nil {
			r.Fatal(err)
		}
		if err := c.payer.Check(c.st.Leftover(p.Lo, p.Hi), c.balance-c.amount); err != nil {
			r.Fatal(err)
		}
		if err := c.worker.Check(Join(p.Lo.ForWorker(), p.Hi.ForWorker()), c.amount); err != nil {
			r.Fatal(err)
		}
		if err := c.auditor.Check(Join(p.Lo.ForAuditor(), p.Hi.ForAuditor()), c.amount); err != nil {
			r.Fatal(err)
		}
	})
}
