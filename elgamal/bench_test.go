package elgamal

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/NethermindEth/juno/core/felt"
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
	felts := make([]felt.Felt, 55)
	for b.Loop() {
		t := transcript{felts: felts[:43]}
		t.fold()
		t.felts = append(t.felts, felts[1:]...)
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
	if _, err := s.Find(b.Context(), m, 1<<32); err != nil { // builds the table
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.Find(b.Context(), m, 1<<32); err != nil {
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
		_ = s.Build(b.Context(), nil)
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

// A hundred thousand payments, with a thousand of them one's own and with none: the difference is what own ones cost.
func BenchmarkScan(b *testing.B) {
	const events, payers = 100_000, 100
	key, other := testKey(b, nil), testKey(b, nil).Public()
	accounts := make([]SecretKey, payers)
	for i := range accounts {
		accounts[i] = testKey(b, nil)
	}
	payment := func(i int, to PublicKey) Sighting {
		payer := accounts[i%payers]
		st := PayStatement{PayerKey: payer.Public(), WorkerKey: to, JobID: uint64Felt(uint64(i)), Attempt: 1}
		st.Nonce = uint64(i)
		r, err := randomScalar(nil)
		if err != nil {
			b.Fatal(err)
		}
		pay := Payment{Lo: st.encryptHalf(uint64(i), &r), Hi: st.encryptHalf(7, &r)}
		if err := st.sealHints(&pay, payer, uint64(i)|7<<halfBits, 0); err != nil {
			b.Fatal(err)
		}
		return Sighting{Statement: st, Lo: pay.Lo, Hi: pay.Hi, Hint: pay.WorkerHint}
	}
	foreign := make([]Sighting, 100)
	for i := range foreign {
		foreign[i] = payment(i, other)
	}
	for _, own := range []int{0, 1_000} {
		seen := make([]Sighting, events)
		for i := range seen {
			seen[i] = foreign[i%len(foreign)]
			seen[i].Statement.JobID = uint64Felt(uint64(i)) // another key for each hint, as if it were another payment
		}
		for i := range own {
			seen[i*(events/own)] = payment(i, key.Public())
		}
		b.Run(fmt.Sprintf("own=%d", own), func(b *testing.B) {
			for b.Loop() {
				opened, err := OpenAll(b.Context(), key, seen)
				if err != nil {
					b.Fatal(err)
				}
				mine := 0
				for _, o := range opened {
					if o.Err == nil {
						mine++
					}
				}
				if mine != own {
					b.Fatalf("%d are one's own, want %d", mine, own)
				}
			}
		})
	}
}

// What waits after so many payments, whose low halves are of 31 bits on average.
func BenchmarkPending(b *testing.B) {
	s, err := NewSolver(DefaultTableBits)
	if err != nil {
		b.Fatal(err)
	}
	_ = s.Build(b.Context(), nil)
	key := testKey(b, nil)
	for _, credits := range []uint64{1, 10, 100, 1000} {
		b.Run(fmt.Sprintf("credits=%d", credits), func(b *testing.B) {
			lo, err := Encrypt(nil, key.Public(), credits<<(halfBits-1)+12345)
			if err != nil {
				b.Fatal(err)
			}
			hi, err := Encrypt(nil, key.Public(), credits*5)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := s.Pending(b.Context(), key, lo, hi, credits); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Logarithms of values drawn anew, by kangaroos; steps/√bound is the constant of the law by which wider ones are estimated.
func BenchmarkFindWide(b *testing.B) {
	for _, width := range []int{40, 44, 48} {
		b.Run(fmt.Sprintf("width=%d", width), func(b *testing.B) {
			bound, steps := uint64(1)<<width, 0.0
			for b.Loop() {
				v := rand.Uint64N(bound)
				last := 0.0
				got, err := findWide(b.Context(), multiple(v), bound, func(n, _ float64) { last = max(last, n) })
				if err != nil || got != v {
					b.Fatalf("%d, %v; want %d", got, err, v)
				}
				steps += last
			}
			b.ReportMetric(steps/float64(b.N)/math.Sqrt(float64(bound)), "steps/√bound")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/steps, "ns/step")
		})
	}
}
