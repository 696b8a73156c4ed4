package elgamal

import (
	"testing"
)

func BenchmarkPayProve(b *testing.B) {
	c := newPayCase(b, nil, 1<<40, 1<<33+5)
	c.prove(b, nil) // builds the tables
	for b.Loop() {
		c.prove(b, nil)
	}
}

func BenchmarkPayVerify(b *testing.B) {
	c := newPayCase(b, nil, 1<<40, 1<<33+5)
	p := c.prove(b, nil)
	for b.Loop() {
		if err := VerifyPay(c.st, p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPayParse(b *testing.B) {
	fs := newPayCase(b, nil, 1<<40, 1<<33+5).prove(b, nil).Felts()
	for b.Loop() {
		if _, err := ParsePayment(fs); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPayTranscript(b *testing.B) {
	t := transcript{felts: contextFelts(Context{})}
	for len(t.felts) < 69 {
		t.felts = append(t.felts, t.felts[0])
	}
	for b.Loop() {
		t.challenge()
	}
}

func BenchmarkWithdrawProve(b *testing.B) {
	c := newPayCase(b, nil, 1<<40, 0)
	st := WithdrawStatement{Context: c.st.Context, Key: c.payer.Public(), To: uint64Felt(9), Amount: 77}
	for b.Loop() {
		if _, err := ProveWithdraw(nil, st, c.payer, c.balance); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncrypt(b *testing.B) {
	p := testKey(b, nil).Public()
	for b.Loop() {
		if _, err := Encrypt(nil, p, 123456789); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecryptWithHint(b *testing.B) {
	c := newPayCase(b, nil, 1<<40, 1)
	h, err := SealBalance(c.payer, c.st.Context, c.balance)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := OpenBalance(c.payer, c.st.Context, h); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDiscreteLog32(b *testing.B) {
	s, err := NewSolver(DefaultTableBits)
	if err != nil {
		b.Fatal(err)
	}
	m := valuePoint(1<<32 - 1)
	if _, err := s.Find(m, 1<<32); err != nil { // builds the table
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.Find(m, 1<<32); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDiscreteLogTable(b *testing.B) {
	for b.Loop() {
		s, err := NewSolver(DefaultTableBits)
		if err != nil {
			b.Fatal(err)
		}
		s.Build(nil)
	}
}

func BenchmarkFixedBase(b *testing.B) {
	x := testKey(b, nil).x()
	for b.Loop() {
		baseG.mulSecret(&x)
	}
}

func BenchmarkVariableBase(b *testing.B) {
	x := testKey(b, nil).x()
	p := testKey(b, nil).Public().p
	for b.Loop() {
		p.mulSecret(&x)
	}
}
